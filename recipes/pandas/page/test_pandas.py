"""Does pandas read, group, join and write tables, in a browser and under Node?

``elnino.csv``: the monthly temperature of the sea at the coast of Peru, 1950 to 2010 (NOAA, Climate
Prediction Center, ERSST.V3B, Nino 1+2). ``sunspots.csv``: the yearly number of sunspots, 1700 to
2008 (NOAA, National Geophysical Data Center). Both are in the public domain.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import pytest

from tests.harness.built import BUILD_DIR
from tests.harness.page import Page
from tests.harness.programs import Evaluate, source

SNAPSHOT = True

HERE = Path(__file__).parent
ELNINO = (HERE / "elnino.csv").read_text()
SUNSPOTS = (HERE / "sunspots.csv").read_text()


def temperatures() -> dict[int, list[float]]:
    """The twelve temperatures of each year."""
    rows = csv.reader(ELNINO.splitlines()[1:])
    return {int(year): [float(value) for value in values] for year, *values in rows}


@pytest.mark.parametrize("engine", ["c", "python"])
def test_a_file_is_read(evaluate: Evaluate, engine: str) -> None:
    def program(text: str, engine: str) -> Any:
        import io

        import pandas as pd

        frame = pd.read_csv(io.StringIO(text), engine=engine)
        return [
            list(frame.columns),
            list(frame.shape),
            sorted({str(t) for t in frame.dtypes}),
            frame.set_index("YEAR").T.to_dict("list"),
        ]

    outcome = evaluate(program, ELNINO, engine)
    columns, shape, types, values = outcome
    assert columns[:3] == ["YEAR", "JAN", "FEB"]
    assert shape == [61, 13]
    assert types == ["float64", "int64"]
    assert {int(year): row for year, row in values.items()} == temperatures()


def test_groups_agree_with_the_standard_library(evaluate: Evaluate) -> None:
    def program(elnino: str) -> Any:
        import io

        import pandas as pd

        long = pd.read_csv(io.StringIO(elnino)).melt("YEAR", var_name="month", value_name="t")
        decades = long.groupby(long["YEAR"] // 10 * 10)["t"].agg(["mean", "std", "max", "count"])
        warmest = long.loc[long.groupby("YEAR")["t"].idxmax(), "month"].value_counts().to_dict()
        return [decades.T.to_dict("list"), warmest]

    outcome = evaluate(program, ELNINO)
    decades: dict[str, list[float]] = {}
    for decade in range(1950, 2020, 10):
        values = [
            t for year, row in temperatures().items() if year // 10 * 10 == decade for t in row
        ]
        decades[str(decade)] = [fmean(values), stdev(values), max(values), len(values)]
    assert {key: pytest.approx(value) for key, value in decades.items()} == outcome[0]
    assert outcome[1]["MAR"] > outcome[1]["FEB"] > outcome[1]["APR"]


def test_two_files_are_joined(evaluate: Evaluate) -> None:
    def program(elnino: str, sunspots: str) -> Any:
        import io

        import pandas as pd

        sea = (
            pd.read_csv(io.StringIO(elnino), index_col="YEAR")
            .mean(axis=1)
            .rename("t")
            .reset_index()
        )
        both = sea.merge(pd.read_csv(io.StringIO(sunspots)), on="YEAR", how="outer", indicator=True)
        counts = both["_merge"].value_counts().to_dict()
        inner = both[both["_merge"] == "both"]
        return [
            {str(key): value for key, value in counts.items()},
            inner["SUNACTIVITY"].sum(),
            inner["t"].corr(inner["SUNACTIVITY"]),
            pd.merge_asof(sea.tail(3), pd.read_csv(io.StringIO(sunspots)), on="YEAR")[
                "SUNACTIVITY"
            ].tolist(),
        ]

    outcome = evaluate(program, ELNINO, SUNSPOTS)
    spots = {int(year): float(n) for year, n in csv.reader(SUNSPOTS.splitlines()[1:])}
    years = sorted(spots.keys() & temperatures().keys())
    x = [fmean(temperatures()[year]) for year in years]
    y = [spots[year] for year in years]
    covariance = sum((a - fmean(x)) * (b - fmean(y)) for a, b in zip(x, y, strict=True))
    assert outcome[0] == {"both": 59, "left_only": 2, "right_only": 250}
    assert outcome[1] == pytest.approx(sum(y))
    assert outcome[2] == pytest.approx(covariance / (len(x) - 1) / stdev(x) / stdev(y))
    assert outcome[3] == [spots[2008]] * 3


def test_series_in_time_are_resampled_and_averaged_over_windows(evaluate: Evaluate) -> None:
    def program(elnino: str) -> Any:
        import io

        import pandas as pd

        long = pd.read_csv(io.StringIO(elnino)).melt("YEAR", var_name="month", value_name="t")
        dates = pd.to_datetime(long["YEAR"].astype(str) + long["month"].str.title(), format="%Y%b")
        series = long.set_index(dates)["t"].sort_index()
        return [
            series["1997-06":"1998-05"].tolist(),
            series.resample("YS").mean()["1998-01-01"],
            series.rolling(12).mean().iloc[-1],
            str(series.idxmax().date()),
            series.asfreq("D").interpolate()["1950-01-16"],
        ]

    outcome = evaluate(program, ELNINO)
    of = temperatures()
    assert outcome == [
        of[1997][5:] + of[1998][:5],
        pytest.approx(fmean(of[1998])),
        pytest.approx(fmean(of[2010])),
        "1998-03-01",
        pytest.approx(of[1950][0] + (of[1950][1] - of[1950][0]) * 15 / 31),
    ]


def test_times_change_their_zone(evaluate: Evaluate) -> None:
    def program() -> Any:
        import pandas as pd

        spring = pd.date_range("2021-03-28 00:30", periods=3, freq="h", tz="UTC")
        try:
            pd.Timestamp("2021-03-28 02:30").tz_localize("Europe/Berlin")
        except ValueError as error:
            missing = type(error).__name__
        # Samoa left out the whole of 30 December 2011.
        samoa = pd.Timestamp("2011-12-29 23:59:59", tz="Pacific/Apia") + pd.Timedelta(seconds=1)
        return [
            [t.isoformat() for t in spring.tz_convert("Europe/Berlin")],
            missing,
            samoa.isoformat(),
            pd.Timestamp("2020-02-29", tz="US/Eastern").tz_convert("Asia/Kolkata").isoformat(),
            str(pd.Timestamp("2020-01-31") + pd.offsets.MonthEnd(1)),
            pd.Period("2024Q1").end_time.isoformat(),
        ]

    outcome = evaluate(program)
    assert outcome == [
        ["2021-03-28T01:30:00+01:00", "2021-03-28T03:30:00+02:00", "2021-03-28T04:30:00+02:00"],
        "ValueError",
        "2011-12-31T00:00:00+14:00",
        "2020-02-29T10:30:00+05:30",
        "2020-02-29 00:00:00",
        "2024-03-31T23:59:59.999999",
    ]


def test_json_and_csv_are_written_and_read_back(evaluate: Evaluate) -> None:
    def program() -> Any:
        import io

        import pandas as pd

        frame = pd.DataFrame(
            {
                "text": ["Ærø", 'q"u,ote', None],
                "number": [1.5, float("nan"), -2e300],
                "whole": pd.array([2**53 + 1, None, -7], dtype="Int64"),
                "when": pd.to_datetime(["2021-04-02T12:00", None, "1969-12-31T00:00"]),
            }
        )
        text = frame.to_json(orient="records", date_format="iso")
        table = frame.to_csv(index=False)
        again = pd.read_csv(io.StringIO(table), parse_dates=["when"], dtype={"whole": "Int64"})
        pd.testing.assert_frame_equal(again, frame, check_dtype=False)
        split = frame.drop(columns="when").to_json(orient="split")
        back = pd.read_json(io.StringIO(split), orient="split")
        return [text, table, back["number"].tolist()[::2]]

    outcome = evaluate(program)
    rows = json.loads(outcome[0])
    assert [row["text"] for row in rows] == ["Ærø", 'q"u,ote', None]
    assert [row["number"] for row in rows] == [1.5, None, -2e300]
    assert [row["whole"] for row in rows] == [2**53 + 1, None, -7]
    assert rows[0]["when"].startswith("2021-04-02T12:00:00.000") and rows[1]["when"] is None
    assert list(csv.reader(outcome[1].splitlines()))[2] == ['q"u,ote', "", "", ""]
    assert outcome[2] == [1.5, -2e300]


def test_text_categories_and_shapes(evaluate: Evaluate) -> None:
    def program() -> Any:
        import pandas as pd

        frame = pd.DataFrame(
            {
                "name": ["Ada Lovelace", "Grace Hopper", "Emmy Noether"],
                "field": pd.Categorical(["computing", "computing", "algebra"]),
                "year": [1843, 1952, 1921],
            }
        )
        frame["surname"] = frame["name"].str.extract(r"(\w+)$")[0].str.upper()
        pivot = frame.pivot_table(index="field", values="year", aggfunc="mean", observed=True)
        return [
            frame.sort_values("surname")["surname"].tolist(),
            pivot["year"].to_dict(),
            frame.query("year > 1900 and field == 'computing'")["name"].tolist(),
            pd.crosstab(frame["field"], frame["year"] > 1900).values.tolist(),
            frame.set_index(["field", "name"]).loc["algebra", "year"].tolist(),
            pd.cut(frame["year"], [1800, 1900, 2000], labels=["19th", "20th"]).tolist(),
        ]

    outcome = evaluate(program)
    assert outcome == [
        ["HOPPER", "LOVELACE", "NOETHER"],
        {"algebra": 1921, "computing": 1897.5},
        ["Grace Hopper"],
        [[0, 1], [1, 1]],
        [1921],
        ["19th", "20th", "20th"],
    ]


def test_errors_are_python_exceptions(evaluate: Evaluate) -> None:
    def program() -> Any:
        import io

        import pandas as pd

        def caught(work):
            try:
                work()
            except Exception as error:
                return type(error).__name__

        frame = pd.DataFrame({"a": [1, 2]})
        return [
            caught(lambda: frame["b"]),
            caught(lambda: pd.read_csv(io.StringIO("a,b\n1,2\n3,4,5\n"))),
            caught(lambda: pd.to_datetime("not a date")),
            caught(lambda: frame.merge(frame, on="a", validate="1:x")),
            caught(lambda: pd.read_csv("/nowhere.csv")),
            caught(lambda: pd.Timestamp.max + pd.Timedelta(days=1)),
        ]

    outcome = evaluate(program)
    assert outcome == [
        "KeyError",
        "ParserError",
        "DateParseError",
        "ValueError",
        "FileNotFoundError",
        "OutOfBoundsDatetime",
    ]


@pytest.fixture
def older(open_page: Callable[[str], Page]) -> Page:
    """A page that has loaded pandas 2.3."""
    if not any((BUILD_DIR / "channel").glob("emscripten-wasm32/pandas-2.3.*.conda")):
        pytest.skip(reason="no pandas 2.3 in build/channel")
    page = open_page("/pages/pyodide.html")
    page.run_js("await languagePluginLoader; await pyodide.loadPackage('pandas >=2.3,<3');")
    return page


def test_a_page_chooses_an_older_version(older: Page) -> None:
    def program(elnino: str, sunspots: str) -> Any:
        import io

        import pandas as pd

        long = pd.read_csv(io.StringIO(elnino)).melt("YEAR", var_name="month", value_name="t")
        dates = pd.to_datetime(long["YEAR"].astype(str) + long["month"].str.title(), format="%Y%b")
        series = long.set_index(dates)["t"].sort_index()
        yearly = series.resample("YS").mean().rename("t").reset_index()
        yearly["YEAR"] = yearly["index"].dt.year
        both = yearly.merge(pd.read_csv(io.StringIO(sunspots)), on="YEAR")
        return [pd.__version__, str(both["index"].dtype), both["t"].tolist()]

    version, kind, means = json.loads(
        older.run_python("\n".join(source(program, ELNINO, SUNSPOTS)))
    )
    assert version.startswith("2.3.")
    assert kind == "datetime64[ns]"
    assert means == pytest.approx([fmean(temperatures()[year]) for year in range(1950, 2009)])


def test_the_older_version_works_with_newer_packages(older: Page) -> None:
    code = """
import json, pickle, warnings
import pandas as pd
warnings.simplefilter("error")
animals = pd.Series(["cat", "dog", None, "cat"], dtype="category")
days = pd.Series(pd.period_range("2024-02-28", periods=3, freq="D"))
noon = pd.Timestamp("2024-07-01 12:00", tz="UTC")
hours = pd.date_range("2024-03-31", periods=3, freq="h", tz="dateutil/Europe/Berlin")
json.dumps([
    pickle.loads(pickle.dumps(animals)).equals(animals),
    pickle.loads(pickle.dumps(days)).equals(days),
    str(noon.tz_convert("dateutil/US/Pacific").tz_localize(None)),
    [str(hour.utcoffset()) for hour in hours],
    str(pd.Timedelta(hours=1, seconds=1)),
    pd.Series([1, 2, None], dtype="Int8").median(),
])
"""
    assert json.loads(older.run_python(code)) == [
        True,
        True,
        "2024-07-01 05:00:00",
        ["1:00:00", "1:00:00", "2:00:00"],
        "0 days 01:00:01",
        1.5,
    ]
