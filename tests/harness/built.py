"""What has been built, and what becomes of a test that wants more?

A test of something that has to be built is skipped, with the command that builds it, on a machine
where it is not. With `CONDA_EMSCRIPTEN_REQUIRE_BUILD=1`, as `make test` sets it after a quickstart,
the test fails.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD_DIR = ROOT / "build"


def require(condition: bool, missing: str) -> None:
    """Skip the test for want of `missing`, or fail it where everything must have been built."""
    if condition:
        return
    if os.environ.get("CONDA_EMSCRIPTEN_REQUIRE_BUILD") == "1":
        pytest.fail(missing)
    pytest.skip(reason=missing)
