"""Does brotli compress and decompress, at once and in parts, and does it find damage?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


def test_data_are_compressed_at_once_and_in_parts(evaluate: Evaluate) -> None:
    def program() -> Any:
        import brotli

        data = "Größe und Maß, ".encode() * 5000
        packed = brotli.compress(data, mode=brotli.MODE_TEXT, quality=11)
        compressor = brotli.Compressor(quality=5)
        parts = [compressor.process(data[i : i + 999]) for i in range(0, len(data), 999)]
        parts.append(compressor.finish())
        decompressor = brotli.Decompressor()
        back = b"".join(decompressor.process(part) for part in parts)
        return [
            len(packed) < 100,
            brotli.decompress(packed) == data,
            back == data,
            decompressor.is_finished(),
            brotli.decompress(bytes.fromhex("0b028048656c6c6f03")).decode(),
        ]

    assert evaluate(program) == [True, True, True, True, "Hello"]


def test_damage_is_an_exception(evaluate: Evaluate) -> None:
    def program() -> Any:
        import brotli

        found = 0
        for wrong in (b"no brotli at all", brotli.compress(b"cut short" * 99)[:-2]):
            try:
                brotli.decompress(wrong)
            except brotli.error:
                found += 1
        return found

    assert evaluate(program) == 2
