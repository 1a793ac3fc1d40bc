"""Does a page of Pyodide 0.16 that counts the lines of its Python code still do so?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Evaluate = Callable[[str], Any]


def test_an_endless_loop_is_ended_by_the_callback(evaluate: Evaluate) -> None:
    outcome = evaluate(
        """
        from pyodide_interrupts import check_interrupts

        calls = 0

        def callback():
            global calls
            calls += 1
            if calls == 3:
                raise KeyboardInterrupt

        result = "went on"
        try:
            with check_interrupts(callback, 100):
                while True:
                    pass
        except KeyboardInterrupt:
            result = "ended"
        """
    )
    assert outcome == "ended"
