"""Does the check of the C code report a missing build, and fail if a build is required?"""

from __future__ import annotations

from pathlib import Path

import pytest

from ci import check_c
from conda_emscripten.project import Project


@pytest.fixture
def nothing_built(tmp_path: Path) -> Project:
    return Project(root=tmp_path, build_dir=tmp_path / "build", cache_dir=tmp_path / "cache")


def test_without_a_build_the_check_passes_and_says_so(
    nothing_built: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CONDA_EMSCRIPTEN_REQUIRE_BUILD", "0")
    assert check_c.main(nothing_built, []) == 0
    assert "nothing is built yet" in capsys.readouterr().out


def test_without_a_required_build_the_check_fails(
    nothing_built: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CONDA_EMSCRIPTEN_REQUIRE_BUILD", "1")
    assert check_c.main(nothing_built, []) == 1
    assert "the C of runtime/ is not compiled" in capsys.readouterr().err
