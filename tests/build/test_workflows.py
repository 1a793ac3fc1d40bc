"""Do the workflows run commands that build what a change affects, each package once?"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ci.render_workflows import main, render
from conda_emscripten.affected import everything
from conda_emscripten.project import Project
from tests.build.test_affected import Repository
from tests.harness.built import ROOT
from tests.harness.sandbox import Sandbox

WORKFLOWS = ROOT / ".github" / "workflows"


def workflow(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((WORKFLOWS / name).read_text())
    return loaded


def step(name: str, job: str, title: str) -> str:
    """The commands of a job's step, by its name or id."""
    steps = workflow(name)["jobs"][job]["steps"]
    (found,) = (each for each in steps if title in (each.get("name"), each.get("id")))
    return str(found["run"])


@pytest.fixture
def repository(sandbox: Sandbox) -> Repository:
    repository = Repository(sandbox)
    (repository.root / ".venv").symlink_to(sys.prefix)
    (repository.root / ".gitignore").write_text(".venv\ncaches\nbuild\naffected.json\n")
    repository.commit()
    return repository


def run(commands: str, folder: Path, **variables: str) -> str:
    """Run the commands of a step as GitHub does, with bash; returns what they print."""
    done = subprocess.run(
        ["bash", "-e", "-c", commands],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_the_workflows_are_those_of_the_templates() -> None:
    assert main(["--check"]) == 0


def test_there_is_a_job_for_each_level_of_the_channel() -> None:
    levels = len(everything(Project.find(ROOT)).levels())
    jobs = workflow("channel.yml")["jobs"]
    assert [name for name in jobs if name.startswith("level-")] == [
        f"level-{n}" for n in range(levels)
    ]
    assert jobs["test"]["needs"] == ["affected", f"level-{levels - 1}"]


def test_a_changed_template_or_a_further_level_changes_the_workflows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    templates, workflows = tmp_path / "templates", tmp_path / "workflows"
    shutil.copytree(ROOT / "ci" / "workflows", templates)
    monkeypatch.setattr("ci.render_workflows.TEMPLATES", templates)
    monkeypatch.setattr("ci.render_workflows.WORKFLOWS", workflows)
    assert main([]) == 0 and main(["--check"]) == 0
    assert {file.name: file.read_text() for file in workflows.iterdir()} == render()
    file = templates / "level.yml.jinja"
    file.write_text(file.read_text().replace("fail-fast: false", "fail-fast: true"))
    (workflows / "other.yml").write_text("")
    assert main(["--check"]) == 1
    printed = capsys.readouterr().err
    assert "level.yml is not that of" in printed and "other.yml is not that of" in printed
    assert main([]) == 0 and main(["--check"]) == 0


def test_every_action_has_a_version() -> None:
    for file in WORKFLOWS.glob("*.yml"):
        for action in re.findall(r"uses: (\S+)", file.read_text()):
            assert re.fullmatch(r"\./.+|[\w-]+/[\w/-]+@(v\d+|[0-9a-f]{40})", action), action


def test_the_container_has_the_tools_of_the_dockerfile() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    (packages,) = re.findall(r"--no-install-recommends ([a-z0-9 -]+)", dockerfile)
    for name, job in [("channel.yml", "affected"), ("channel.yml", "test"), ("level.yml", "build")]:
        assert packages.strip() in step(name, job, "Install the tools that the README asks for")


def test_machines_of_all_levels_build_each_affected_package_once(
    repository: Repository, tmp_path: Path
) -> None:
    repository.recipe("base").with_name("build.sh").write_text('echo 2 > "$PREFIX/base.txt"\n')
    before, after = repository.git("rev-parse", "HEAD"), repository.commit()
    summary, output = tmp_path / "summary", tmp_path / "output"
    files = {"GITHUB_STEP_SUMMARY": str(summary), "GITHUB_OUTPUT": str(output)}
    run(step("channel.yml", "affected", "affected"), repository.root, SINCE=before, **files)
    assert "3 outputs in 3 levels affected" in summary.read_text()
    name, _, value = output.read_text().strip().partition("=")
    assert name == "levels"

    (artefacts := tmp_path / "artefacts").mkdir()
    built: list[list[str]] = []
    for level in json.loads(value):
        shares = []
        for share in level:
            machine = tmp_path / f"machine-{share['key'][:8]}"
            repository.git("clone", "--quiet", str(repository.root), str(machine))
            assert after == repository.git("-C", str(machine), "rev-parse", "HEAD")
            (machine / ".venv").symlink_to(sys.prefix)
            shutil.copytree(artefacts, machine / "caches" / "levels")
            run(step("level.yml", "build", "Build"), machine, RECIPES=" ".join(share["recipes"]))
            own = machine / "caches" / "own" / "conda-emscripten" / "packages"
            shares.append(own)
            built.append(
                sorted(json.loads(file.read_text())["name"] for file in own.glob("*/build.json"))
            )
        for own in shares:
            shutil.copytree(own, artefacts, dirs_exist_ok=True)
    assert built == [["base"], ["middle"], ["leaf"]]

    # The job that tests has the packages of all levels, and builds what is left.
    shutil.copytree(artefacts, repository.root / "caches" / "levels")
    title = "Build the rest of the channel, write the report and check the packages"
    commands, _, last = step("channel.yml", "test", title).strip().rpartition("\n")
    variable, _, last = last.partition(" ")
    assert last == "make channel"
    build = ".venv/bin/conda-emscripten build --json --with-deps --all 2> /dev/null"
    printed = run(f"{commands}\n{variable} {build}", repository.root)
    status = {result["recipe"]: result["status"] for result in json.loads(printed)["results"]}
    cached = dict.fromkeys(["base", "middle", "leaf"], "from cache")
    assert status == {**cached, "alone": "built"}

    # The packages of the run become the cache of the next one.
    run(
        step("channel.yml", "test", "Keep the packages of this commit, and no others"),
        repository.root,
    )
    kept = (repository.root / "caches" / "channel").glob("*/build.json")
    names = sorted(json.loads(file.read_text())["name"] for file in kept)
    assert names == ["alone", "base", "leaf", "middle"]
