"""What happens to a test if a file that it needs was not built?

This module skips the test and prints the command that builds the file. With
``CONDA_EMSCRIPTEN_REQUIRE_BUILD=1``, which ``make test`` sets after a quickstart, the test fails.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD_DIR = ROOT / "build"


def require(condition: bool, missing: str) -> None:
    """Skip the test because ``missing`` was not built; fail it if everything must be built."""
    if condition:
        return
    if os.environ.get("CONDA_EMSCRIPTEN_REQUIRE_BUILD") == "1":
        pytest.fail(missing)
    pytest.skip(reason=missing)
