"""Does a page of Pyodide 0.16 that counts the lines of its Python code still do so?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


def test_an_endless_loop_is_ended_by_the_callback(evaluate: Evaluate) -> None:
    def program() -> Any:
        from pyodide_interrupts import check_interrupts

        calls = 0

        def callback() -> None:
            nonlocal calls
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
        return result

    outcome = evaluate(program)
    assert outcome == "ended"
