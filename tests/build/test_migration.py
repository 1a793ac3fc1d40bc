"""Does a migration change the whole project, in order, or nothing?"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conda_emscripten.conda_package import read_package
from conda_emscripten.errors import BuildError, UsageError
from conda_emscripten.files import sha256_file
from conda_emscripten.project import Project
from tests.harness.built import ROOT
from tests.harness.kill_points import Killer, killer
from tests.harness.sandbox import USES_HOST_PLATFORM, Sandbox

#: The values are written without quotation marks, and the key has a comment.
CONFIG = "tuning:\n  - low # the first value\n"
#: This stands for the native Python that compiles byte code; no package has Python files.
PYTHON = """
package:
  name: python
  version: "3.13.5"
build:
  number: 0
  script:
    - mkdir -p $PREFIX/bin
    - printf '#!/bin/sh\\nexec {executable} "$@"\\n' > $PREFIX/bin/python3.13
    - chmod +x $PREFIX/bin/python3.13
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """Six built recipes: ``base``, ``same`` and ``last`` use the key; nothing uses ``apart``."""
    folder = tmp_path_factory.mktemp("built")
    root = folder / "project"
    (root / "recipes").mkdir(parents=True)
    (root / "channel" / "bootstrap").mkdir(parents=True)
    shutil.copy(ROOT / "conda_build_config.yaml", root)
    cache = folder / "cache" / "conda-emscripten"
    sandbox = Sandbox(Project(root=root, build_dir=root / "build", cache_dir=cache))
    config = sandbox.project.root / "conda_build_config.yaml"
    config.write_text(config.read_text() + CONFIG)
    sandbox.recipe("base", script='echo ${{ tuning }} > "$PREFIX/base.txt"')
    sandbox.recipe(
        "seen",
        USES_HOST_PLATFORM.format(host="base"),
        script='cp "$PREFIX/base.txt" "$PREFIX/seen.txt"',
    )
    sandbox.recipe("same", script='"test ${{ tuning }}; echo same > $PREFIX/same.txt"')
    sandbox.recipe("unseen", USES_HOST_PLATFORM.format(host="same"))
    sandbox.recipe(
        "last",
        USES_HOST_PLATFORM.format(host="seen"),
        script='"test ${{ tuning }} != wrong; cp $PREFIX/seen.txt $PREFIX/last.txt"',
    )
    sandbox.recipe("apart")
    sandbox.engine().build(["base", "seen", "same", "unseen", "last", "apart"])
    return sandbox


@pytest.fixture
def migrating(built: Sandbox, tmp_path: Path) -> Sandbox:
    """A copy of ``built``."""
    shutil.copytree(built.project.root.parent, tmp_path / "copy")
    root = tmp_path / "copy" / "project"
    cache = tmp_path / "copy" / "cache" / "conda-emscripten"
    return Sandbox(Project(root=root, build_dir=root / "build", cache_dir=cache))


def state(sandbox: Sandbox) -> dict[str, str]:
    """The sha256 of what a failed migration must not change."""
    root, build_dir = sandbox.project.root, sandbox.project.build_dir
    folders = [
        root / "recipes",
        *(build_dir / name for name in ("channel", "bootstrap", "records")),
    ]
    files = [root / "conda_build_config.yaml"]
    files += [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    return {str(file.relative_to(root)): sha256_file(file) for file in files}


def packages(sandbox: Sandbox) -> list[str]:
    """File names of the packages in the channel, without their bundles."""
    return [name for name in sandbox.packages() if name.endswith(".conda")]


def text_in(sandbox: Sandbox, package: str) -> str:
    (name,) = [name for name in packages(sandbox) if name.startswith(f"{package}-1.0-")]
    files = read_package(sandbox.project.channel_dir / "emscripten-wasm32" / name).files
    return files[f"{package}.txt"].content.decode()


def numbers(sandbox: Sandbox) -> dict[str, int]:
    """The build number of each package in the index."""
    file = sandbox.project.channel_dir / "emscripten-wasm32" / "repodata.json"
    records = json.loads(file.read_text())["packages.conda"]
    assert sorted(records) == packages(sandbox)
    return {record["name"]: record["build_number"] for record in records.values()}


def test_what_sees_the_new_value_is_built_in_order_and_published_when_all_is_there(
    migrating: Sandbox, tmp_path: Path
) -> None:
    python = migrating.project.bootstrap_recipes_dir / "python" / "recipe.yaml"
    python.parent.mkdir()
    python.write_text(PYTHON.format(executable=sys.executable))
    assert migrating.run("build", "bootstrap/python").returncode == 0
    kept = {name for name in packages(migrating) if name.startswith(("unseen-", "apart-"))}
    before = state(migrating)
    planned = migrating.run("migrate", "tuning", "high", "--dry-run")
    assert planned.returncode == 0, planned.stderr
    assert "5 packages of the channel are affected." in planned.stdout
    assert state(migrating) == before
    target = tmp_path / "published"
    done = migrating.run("migrate", "tuning", "high", "--publish", str(target))
    assert done.returncode == 0, done.stdout + done.stderr
    assert numbers(migrating) == {
        "base": 1, "seen": 1, "same": 1, "unseen": 0, "last": 1, "apart": 0
    }  # fmt: skip
    assert {name for name in packages(migrating) if name.startswith(("unseen", "apart"))} == kept
    assert [text_in(migrating, name) for name in ("base", "seen", "last")] == ["high\n"] * 3
    config = (migrating.project.root / "conda_build_config.yaml").read_text()
    assert config.endswith("tuning:\n  - high # the first value\n")
    recipe = migrating.project.recipes_dir / "seen" / "recipe.yaml"
    assert "  number: 1\n" in recipe.read_text()
    published = json.loads((target / "emscripten-wasm32" / "repodata.json").read_text())
    assert sorted(published["packages.conda"]) == packages(migrating)
    assert not (migrating.project.build_dir / "migration").exists()
    again = migrating.run("build", "base", "seen", "same", "unseen", "last", "apart", "--json")
    statuses = {each["status"] for each in json.loads(again.stdout)["results"]}
    assert statuses == {"up to date"}


def test_a_failed_migration_changes_nothing_and_a_later_one_uses_its_packages(
    migrating: Sandbox, tmp_path: Path
) -> None:
    before, target = state(migrating), tmp_path / "published"
    done = migrating.run("migrate", "tuning", "wrong", "--publish", str(target))
    assert done.returncode == BuildError.exit_code
    assert "last: build failed" in done.stderr
    assert "The recipes and the channel are as they were. 1 packages are missing." in done.stderr
    assert state(migrating) == before and not target.exists()
    recipe = migrating.project.recipes_dir / "last" / "recipe.yaml"
    recipe.write_text(recipe.read_text().replace("!= wrong", "!= other"))
    done = migrating.run("migrate", "tuning", "wrong")
    assert done.returncode == 0, done.stderr
    assert "base from cache" in done.stdout and "last built" in done.stdout
    assert text_in(migrating, "last") == "wrong\n"


def test_an_interrupted_migration_changes_nothing(migrating: Sandbox) -> None:
    marker = migrating.project.root.parent / "started"
    migrating.recipe(
        "same", script=f'"if test ${{{{ tuning }}}} = high; then touch {marker}; sleep 600; fi"'
    )
    migrating.engine(with_deps=True).build(["unseen"])
    before = state(migrating)
    process = subprocess.Popen(
        migrating.command("migrate", "tuning", "high"),
        cwd=migrating.project.root,
        env=migrating.env,
    )
    deadline = time.monotonic() + 120
    while not marker.exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    assert state(migrating) == before
    assert not (migrating.project.build_dir / "migration").exists()


def test_a_recipe_that_is_edited_meanwhile_stays_as_edited(migrating: Sandbox) -> None:
    edit = migrating.project.recipes_dir / "apart" / "recipe.yaml"
    migrating.recipe("same", script=f'"echo ${{{{ tuning }}}}; echo >> {edit}"')
    migrating.engine(with_deps=True).build(["unseen", "apart"])
    before = state(migrating)
    done = migrating.run("migrate", "tuning", "high")
    assert "recipes/apart/recipe.yaml was changed during the migration." in done.stderr
    after = state(migrating)
    assert [name for name in after if after[name] != before[name]] == ["recipes/apart/recipe.yaml"]


@pytest.fixture(scope="module")
def kill_process() -> Iterator[Killer]:
    """The process that runs and kills the commands of this module."""
    with killer() as process:
        yield process


def test_a_migration_killed_during_its_exchange_is_undone_by_the_next_command(
    migrating: Sandbox, kill_process: Killer
) -> None:
    root, copy = migrating.project.root, migrating.project.root.parent / "copy"
    shutil.copytree(root, copy)
    before = state(migrating)

    def run(*arguments: str, kill: str | None = None) -> tuple[int, str, list[str]]:
        ended = kill_process.run(
            *arguments, cwd=root, env=migrating.env, root=root.parent, kill=kill
        )
        return ended.status, ended.output, list(ended.points)

    status, output, points = run("migrate", "tuning", "high")
    assert status == 0, output
    begin = next(i for i, point in enumerate(points) if "undo.json" in point)
    end = max(i for i, point in enumerate(points) if "undo.json" in point)
    # Each file and folder that the exchange replaces has such points; these are spread over it.
    for point in points[begin + 1 : end + 1 : max(1, (end - begin) // 4)]:
        shutil.rmtree(root)
        shutil.copytree(copy, root)
        status, output, _ = run("migrate", "tuning", "high", kill=point)
        assert status == -signal.SIGKILL, f"{point}: {output}"
        status, output, _ = run("migrate", "no-such-key", "high")
        assert status == UsageError.exit_code, output
        assert state(migrating) == before, point
    assert os.path.lexists(root / "build" / "channel")


def test_wrong_keys_and_values_are_refused(migrating: Sandbox) -> None:
    before = state(migrating)
    for arguments, message in {
        ("tuning",): "The key 'tuning' has no value.",
        ("turning", "high"): "has no key 'turning'.",
        ("tuning", "low"): "the value of 'tuning' is 'low' already.",
        ("tuning", '"'): "cannot be the value of 'tuning'.",
    }.items():
        done = migrating.run("migrate", *arguments)
        assert done.returncode == UsageError.exit_code, done.stderr
        assert message in done.stderr and "Traceback" not in done.stderr
    assert state(migrating) == before
