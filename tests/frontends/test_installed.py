"""Does a registry that lacks a front end answer with a skip that says so?"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.frontends import installed

NAME = "conda-emscripten-has-no-such-package"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in place of tests/frontends, with other pins."""
    monkeypatch.setattr(installed, "HERE", tmp_path)
    monkeypatch.setattr(installed, "NODE_MODULES", tmp_path / "node_modules")
    monkeypatch.setattr(installed, "PYTHON", tmp_path / "python" / "bin")
    return tmp_path


def test_npms_answer_names_the_missing_package(folder: Path) -> None:
    dependencies = {NAME: "1.0.0"}
    (folder / "package.json").write_text(json.dumps({"dependencies": dependencies}))
    entry = {"version": "1.0.0"}
    packages = {"": {"dependencies": dependencies}, f"node_modules/{NAME}": entry}
    (folder / "package-lock.json").write_text(
        json.dumps({"lockfileVersion": 3, "packages": packages})
    )
    with pytest.raises(installed.NotInRegistryError, match=NAME):
        installed.node_modules()
    assert not (folder / "node_modules" / ".stamp").exists()


def test_pips_answer_names_the_missing_package(folder: Path) -> None:
    (folder / "requirements.txt").write_text(f"{NAME}==1.0\n")
    with pytest.raises(installed.NotInRegistryError, match=NAME):
        installed.python()


def test_another_failure_of_npm_is_no_skip(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "package-lock.json").write_text("{")
    with pytest.raises(subprocess.CalledProcessError):
        installed.node_modules()
    assert "npm error" in capsys.readouterr().err
