"""Do routines give the results of ERFA's own test program (t_erfa_c.c), also for arrays?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.programs import Evaluate


def test_numbers_are_those_of_the_c_library(evaluate: Evaluate) -> None:
    def program() -> Any:
        import erfa

        return {
            "cal2jd": [float(x) for x in erfa.cal2jd(2003, 6, 1)],
            "epj": float(erfa.epj(2451545, -7392.5)),
            "gmst06": float(erfa.gmst06(2400000.5, 53736.0, 2400000.5, 53736.0)),
            "obl06": float(erfa.obl06(2400000.5, 54388.0)),
            "dat": float(erfa.dat(2017, 9, 1, 0.0)),
            "seps": float(erfa.seps(1.0, 0.1, 0.2, -3.0)),
        }

    outcome = evaluate(program)
    assert outcome["cal2jd"] == [2400000.5, 52791.0]
    assert outcome["epj"] == pytest.approx(1979.760438056125941, abs=1e-12)
    assert outcome["gmst06"] == pytest.approx(1.754174971870091203, abs=1e-12)
    assert outcome["obl06"] == pytest.approx(0.4090749229387258204, abs=1e-14)
    assert outcome["dat"] == 37.0
    assert outcome["seps"] == pytest.approx(2.346722016996998842, abs=1e-14)


def test_arrays_are_broadcast_and_a_doubtful_date_is_a_warning(evaluate: Evaluate) -> None:
    def program() -> Any:
        import warnings

        import erfa
        import numpy as np

        _, days = erfa.cal2jd(np.array([2000, 2001])[:, None], np.array([1, 2, 3]), 1)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            erfa.dat(1950, 1, 1, 0.0)
        return [days.tolist(), [issubclass(w.category, erfa.ErfaWarning) for w in caught]]

    outcome = evaluate(program)
    assert outcome == [[[51544, 51575, 51604], [51910, 51941, 51969]], [True]]
