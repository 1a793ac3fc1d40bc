"""Does lz4 compress frames and blocks, and does it find damage?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


def test_frames_and_blocks_are_compressed(evaluate: Evaluate) -> None:
    def program() -> Any:
        import io

        import lz4.block
        import lz4.frame

        data = b"conda-emscripten " * 10_000
        # The frame of the specification's reference program, of the empty input.
        empty = bytes.fromhex("04224d186440a700000000 05 5d cc 02".replace(" ", ""))
        packed = io.BytesIO()
        with lz4.frame.open(packed, "wb") as file:
            file.write(data)
        return [
            lz4.frame.decompress(lz4.frame.compress(data, compression_level=9)) == data,
            lz4.frame.decompress(packed.getvalue()) == data,
            len(packed.getvalue()) < 3000,
            lz4.block.decompress(lz4.block.compress(data, mode="high_compression")) == data,
            lz4.frame.decompress(empty) == b"",
        ]

    assert evaluate(program) == [True] * 5


def test_damage_is_an_exception(evaluate: Evaluate) -> None:
    def program() -> Any:
        import lz4.block
        import lz4.frame

        packed = bytearray(lz4.frame.compress(bytes(range(256)), content_checksum=True))
        packed[40] ^= 1
        found = []
        try:
            lz4.frame.decompress(bytes(packed))
        except RuntimeError as error:
            found.append(str(error))
        try:
            lz4.block.decompress(b"\x10\x00\x00\x00\xff")
        except lz4.block.LZ4BlockError as error:
            found.append(str(error).split(":")[0])
        return found

    assert evaluate(program) == [
        "LZ4F_decompress failed with code: ERROR_contentChecksum_invalid",
        "Decompression failed",
    ]
