"""Does zstandard compress, stream and train dictionaries, and does it find damage?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


def test_data_are_compressed_at_once_and_as_a_stream(evaluate: Evaluate) -> None:
    def program() -> Any:
        import io

        import zstandard

        data = b"conda-emscripten " * 10_000
        packed = zstandard.compress(data, level=19)
        stream = io.BytesIO()
        with zstandard.ZstdCompressor(write_checksum=True).stream_writer(
            stream, closefd=False
        ) as writer:
            for start in range(0, len(data), 1000):
                writer.write(data[start : start + 1000])
        reader = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(stream.getvalue()))
        return [
            zstandard.backend,
            len(packed) < 200,
            zstandard.decompress(packed) == data,
            reader.read() == data,
            zstandard.get_frame_parameters(packed).content_size,
        ]

    assert evaluate(program) == ["cext", True, True, True, 170_000]


def test_a_dictionary_makes_small_documents_smaller(evaluate: Evaluate) -> None:
    def program() -> Any:
        import json

        import zstandard

        documents: list[Any] = [
            json.dumps({"name": f"user {i}", "number": i * 37, "admin": i % 7 == 0}).encode()
            for i in range(2000)
        ]
        trained = zstandard.train_dictionary(4096, documents)
        with_it = zstandard.ZstdCompressor(dict_data=trained).compress(documents[5])
        back = zstandard.ZstdDecompressor(dict_data=trained).decompress(with_it)
        return [len(with_it) < len(zstandard.compress(documents[5])), back == documents[5]]

    assert evaluate(program) == [True, True]


def test_damage_is_an_exception(evaluate: Evaluate) -> None:
    def program() -> Any:
        import zstandard

        packed = bytearray(
            zstandard.ZstdCompressor(write_checksum=True).compress(bytes(range(256)))
        )
        packed[-1] ^= 1
        found = []
        for wrong in (bytes(packed), b"no frame"):
            try:
                zstandard.decompress(wrong)
            except zstandard.ZstdError as error:
                found.append(str(error))
        return found

    assert evaluate(program) == [
        "decompression error: Restored data doesn't match checksum",
        "error determining content size from frame header",
    ]
