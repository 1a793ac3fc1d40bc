"""What does ``notebook`` refuse before it writes anything?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conda_emscripten import notebook
from conda_emscripten.errors import BuildError, ChannelError, UsageError
from conda_emscripten.notebook import build_notebook
from conda_emscripten.page_channel import copy_for_pages
from conda_emscripten.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with a site."""
    project = Project(root=tmp_path, build_dir=tmp_path / "build", cache_dir=tmp_path / "cache")
    project.dist_dir.mkdir(parents=True)
    for name in notebook._FILES:
        (project.dist_dir / name).touch()
    return project


def test_a_site_is_needed(project: Project, tmp_path: Path) -> None:
    (project.dist_dir / "solver.wasm").unlink()
    with pytest.raises(UsageError, match=r"no solver\.wasm.*conda-emscripten dist"):
        build_notebook(project, tmp_path / "out", [])
    assert not (tmp_path / "out").exists()


def test_a_folder_with_other_files_is_not_replaced(project: Project, tmp_path: Path) -> None:
    other = tmp_path / "out" / "thesis.txt"
    other.parent.mkdir()
    other.write_text("mine")
    with pytest.raises(UsageError, match="not a JupyterLite site"):
        build_notebook(project, tmp_path / "out", [])
    with pytest.raises(UsageError, match="not a JupyterLite site"):
        build_notebook(project, other, [])
    assert other.read_text() == "mine"


def test_files_for_the_drive_must_exist(project: Project, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"absent\.ipynb does not exist.*--contents"):
        build_notebook(project, tmp_path / "out", [], contents=[tmp_path / "absent.ipynb"])


def test_jupyterlite_must_be_installed(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "bin" / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match=r"pip install 'conda-emscripten\[notebook\]'"):
        build_notebook(project, tmp_path / "out", [])


def test_a_failure_of_jupyterlite_leaves_the_earlier_site(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "jupyter-lite"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho broken >&2\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    site = tmp_path / "out"
    site.mkdir()
    (site / "jupyter-lite.json").write_text("{}")
    with pytest.raises(BuildError, match=r"(?s)'jupyter-lite build' failed.*broken"):
        build_notebook(project, site, [])
    assert [path.name for path in site.iterdir()] == ["jupyter-lite.json"]
    assert not list(tmp_path.glob(".out-*"))


def test_the_channel_must_have_the_packages_of_the_kernel(project: Project, tmp_path: Path) -> None:
    project.channel_dir.mkdir()
    lock = {"packages": [{"name": "python"}]}
    (project.channel_dir / "default-lock.json").write_text(json.dumps(lock))
    with pytest.raises(ChannelError, match=r"no comm and no ipython.*--with-deps comm ipython"):
        copy_for_pages(project, tmp_path / "part", [], start=["python", "ipython", "comm"])
    assert not (tmp_path / "part").exists()
