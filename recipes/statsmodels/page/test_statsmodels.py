"""Does statsmodels reproduce published estimates, in a browser and under Node?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.programs import Evaluate

#: NIST, Statistical Reference Datasets, Longley: certified values.
LONGLEY = {
    "parameters": [
        -3482258.63459582,
        15.0618722713733,
        -0.0358191792925910,
        -2.02022980381683,
        -1.03322686717359,
        -0.0511041056535807,
        1829.15146461355,
    ],
    "standard errors": [
        890420.383607373,
        84.9149257747669,
        0.0334910077722432,
        0.488399681651699,
        0.214274163161675,
        0.226073200069370,
        455.478499142212,
    ],
    "residual standard deviation": 304.854073561965,
    "R squared": 0.995479004577296,
    "F": 330.285339234588,
}


def test_least_squares_agree_with_the_certified_values(evaluate: Evaluate) -> None:
    def program() -> Any:
        import statsmodels.api as sm

        data = sm.datasets.longley.load_pandas()
        fit = sm.OLS(data.endog, sm.add_constant(data.exog)).fit()
        return {
            "parameters": fit.params.tolist(),
            "standard errors": fit.bse.tolist(),
            "residual standard deviation": fit.mse_resid**0.5,
            "R squared": fit.rsquared,
            "F": fit.fvalue,
        }

    outcome = evaluate(program)
    assert {key: pytest.approx(value, rel=1e-7) for key, value in LONGLEY.items()} == outcome


def test_the_summary_is_a_table(evaluate: Evaluate) -> None:
    def program() -> Any:
        import warnings

        warnings.simplefilter("ignore")  # the omnibus test needs 20 observations
        import statsmodels.formula.api as smf
        from statsmodels.datasets import longley

        summary = (
            smf.ols(
                "TOTEMP ~ GNPDEFL + GNP + UNEMP + ARMED + POP + YEAR", longley.load_pandas().data
            )
            .fit()
            .summary()
        )
        return [str(summary), summary.as_html()]

    outcome = evaluate(program)
    text, html = outcome
    assert "OLS Regression Results" in text
    assert "R-squared:                       0.995" in text
    assert "1829.1515    455.478      4.016      0.003     798.788    2859.515" in text
    assert "<td>-3.482e+06</td>" in html


@pytest.mark.parametrize("engine", ["patsy", "formulaic"])
def test_a_generalized_linear_model_agrees_with_r(evaluate: Evaluate, engine: str) -> None:
    # The first example of R's help page of glm: Dobson (1990), page 93, a trial of treatments.
    def program(engine: str) -> Any:
        import pandas as pd
        import statsmodels.api as sm
        import statsmodels.formula
        import statsmodels.formula.api as smf

        statsmodels.formula.options.formula_engine = engine
        trial = pd.DataFrame(
            {
                "counts": [18, 17, 15, 20, 10, 20, 25, 13, 12],
                "outcome": [1, 2, 3] * 3,
                "treatment": [1, 1, 1, 2, 2, 2, 3, 3, 3],
            }
        )
        fit = smf.glm(
            "counts ~ C(outcome) + C(treatment)", trial, family=sm.families.Poisson()
        ).fit()
        return [fit.params.tolist(), fit.deviance, fit.null_deviance, fit.aic]

    outcome = evaluate(program, engine)
    parameters, deviance, null_deviance, aic = outcome
    assert parameters == pytest.approx([3.045, -0.4543, -0.2930, 0, 0], abs=5e-4)
    assert deviance == pytest.approx(5.1291, abs=1e-4)
    assert null_deviance == pytest.approx(10.5814, abs=1e-4)
    assert aic == pytest.approx(56.76, abs=5e-3)


def test_an_autoregressive_model_agrees_with_r(evaluate: Evaluate) -> None:
    # The examples of R's help page of arima: luteinizing hormone in blood (Diggle 1990).
    def program() -> Any:
        from statsmodels.tsa.arima.model import ARIMA

        lh = [
            24,
            24,
            24,
            22,
            21,
            15,
            23,
            23,
            25,
            20,
            19,
            17,
            22,
            18,
            32,
            32,
            27,
            22,
            22,
            19,
            19,
            18,
            27,
            30,
            23,
            20,
            20,
            29,
            29,
            27,
            27,
            23,
            26,
            24,
            18,
            17,
            15,
            14,
            21,
            33,
            35,
            35,
            31,
            26,
            21,
            34,
            30,
            29,
        ]
        result = []
        for order in (1, 0, 0), (3, 0, 0), (1, 0, 1):
            fit = ARIMA([value / 10 for value in lh], order=order).fit()
            result.append([*fit.params, fit.llf])
        return result

    outcome = evaluate(program)
    first, third, mixed = outcome
    assert first == pytest.approx([2.4133, 0.5739, 0.1975, -29.38], abs=5e-3)
    assert third == pytest.approx([2.3931, 0.6448, -0.0634, -0.2198, 0.1787, -27.09], abs=5e-3)
    assert mixed == pytest.approx([2.4101, 0.4522, 0.1982, 0.1923, -28.76], abs=5e-3)


def test_a_state_space_model_agrees_with_its_textbook(evaluate: Evaluate) -> None:
    # Durbin and Koopman, Time Series Analysis by State Space Methods, section 2.10.3: the Nile.
    def program() -> Any:
        import statsmodels.api as sm

        nile = sm.datasets.nile.load_pandas().data["volume"]
        model = sm.tsa.UnobservedComponents(nile, "local level")
        smoothed = model.smooth([15099, 1469.1])
        return [*model.fit(disp=False).params, *smoothed.forecast(10).iloc[[0, -1]]]

    outcome = evaluate(program)
    assert outcome[:2] == pytest.approx([15099, 1469.1], rel=1e-2)
    assert outcome[2:] == pytest.approx([798.37, 798.37], abs=5e-3)


def test_smoothers_and_tests(evaluate: Evaluate) -> None:
    def program() -> Any:
        import numpy as np
        import statsmodels.api as sm
        from statsmodels.stats.multitest import multipletests
        from statsmodels.stats.proportion import proportion_confint

        x = np.linspace(0, 10, 101)
        smoothed = sm.nonparametric.lowess(2 * x + 1, x, frac=0.3, return_sorted=False)
        co2 = sm.datasets.co2.load_pandas().data["co2"].resample("MS").mean().ffill()
        season = sm.tsa.STL(co2, period=12).fit().seasonal
        sunspots = sm.datasets.sunspots.load_pandas().data["SUNACTIVITY"]
        return [
            float(np.abs(smoothed - 2 * x - 1).max()),
            season.groupby(season.index.month).mean().idxmax().item(),
            [*map(bool, multipletests([0.01, 0.02, 0.03, 0.5], method="holm")[0])],
            [*map(float, proportion_confint(5, 20, method="wilson"))],
            [float(value) for value in sm.tsa.adfuller(sunspots, result_object=False)[:2]],
            [float(value) for value in sm.tsa.acf(sunspots, nlags=2)],
        ]

    outcome = evaluate(program)
    exact, month, rejected, interval, unit_root, correlation = outcome
    assert exact < 1e-9
    assert month == 5
    assert rejected == [True, False, False, False]
    # By hand, from Wilson's formula.
    assert interval == pytest.approx([0.111862, 0.468701], abs=1e-6)
    assert unit_root[0] < 0 < unit_root[1] < 1
    assert correlation == pytest.approx([1, 0.8202, 0.4507], abs=1e-3)
