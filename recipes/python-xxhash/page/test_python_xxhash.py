"""Does xxhash compute the hashes of the specification, at once and in parts?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


def test_hashes_are_those_of_the_specification(evaluate: Evaluate) -> None:
    def program() -> Any:
        import xxhash

        text = b"Nobody inspects the spammish repetition"
        parts = xxhash.xxh3_128(seed=7)
        for start in range(0, 100_000, 777):
            parts.update(bytes(min(777, 100_000 - start)))
        return [
            xxhash.xxh32_hexdigest(b""),
            xxhash.xxh64_hexdigest(b""),
            xxhash.xxh3_64_hexdigest(b""),
            xxhash.xxh32_hexdigest(text),
            xxhash.xxh64(text).hexdigest(),
            parts.hexdigest() == xxhash.xxh3_128(bytes(100_000), seed=7).hexdigest(),
        ]

    assert evaluate(program) == [
        "02cc5d05",
        "ef46db3751d8e999",
        "2d06800538d394c2",
        "e2293b2f",
        "fbcea83c8a378bf1",
        True,
    ]
