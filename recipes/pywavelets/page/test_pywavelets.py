"""Do wavelet transforms give the results of other platforms, and do their inverses undo them?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.programs import Evaluate


def test_a_haar_transform_is_sums_and_differences(evaluate: Evaluate) -> None:
    def program() -> Any:
        import pywt

        approximation, detail = pywt.dwt([1.0, 2.0, 3.0, 4.0], "db1")
        back = pywt.idwt(approximation, detail, "db1")
        return [approximation.tolist(), detail.tolist(), back.tolist()]

    outcome = evaluate(program)
    root = 2**0.5
    assert outcome[0] == pytest.approx([3 / root, 7 / root])
    assert outcome[1] == pytest.approx([-1 / root, -1 / root])
    assert outcome[2] == pytest.approx([1, 2, 3, 4])


def test_a_photograph_survives_three_levels(evaluate: Evaluate) -> None:
    def program() -> Any:
        import numpy as np
        import pywt

        image = pywt.data.camera().astype(float)
        levels = pywt.wavedec2(image, "bior2.2", level=3)
        back = pywt.waverec2(levels, "bior2.2")
        return {
            "shape": levels[0].shape,
            "sum": float(levels[0].sum()),
            "finest": float(levels[-1][2].std()),
            "error": float(np.abs(back - image).max()),
        }

    outcome = evaluate(program)
    assert outcome["shape"] == [68, 68]
    # As PyWavelets 1.10.0 computes them on x86-64.
    assert outcome["sum"] == pytest.approx(4855518.039855955)
    assert outcome["finest"] == pytest.approx(4.28679071441559)
    assert outcome["error"] < 1e-9


def test_a_continuous_transform_finds_the_frequency(evaluate: Evaluate) -> None:
    def program() -> Any:
        import numpy as np
        import pywt

        seconds = np.arange(1024) / 1024
        tone = np.sin(2 * np.pi * 64 * seconds)
        strength, hertz = pywt.cwt(tone, np.arange(4, 64), "morl", sampling_period=1 / 1024)
        return float(hertz[np.abs(strength[:, 512]).argmax()])

    outcome = evaluate(program)
    assert outcome == pytest.approx(64)
