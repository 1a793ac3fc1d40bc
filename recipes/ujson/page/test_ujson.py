"""Does ujson read and write JSON as the standard library does?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


def test_documents_are_the_same_as_with_json(evaluate: Evaluate) -> None:
    def program() -> Any:
        import json

        import ujson

        document = {
            "text": "Größe \U0001f600 \u2028",
            "numbers": [0, -1, 2**63 - 1, 2**64 + 1, 0.1, 1e300, -2.5e-8],
            "rest": [True, False, None, [], {}],
        }
        text = ujson.dumps(document)
        return [
            json.loads(text) == document,
            ujson.loads(json.dumps(document)) == document,
            ujson.dumps({"b": 1, "a": "</é>"}, sort_keys=True, ensure_ascii=False),
            ujson.dumps([1, {"a": 2}], indent=2),
        ]

    assert evaluate(program) == [
        True,
        True,
        '{"a":"<\\/é>","b":1}',
        '[\n  1,\n  {\n    "a": 2\n  }\n]',
    ]


def test_a_wrong_document_is_an_exception(evaluate: Evaluate) -> None:
    def program() -> Any:
        import ujson

        found = []
        for wrong in ("[1, 2", '{"a" 1}', '"\\ud800'):
            try:
                ujson.loads(wrong)
            except ujson.JSONDecodeError as error:
                found.append(isinstance(error, ValueError))
        return found

    assert evaluate(program) == [True, True, True]
