"""Do compressed bitmaps and Morton indexes give the results of other platforms?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate

ALSO = ["numpy"]


def test_a_bitmap_of_a_selection(evaluate: Evaluate) -> None:
    def program() -> Any:
        import numpy as np
        from ewah_bool_utils._testing import (
            ewah_set_and_unset,
            find_ewah_collisions,
            make_and_select_from_ewah_index,
        )

        values = np.arange(100_000, dtype=float)
        chosen = np.flatnonzero(values % 7 == 3)
        selected = np.asarray(make_and_select_from_ewah_index(values, chosen))
        return [
            bool((selected == values[chosen]).all()),
            len(selected),
            find_ewah_collisions(np.array([1, 2, 3, 90]), np.array([3, 4, 5, 90])),
            [int(n) for n in ewah_set_and_unset(np.array([1, 2, 70, 5000]))],
        ]

    outcome = evaluate(program)
    assert outcome == [True, len(range(3, 100_000, 7)), 2, [1, 2, 70, 5000]]
