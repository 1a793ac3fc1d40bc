"""Is the text of the pages readable, in light and in dark?"""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

THEME = (files("conda_emscripten") / "theme.css").read_text("utf-8")
READABLE = 4.5  # contrast of text: WCAG 2.2, success criterion 1.4.3
VISIBLE = 3.0  # contrast of the focus ring: WCAG 2.2, success criterion 1.4.11


def luminance(color: str) -> float:
    """Relative luminance, from 0 to 1, of ``#rrggbb`` (WCAG 2.2)."""
    channels = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """From 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_has_enough_contrast(scheme: int) -> None:
    pairs = re.findall(r"--([a-z-]+): light-dark\((#\w{6}), (#\w{6})\)", THEME)
    colors = {name: values[scheme] for name, *values in pairs}
    for ground in ("paper", "card"):
        for text in ("ink", "quiet", "accent", "error", "warning"):
            assert contrast(colors[text], colors[ground]) >= READABLE, (text, ground)
        assert contrast(colors["focus"], colors[ground]) >= VISIBLE, ground
    assert contrast(colors["on-accent"], colors["accent"]) >= READABLE
