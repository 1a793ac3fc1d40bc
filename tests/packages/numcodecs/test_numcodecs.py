"""Does what was compressed come back?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Evaluate = Callable[[str], Any]


@pytest.mark.parametrize(
    "codec",
    [
        "Blosc('blosclz', shuffle=Blosc.SHUFFLE)",
        "Blosc('lz4', shuffle=Blosc.BITSHUFFLE)",
        "Blosc('lz4hc')",
        "Blosc('zlib')",
        "Blosc('zstd', clevel=9)",
        "LZ4()",
        "Zstd(level=5)",
        "Zlib()",
        "GZip()",
        "BZ2()",
        "LZMA()",
    ],
)
def test_an_array_comes_back_smaller(evaluate: Evaluate, codec: str) -> None:
    outcome = evaluate(
        f"""
        import numpy as np
        from numcodecs import BZ2, LZ4, LZMA, Blosc, GZip, Zlib, Zstd
        codec = {codec}
        array = np.arange(100_000, dtype="i4") // 7
        packed = codec.encode(array)
        back = np.empty_like(array)
        codec.decode(packed, out=back)
        result = [len(packed) < array.nbytes / 2, bool((back == array).all())]
        """
    )
    assert outcome == [True, True]


def test_filters_change_what_is_compressed(evaluate: Evaluate) -> None:
    outcome = evaluate(
        """
        import numpy as np
        from numcodecs import (
            CRC32, Categorize, Delta, FixedScaleOffset, Fletcher32, JenkinsLookup3, PackBits,
            Shuffle, VLenUTF8,
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
        """
    )
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
    outcome = evaluate(
        """
        import numpy as np
        from numcodecs import blosc
        before = blosc.set_nthreads(4)
        array = np.arange(1_000_000, dtype="i8")
        packed = blosc.compress(array, b"lz4", 5)
        back = np.frombuffer(blosc.decompress(packed), dtype="i8")
        blosc.set_nthreads(before)
        result = [len(packed) < array.nbytes / 10, bool((back == array).all())]
        """
    )
    assert outcome == [True, True]
