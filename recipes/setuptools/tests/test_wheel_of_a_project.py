"""A project becomes a wheel, as pip asks for it (PEP 517)."""

import zipfile
from pathlib import Path

import pytest
from setuptools import build_meta


def test_a_project_becomes_a_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        '[project]\nname = "small"\nversion = "1.5"\ndependencies = ["six>=1"]\n'
    )
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "__init__.py").write_text("answer = 42\n")
    monkeypatch.chdir(tmp_path)

    name = build_meta.build_wheel("dist")

    assert name == "small-1.5-py3-none-any.whl"
    with zipfile.ZipFile(tmp_path / "dist" / name) as wheel:
        assert wheel.read("small/__init__.py") == b"answer = 42\n"
        assert b"Requires-Dist: six>=1\n" in wheel.read("small-1.5.dist-info/METADATA")
