"""The fixture of setuptools' own conftest that the tests here use; the others want packages of PyPI's jaraco."""

from pathlib import Path

import pytest


@pytest.fixture
def tmpdir_cwd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
