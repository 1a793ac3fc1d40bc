"""Are the bytes those of the MessagePack specification, and are hostile ones refused?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


def test_values_become_the_bytes_of_the_specification_and_come_back(evaluate: Evaluate) -> None:
    def program() -> Any:
        import datetime

        import msgpack

        moment = datetime.datetime(2020, 9, 13, 12, 26, 40, 500000, tzinfo=datetime.UTC)
        values: list[Any] = [None, True, -33, 2**64 - 1, 0.5, "h\xe9", b"\0\1"]
        values += [{"compact": True, "schema": 0}, moment]
        packed = [msgpack.packb(value, datetime=True) for value in values]
        back = [msgpack.unpackb(data, timestamp=3) for data in packed]
        return [msgpack.Packer.__module__, [data.hex() for data in packed], back == values]

    outcome = evaluate(program)
    module, packed, same = outcome
    assert module == "msgpack._cmsgpack"
    assert packed == [
        "c0",
        "c3",
        "d0df",
        "cfffffffffffffffff",
        "cb3fe0000000000000",
        "a368c3a9",
        "c4020001",
        "82a7636f6d70616374c3a6736368656d6100",
        "d7ff773594005f5e1000",
    ]
    assert same


def test_a_stream_gives_objects_as_they_arrive(evaluate: Evaluate) -> None:
    def program() -> Any:
        import msgpack

        data = b"".join(msgpack.packb({"n": n, "square": n * n}) for n in range(1000))
        unpacker, numbers = msgpack.Unpacker(), []
        for start in range(0, len(data), 7):
            unpacker.feed(data[start : start + 7])
            numbers += [item["square"] for item in unpacker]
        return [len(numbers), sum(numbers)]

    outcome = evaluate(program)
    assert outcome == [1000, 332833500]


def test_hostile_bytes_are_an_exception(evaluate: Evaluate) -> None:
    def program() -> Any:
        import msgpack

        result = []
        # Nothing, half an array, endless nesting, an enormous array, a byte without meaning.
        for data in (b"", b"\x92\x01", b"\x91" * 2000, b"\xdd\xff\xff\xff\xff", b"\xc1"):
            try:
                msgpack.unpackb(data)
            except ValueError as error:
                result.append(type(error).__name__)
        return result

    outcome = evaluate(program)
    assert outcome == ["ValueError", "ValueError", "StackError", "ValueError", "FormatError"]
