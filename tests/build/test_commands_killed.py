"""Are sources, environments and the site sound after a kill at any point of their making?"""

from __future__ import annotations

import json
import re
import shutil
import signal
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from conda_emscripten.files import sha256_file
from tests.harness.built import ROOT
from tests.harness.kill_points import Killer, killer
from tests.harness.sandbox import Sandbox
from tests.harness.server import running


@pytest.fixture(scope="module")
def kill_process() -> Iterator[Killer]:
    """The process that runs and kills the commands of this module."""
    with killer() as process:
        yield process


def test_a_fetch_killed_anywhere_is_finished_by_the_next_build(
    sandbox: Sandbox, kill_process: Killer, tmp_path: Path
) -> None:
    served = tmp_path / "served"
    served.mkdir()

    def write_source(number: int, address: str) -> None:
        """A recipe whose source is another file for each number."""
        content = tmp_path / "hello.txt"
        content.write_text(f"{number}\n")
        file = served / str(number) / "hello.tar.gz"  # one name: it is in the kill points
        file.parent.mkdir()
        with tarfile.open(file, "w:gz") as archive:
            archive.add(content, arcname="hello/hello.txt")
        sandbox.recipe(
            "hello",
            f"source:\n  url: {address}/{number}/{file.name}\n  sha256: {sha256_file(file)}\n",
            script="cp hello.txt $PREFIX/hello.txt",
        )

    app = Starlette(routes=[Mount("/", StaticFiles(directory=served))])
    root = sandbox.project.root.parent
    with running(app) as address:

        def build(kill: str | None = None) -> tuple[int, list[str], str]:
            ended = kill_process.run(
                "build", "hello", cwd=sandbox.project.root, env=sandbox.env, root=root, kill=kill
            )
            return ended.status, ended.points, ended.output

        write_source(0, address)
        status, points, output = build()
        assert status == 0, output
        fetching = [point for point in points if "/sources/" in point]
        assert len(fetching) > 2, points
        for number, point in enumerate(fetching, start=1):
            write_source(number, address)
            status, _, output = build(point)
            assert status == -signal.SIGKILL or "os.mkdir" in point, f"{point}: {output}"
            status, _, output = build()
            assert status == 0, f"{point}: {output}"
            environment = tmp_path / f"environment-{number}"
            done = sandbox.run("env", "create", str(environment), "hello")
            assert done.returncode == 0, done.stderr
            assert (environment / "hello.txt").read_text() == f"{number}\n"


def test_an_environment_killed_anywhere_is_made_by_the_next_command(
    sandbox: Sandbox, kill_process: Killer, tmp_path: Path
) -> None:
    sandbox.recipe("hello", script='echo 1 > "$PREFIX/hello.txt"')
    assert sandbox.run("build", "hello").returncode == 0
    root = sandbox.project.root.parent

    def create(folder: Path, kill: str | None = None) -> tuple[int, list[str], str]:
        ended = kill_process.run(
            "env",
            "create",
            str(folder),
            "hello",
            cwd=sandbox.project.root,
            env=sandbox.env,
            root=root,
            kill=kill,
        )
        return ended.status, ended.points, ended.output

    folder = tmp_path / "environment"
    status, points, output = create(folder)
    assert status == 0, output
    assert points
    for number, point in enumerate(points):
        folder = tmp_path / f"environment-{number}"
        status, _, output = create(folder, point.replace("environment", folder.name))
        status, _, output = create(folder)
        assert status == 0, f"{point}: {output}"
        assert (folder / "hello.txt").read_text() == "1\n"


#: Stands for the build of the scripts, whose files are in the folder when it ends.
BUNDLER = """
import { copyFileSync, mkdirSync } from "node:fs";
copyFileSync("docs/index.md", process.argv[2] + "/index.html");
"""


def test_a_site_killed_anywhere_is_whole_and_is_replaced_by_the_next_command(
    sandbox: Sandbox, kill_process: Killer
) -> None:
    for name in ("pyodide-core", "pyodide-solver"):
        sandbox.recipe(
            name, script=f'"mkdir -p $PREFIX/lib/pyodide; echo 1 > $PREFIX/lib/pyodide/{name}.wasm"'
        )
    built = sandbox.run("build", "pyodide-core", "pyodide-solver")
    assert built.returncode == 0, built.stderr
    project = sandbox.project
    (project.root / "node_modules").mkdir()
    for name in ("_static", "_templates"):
        shutil.copytree(ROOT / "docs" / name, project.root / "docs" / name)
    shutil.copy(ROOT / "docs" / "conf.py", project.root / "docs")
    (project.root / "package.json").write_text(
        json.dumps({"private": True, "scripts": {"build": "node bundler.mjs"}})
    )
    (project.root / "bundler.mjs").write_text(BUNDLER)

    def dist(number: int, kill: str | None = None) -> tuple[int, list[str], str]:
        """Make the site whose pages have a number."""
        (project.root / "docs" / "index.md").write_text(f"# Site {number}\n")
        ended = kill_process.run(
            "dist", cwd=project.root, env=sandbox.env, root=project.root.parent, kill=kill
        )
        return ended.status, ended.points, ended.output

    def numbers() -> set[int]:
        """The numbers of the site's pages; none if there is no site."""
        if not project.dist_dir.exists():
            return set()
        packages = {"pyodide-core.wasm", "pyodide-solver.wasm"}
        integrity = {"integrity.json", "integrity.json.br"}
        files = {*packages, *integrity, "index.html", "docs", "gallery", "channel"}
        assert {path.name for path in project.dist_dir.iterdir()} == files
        pages = [project.dist_dir / page for page in ("index.html", "docs/index.html")]
        return {int(n) for page in pages for n in re.findall(r"Site (\d+)", page.read_text())}

    status, points, output = dist(0)
    assert status == 0, output
    status, points, output = dist(1)  # also removes the old site, whose page differs
    assert status == 0, output
    assert len(points) > 5, points
    for number, point in enumerate(points, start=2):
        status, _, output = dist(number, point)
        assert status == -signal.SIGKILL, f"{point}: {output}"
        assert numbers() in ({number - 1}, {number}, set()), point
        if not numbers():
            assert point == "os.rename project/build/dist"  # the old site is away
        status, _, output = dist(number)
        assert status == 0, f"{point}: {output}"
        assert numbers() == {number}, point
        assert not list(project.build_dir.glob(".dist-*")), point
