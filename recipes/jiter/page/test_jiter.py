"""Does jiter read complete and cut documents?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


def test_a_stream_is_read_before_its_end(evaluate: Evaluate) -> None:
    def program() -> Any:
        import jiter

        whole = b'{"answer": "42 \\u20ac", "list": [1, 2.5, true], "more": "unfin'
        problem = ""
        try:
            jiter.from_json(whole)
        except ValueError as error:
            problem = str(error)
        return [
            jiter.from_json(whole, partial_mode=True),
            jiter.from_json(whole, partial_mode="trailing-strings")["more"],
            problem,
            jiter.from_json(b"12345678901234567890123"),
        ]

    assert evaluate(program) == [
        {"answer": "42 €", "list": [1, 2.5, True]},
        "unfin",
        "EOF while parsing a string at line 1 column 62",
        12345678901234567890123,
    ]
