"""What does ``dist`` need, and does the old site stay when it fails?"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from conda_emscripten import dist, npm_package
from conda_emscripten.channel import locked
from conda_emscripten.errors import BuildError, ChannelError, UsageError
from conda_emscripten.project import Project
from tests.harness.built import ROOT

CORE, SOLVER = "pyodide-core-1.0-h_0.conda", "pyodide-solver-1.0-h_0.conda"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with an old site; the environment of the two packages is made without a solver."""

    def create_environment(prefix: Path, *_: Any, **__: Any) -> None:
        (prefix / "lib" / "pyodide").mkdir(parents=True)
        (prefix / "lib" / "pyodide" / "pyodide.asm.wasm").write_bytes(b"wasm")

    monkeypatch.setattr(dist, "create_environment", create_environment)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# Home\n")
    (tmp_path / "node_modules").mkdir()
    project = Project(root=tmp_path, build_dir=tmp_path / "build", cache_dir=tmp_path / "cache")
    project.dist_dir.mkdir(parents=True)
    (project.dist_dir / "index.html").write_text("old")
    write_channel(project, CORE, SOLVER)
    return project


def write_channel(project: Project, *files: str) -> None:
    """A channel whose repodata has these packages."""
    subdir = project.channel_dir / "emscripten-wasm32"
    subdir.mkdir(parents=True, exist_ok=True)
    keys = ("name", "version", "build")
    records = {file: dict(zip(keys, file.rsplit("-", 2), strict=True)) for file in files}
    repodata: dict[str, Any] = {"packages": {}, "packages.conda": records}
    (subdir / "repodata.json").write_text(json.dumps(repodata))


def bundler(
    monkeypatch: pytest.MonkeyPatch, status: int, stderr: str = "", page: str = "new"
) -> None:
    """Have ``npm run build`` write a page and end with a status, and Sphinx write a page."""

    def run(command: list[str], _: Path) -> subprocess.CompletedProcess[str]:
        site = Path(command[-1])
        if "sphinx" in command:
            site.mkdir()
            (site / "index.html").write_text("docs")
            return subprocess.CompletedProcess(command, 0, "", "")
        assert (site / "docs" / "index.html").is_file()  # for the service worker's list
        (site / "index.html").write_text(page)
        return subprocess.CompletedProcess(command, status, "", stderr)

    monkeypatch.setattr(dist, "run", run)


def left_over(project: Project) -> list[str]:
    return sorted(path.name for path in project.build_dir.iterdir() if path.name != ".lock")


def test_a_complete_site_replaces_the_old_site(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project.dist_dir / "gone.js").touch()
    bundler(monkeypatch, 0)
    [site] = dist.build_dist(project)
    assert {path.name for path in site.iterdir()} == {
        "channel",
        "docs",
        "gallery",
        "index.html",
        "integrity.json",
        "pyodide.asm.wasm",
    }
    assert (site / "index.html").read_text() == "new"
    assert (site / "channel").resolve() == project.channel_dir
    digests = json.loads((site / "integrity.json").read_text())["files"]
    assert digests.keys() == {"docs/index.html", "index.html", "pyodide.asm.wasm"}
    digest = base64.b64encode(hashlib.sha256(b"new").digest()).decode()
    assert digests["index.html"] == f"sha256-{digest}"
    assert left_over(project) == ["channel", "dist"]


def test_a_failed_bundler_leaves_the_old_site(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundler(monkeypatch, 1, "Could not resolve x.js")
    with pytest.raises(BuildError, match=r"Could not resolve x\.js"):
        dist.build_dist(project)
    assert (project.dist_dir / "index.html").read_text() == "old"
    assert left_over(project) == ["channel", "dist"]


def test_a_documentation_that_sphinx_cannot_make_leaves_the_old_site(project: Project) -> None:
    (project.root / "docs" / "conf.py").write_text("extensions = ['nothing_of_this_name']\n")
    with pytest.raises(BuildError, match="nothing_of_this_name") as caught:
        dist.build_dist(project)
    assert caught.value.help.endswith("make docs")
    assert left_over(project) == ["channel", "dist"]


def test_an_npm_package_of_an_indexed_channel_replaces_the_old_package(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundler(monkeypatch, 0)
    monkeypatch.setattr(npm_package, "SITE_FILES", ("index.html",))
    shutil.copytree(ROOT / "runtime" / "npm", project.root / "runtime" / "npm")
    (project.root / "LICENSE").touch()
    project.npm_dir.mkdir()
    (project.npm_dir / "gone.js").touch()
    lock = {"version": 1, "platform": "emscripten-wasm32", "specs": [], "packages": []}
    for name in npm_package.CHANNEL_FILES:
        (project.channel_dir / name).write_text(json.dumps(lock))
    assert dist.build_dist(project) == [project.dist_dir, project.npm_dir]
    package = json.loads((project.npm_dir / "package.json").read_text())
    files = {f"channel/{name}" for name in npm_package.CHANNEL_FILES} | {"index.html"}
    assert set(package["files"]) == files
    assert {f"./{name}" for name in files} <= package["exports"].keys()
    found = {path for path in project.npm_dir.rglob("*") if path.is_file()}
    names = {path.relative_to(project.npm_dir).as_posix() for path in found}
    assert names == files | {"LICENSE", "README.md", "package.json"}
    assert left_over(project) == ["channel", "dist", "npm"]

    (project.channel_dir / "lock.json").write_text("{")
    with pytest.raises(ChannelError, match=r"lock\.json is damaged"):
        dist.build_dist(project)
    assert left_over(project) == ["channel", "dist", "npm"]


def test_a_missing_package_is_named_with_the_command_that_builds_it(project: Project) -> None:
    write_channel(project, CORE)
    with pytest.raises(UsageError, match="pyodide-solver is not in") as caught:
        dist.build_dist(project)
    assert caught.value.help.endswith("conda-emscripten build --with-deps pyodide-solver")


def test_without_node_modules_the_error_says_how_to_install_them(project: Project) -> None:
    (project.root / "node_modules").rmdir()
    with pytest.raises(UsageError, match="node_modules does not exist") as caught:
        dist.build_dist(project)
    assert "npm ci" in caught.value.help


def test_without_npm_the_error_says_so(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    shutil.copytree(ROOT / "docs", project.root / "docs", dirs_exist_ok=True)
    shutil.copy(ROOT / "conda_build_config.yaml", project.root)
    (project.root / "recipes").mkdir(exist_ok=True)
    with pytest.raises(BuildError, match="'npm' is not in PATH") as caught:
        dist.build_dist(project)
    assert "doctor" in caught.value.help
    assert left_over(project) == ["channel", "dist"]


def test_a_second_command_in_the_build_folder_is_refused(project: Project) -> None:
    with locked(project.build_dir), pytest.raises(ChannelError, match="is working in"):
        dist.build_dist(project)


def test_the_unfinished_site_of_a_killed_command_is_removed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project.build_dir / ".dist-killed" / "site").mkdir(parents=True)
    bundler(monkeypatch, 0)
    dist.build_dist(project)
    assert left_over(project) == ["channel", "dist"]


def test_an_interruption_ends_the_processes_of_the_bundler(tmp_path: Path) -> None:
    script = "sleep 600 & echo $! > pid; wait"
    code = "import sys; from pathlib import Path; from conda_emscripten.dist import run; "
    command = [sys.executable, "-c", f"{code} run(['sh', '-c', sys.argv[1]], Path())", script]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL)
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text().endswith("\n"):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    process.wait(timeout=30)
    sleeper = Path("/proc", (tmp_path / "pid").read_text().strip(), "stat")
    deadline = time.monotonic() + 10
    while sleeper.exists() and sleeper.read_text().split()[2] != "Z":
        assert time.monotonic() < deadline, "the sleeper still runs"
        time.sleep(0.01)
