"""Does orjson write and read what an application exchanges, and say where a document is wrong?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate

ALSO = ["numpy"]


def test_an_application_s_data_go_through_json_and_back(evaluate: Evaluate) -> None:
    def program() -> Any:
        import dataclasses
        import datetime
        import enum
        import uuid

        import orjson

        class State(enum.Enum):
            OPEN = "open"

        @dataclasses.dataclass
        class Order:
            number: int
            placed: datetime.datetime
            state: State
            lines: list[tuple[str, float]]

        order = Order(
            number=2**53 - 1,
            placed=datetime.datetime(2026, 11, 30, 12, 0, 0, 125, datetime.UTC),
            state=State.OPEN,
            lines=[("Zürich € 🎉", 0.1), ("\u2028", 1e22)],
        )
        text = orjson.dumps(
            {"order": order, "id": uuid.UUID(int=7)},
            option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z,
        )
        return [text.decode(), orjson.loads(text)["order"]["lines"]]

    text, lines = evaluate(program)
    assert text == (
        '{"id":"00000000-0000-0000-0000-000000000007","order":{"number":9007199254740991,'
        '"placed":"2026-11-30T12:00:00.000125Z","state":"open",'
        '"lines":[["Zürich € 🎉",0.1],["\u2028",1e+22]]}}'
    )
    assert lines == [["Zürich € 🎉", 0.1], ["\u2028", 1e22]]


def test_an_array_of_numpy_is_written_as_it_is(evaluate: Evaluate) -> None:
    def program() -> Any:
        import numpy as np
        import orjson

        table = np.arange(6, dtype=np.float32).reshape(2, 3) / 2
        return orjson.dumps(table, option=orjson.OPT_SERIALIZE_NUMPY).decode()

    assert evaluate(program) == "[[0.0,0.5,1.0],[1.5,2.0,2.5]]"


def test_a_wrong_document_is_named_by_line_and_column(evaluate: Evaluate) -> None:
    def program() -> Any:
        import json

        import orjson

        problems: list[Any] = []
        for text in ('{"a": 1,\n "b": }', "[1, 2", "NaN", '"' + "x" * 100_000):
            try:
                orjson.loads(text)
            except json.JSONDecodeError as error:
                problems.append([error.lineno, error.colno])
        try:
            orjson.dumps({1: 2})
        except TypeError as error:
            problems.append(str(error))
        return problems

    outcome = evaluate(program)
    assert outcome[0] == [2, 7]
    assert outcome[-1] == "Dict key must be str"
    assert len(outcome) == 5
