"""Which fixtures do the engine's tests share?"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from conda_emscripten.project import Project
from tests.harness.built import ROOT
from tests.harness.sandbox import Sandbox


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    """An empty project."""
    root = tmp_path / "project"
    (root / "recipes").mkdir(parents=True)
    (root / "channel" / "bootstrap").mkdir(parents=True)
    shutil.copy(ROOT / "conda_build_config.yaml", root)
    return Sandbox(
        Project(
            root=root, build_dir=root / "build", cache_dir=tmp_path / "cache" / "conda-emscripten"
        )
    )
