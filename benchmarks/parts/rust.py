"""orjson beside json, and pydantic, beside PyPI's wheels on this machine."""

from __future__ import annotations

from benchmarks.parts.numerics import HEAD, beside_native, rows
from benchmarks.report import table

_PROJECTS = ["orjson", "pydantic", "pydantic-core", "annotated-types", "typing_extensions"]


def measure() -> str:
    """Each program natively, in Chromium and in Node, as a Markdown table."""
    return table(HEAD, rows(beside_native("rust", _PROJECTS, ["orjson", "pydantic"])))
