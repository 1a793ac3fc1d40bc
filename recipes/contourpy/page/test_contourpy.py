"""Are contour lines and the areas between them at the right places?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.programs import Evaluate


@pytest.mark.parametrize("name", ["serial", "mpl2014", "mpl2005"])
def test_a_cone_has_circles(evaluate: Evaluate, name: str) -> None:
    def program(name: str) -> Any:
        import numpy as np
        from contourpy import contour_generator

        x = y = np.linspace(-1, 1, 201)
        z = np.hypot(*np.meshgrid(x, y))
        kinds = {"line_type": "SeparateCode", "fill_type": "OuterCode"}
        contours = contour_generator(x, y, z, name=name, **kinds)
        (line,), _ = contours.lines(0.5)
        radii = np.hypot(line[:, 0], line[:, 1])
        polygons, _ = contours.filled(0.25, 0.75)
        ring = polygons[0]

        def area(points):
            x, y = points[:, 0], points[:, 1]
            return abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2

        return {
            "closed": bool((line[0] == line[-1]).all()),
            "off": float(abs(radii - 0.5).max()),
            "area": float(area(line[:-1])),
            "polygons": len(polygons),
            "inside": float(np.hypot(ring[:, 0], ring[:, 1]).min()),
            "outside": float(np.hypot(ring[:, 0], ring[:, 1]).max()),
        }

    outcome = evaluate(program, name)
    assert outcome["closed"]
    assert outcome["off"] < 1e-4
    assert outcome["area"] == pytest.approx(3.14159265 * 0.25, rel=1e-3)
    assert outcome["polygons"] == 1
    assert [outcome["inside"], outcome["outside"]] == pytest.approx([0.25, 0.75], abs=1e-3)
