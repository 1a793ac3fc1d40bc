"""Does decompression give the original data?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.programs import Evaluate


@pytest.mark.parametrize(
    "config",
    [
        {"id": "blosc", "cname": "blosclz", "shuffle": 1},
        {"id": "blosc", "cname": "lz4", "shuffle": 2},
        {"id": "blosc", "cname": "lz4hc"},
        {"id": "blosc", "cname": "zlib"},
        {"id": "blosc", "cname": "zstd", "clevel": 9},
        {"id": "lz4"},
        {"id": "zstd", "level": 5},
        {"id": "zlib"},
        {"id": "gzip"},
        {"id": "bz2"},
        {"id": "lzma"},
    ],
)
def test_an_array_is_compressed_without_loss(evaluate: Evaluate, config: dict[str, Any]) -> None:
    def program(config: dict[str, Any]) -> Any:
        import numcodecs
        import numpy as np

        codec = numcodecs.get_codec(config)
        array = np.arange(100_000, dtype="i4") // 7
        packed = codec.encode(array)
        back = np.empty_like(array)
        codec.decode(packed, out=back)
        return [len(packed) < array.nbytes / 2, bool((back == array).all())]

    outcome = evaluate(program, config)
    assert outcome == [True, True]


def test_filters_change_the_data_before_compression(evaluate: Evaluate) -> None:
    def program() -> Any:
        import numpy as np
        from numcodecs import (
            CRC32,
            Categorize,
            Delta,
            FixedScaleOffset,
            Fletcher32,
            JenkinsLookup3,
            PackBits,
            Shuffle,
            VLenUTF8,
        )

        numbers = np.arange(1000, 1200, dtype="i4")
        words = np.array(["ja", "nei", "ja"], dtype=object)
        bits = numbers % 3 == 0
        near = np.linspace(0, 1, 50)
        packed_bits = PackBits().encode(bits)
        scaled = FixedScaleOffset(offset=0, scale=1000, dtype="f8", astype="u2")
        sums = [CRC32(), Fletcher32(), JenkinsLookup3()]
        plain = numbers.tobytes()
        result = {
            "delta": Delta("i4").encode(numbers)[1:].tolist() == [1] * 199,
            "shuffle": bool(
                (Shuffle(4).decode(Shuffle(4).encode(numbers)).view("i4") == numbers).all()
            ),
            "words": VLenUTF8().decode(VLenUTF8().encode(words)).tolist(),
            "categories": Categorize(["ja", "nei"], dtype=object).encode(words).tolist(),
            "bits": [len(packed_bits), int(PackBits().decode(packed_bits).sum())],
            "scaled": float(np.abs(scaled.decode(scaled.encode(near)) - near).max()) < 1e-3,
            "sums": [bytes(codec.decode(codec.encode(plain))) == plain for codec in sums],
        }
        packed = bytearray(CRC32().encode(plain))
        packed[20] ^= 1
        try:
            CRC32().decode(bytes(packed))
        except RuntimeError:
            result["corrupt"] = "found"
        return result

    outcome = evaluate(program)
    assert outcome == {
        "delta": True,
        "shuffle": True,
        "words": ["ja", "nei", "ja"],
        "categories": [1, 2, 1],
        "bits": [26, 66],
        "scaled": True,
        "sums": [True, True, True],
        "corrupt": "found",
    }


def test_more_threads_than_there_are_change_nothing(evaluate: Evaluate) -> None:
    def program() -> Any:
        import numpy as np
        from numcodecs import blosc

        before = blosc.set_nthreads(4)
        array = np.arange(1_000_000, dtype="i8")
        packed = blosc.compress(array, b"lz4", 5)
        back = np.frombuffer(blosc.decompress(packed), dtype="i8")
        blosc.set_nthreads(before)
        return [len(packed) < array.nbytes / 10, bool((back == array).all())]

    outcome = evaluate(program)
    assert outcome == [True, True]
