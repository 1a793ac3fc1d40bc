"""What happens to a test if a file that it needs was not built?

This module skips the test and prints the command that builds the file. With
``CONDA_EMSCRIPTEN_REQUIRE_BUILD=1``, which ``make test`` sets after a quickstart, the test fails.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path

import pytest

from conda_emscripten.archive_name import ArchiveName

ROOT = Path(__file__).resolve().parents[2]
BUILD_DIR = ROOT / "build"


def require(condition: bool, missing: str) -> None:
    """Skip the test because ``missing`` was not built; fail it if everything must be built."""
    if condition:
        return
    if os.environ.get("CONDA_EMSCRIPTEN_REQUIRE_BUILD") == "1":
        pytest.fail(missing)
    pytest.skip(reason=missing)


def require_packages(*names: str) -> None:
    """Skip the test if a package is not in build/channel: ``make quickstart`` builds few."""
    if missing := [name for name in names if name not in _packages()]:
        pytest.skip(reason=f"no {' and no '.join(missing)} in build/channel")


@functools.cache
def _packages() -> frozenset[str]:
    """Names of the packages in build/channel, which is read once."""
    files = (BUILD_DIR / "channel").glob("*/*.conda")
    return frozenset(ArchiveName.parse(file.name).name for file in files)
