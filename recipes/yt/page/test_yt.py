"""Is a field on a grid integrated, projected and drawn as on other platforms?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.programs import Evaluate


def make_cloud() -> Any:
    import numpy as np
    import yt

    yt.set_log_level("error")
    x = (np.arange(32) + 0.5) / 32
    x, y, z = np.meshgrid(x, x, x, indexing="ij")
    density = np.exp(-20 * ((x - 0.5) ** 2 + (y - 0.5) ** 2 + (z - 0.25) ** 2))
    return yt.load_uniform_grid(
        {"density": (density, "g/cm**3")}, density.shape, length_unit="cm", nprocs=8
    )


def test_a_cloud_has_its_mass_and_its_center(evaluate: Evaluate) -> None:
    def program() -> Any:
        cloud = make_cloud()
        everything = cloud.all_data()
        inner = cloud.sphere([0.5, 0.5, 0.25], (0.2, "cm"))
        return {
            "mass": float(everything.sum(("gas", "mass")).to("g")),
            "center": everything.quantities.center_of_mass().to("cm").tolist(),
            "densest": [float(i) for i in everything.argmax(("gas", "density"))],
            "cells": int(inner["gas", "density"].size),
            "inner": float(inner.mean(("gas", "density"), weight=("gas", "volume"))),
        }

    outcome = evaluate(program)
    # As yt 4.4.2 computes them on x86-64.
    assert outcome["mass"] == pytest.approx(0.05854975329669489)
    assert outcome["center"] == pytest.approx([0.5, 0.5, 0.26910929], abs=1e-8)
    assert outcome["densest"] == pytest.approx([0.484375, 0.484375, 0.234375])
    assert outcome["cells"] == 1088
    assert outcome["inner"] == pytest.approx(0.6347365169736257)


def test_a_cloud_is_projected_and_drawn(evaluate: Evaluate) -> None:
    def program() -> Any:
        import tempfile

        import yt

        cloud = make_cloud()
        shadow = cloud.proj(("gas", "density"), 2).to_frb(1.0, 64)["gas", "density"]
        plot = yt.SlicePlot(cloud, "z", ("gas", "density"), center=[0.5, 0.5, 0.25])
        (file,) = plot.save(tempfile.mkdtemp() + "/slice.png")
        with open(file, "rb") as png:
            return [shadow.shape, float(shadow.max()), float(shadow.sum()), png.read(8).hex()]

    outcome = evaluate(program)
    assert outcome[0] == [64, 64]
    assert outcome[1:3] == pytest.approx([0.3702549827575271, 239.81978950326226])
    assert outcome[3] == "89504e470d0a1a0a"
