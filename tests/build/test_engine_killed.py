"""Are channel, cache and records sound after a kill at any point of a build?

The phases of a build, and the files by which a kill point belongs to one: plan (``.lock``, the
folders of the channels), build and test (``conda-bld``, ``logs``), store in the cache (``cache``),
add to the channel (``channel``), record (``records``).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conda_emscripten.files import sha256_file
from tests.harness.kill_points import Ended, Killer, killer
from tests.harness.sandbox import Sandbox

SCRIPT = 'echo {} > "$PREFIX/hello.txt"'


@pytest.fixture(scope="module")
def kill_process() -> Iterator[Killer]:
    """The process that runs and kills the commands of this module."""
    with killer() as process:
        yield process


def records_of(sandbox: Sandbox, subdir: str = "emscripten-wasm32") -> dict[str, Any]:
    """The packages in the repodata of a subdir."""
    file = sandbox.project.channel_dir / subdir / "repodata.json"
    if not file.exists():
        return {}
    repodata = json.loads(file.read_text())
    packages: dict[str, Any] = repodata["packages"] | repodata["packages.conda"]
    return packages


def assert_recoverable(sandbox: Sandbox) -> None:
    """What holds at any time, also before the next build: nothing names a missing file."""
    folder = sandbox.project.channel_dir
    for name in records_of(sandbox):
        assert (folder / "emscripten-wasm32" / name).is_file(), f"{name} is in repodata only"
    for file in (sandbox.project.build_dir / "records").glob("[!.]*.json"):
        record = json.loads(file.read_text())
        for subdir, name in record["packages"] if record["hash"] else []:
            assert (folder / subdir / name).is_file(), f"{name} is in {file.name} only"
    for entry in sandbox.project.build_cache_dir.glob("[!.]*"):
        for _, name, sha256 in json.loads((entry / "build.json").read_text())["packages"]:
            assert sha256_file(next(entry.rglob(name))) == sha256, f"{name} is damaged"


def assert_sound(sandbox: Sandbox, content: str) -> None:
    """What holds after a build: channel, records and cache agree, and nothing is left over."""
    assert_recoverable(sandbox)
    folder = sandbox.project.channel_dir / "emscripten-wasm32"
    packages = {path.name: sha256_file(path) for path in folder.glob("*.conda")}
    assert {name: entry["sha256"] for name, entry in records_of(sandbox).items()} == packages
    (record,) = (sandbox.project.build_dir / "records").glob("[!.]*.json")
    ((_, name),) = json.loads(record.read_text())["packages"]
    assert list(packages) == [name]
    cached = [
        json.loads(p.read_text()) for p in sandbox.project.build_cache_dir.glob("*/build.json")
    ]
    assert packages[name] in {sha256 for build in cached for _, _, sha256 in build["packages"]}
    environment = sandbox.project.root / f"environment-{time.monotonic_ns()}"
    done = sandbox.run("env", "create", str(environment), "hello")
    assert done.returncode == 0, done.stderr
    assert (environment / "hello.txt").read_text() == content


def build(sandbox: Sandbox, process: Killer, kill: str | None = None) -> Ended:
    root = sandbox.project.root.parent
    return process.run(
        "build", "hello", cwd=sandbox.project.root, env=sandbox.env, root=root, kill=kill
    )


def test_a_build_killed_anywhere_is_finished_by_the_next_one(
    sandbox: Sandbox, kill_process: Killer
) -> None:
    sandbox.recipe("hello", script=SCRIPT.format(0))
    whole = build(sandbox, kill_process)
    assert whole.status == 0, whole.output
    # The points before the build are those of a build from the cache, see the next test.
    begin = next(i for i, point in enumerate(whole.points) if "/conda-bld/" in point)
    end = max(i for i, point in enumerate(whole.points) if point.split()[1].startswith("cache/"))
    killed = 0
    for number, point in enumerate(whole.points[begin : end + 1], start=1):
        sandbox.recipe("hello", script=SCRIPT.format(number))
        ended = build(sandbox, kill_process, point)
        assert ended.status in (0, -signal.SIGKILL), ended.output
        # A folder that exists is not made again.
        assert ended.status or "os.mkdir" in point, f"{point}: not killed"
        killed += ended.status != 0
        assert_recoverable(sandbox)
    assert killed > 8
    assert build(sandbox, kill_process).status == 0
    assert_sound(sandbox, f"{number}\n")


def test_a_replacement_killed_anywhere_is_finished_by_the_next_build(
    sandbox: Sandbox, kill_process: Killer
) -> None:
    for number in (0, 1):
        sandbox.recipe("hello", script=SCRIPT.format(number))
        whole = build(sandbox, kill_process)
        assert whole.status == 0, whole.output
    sandbox.recipe("hello", script=SCRIPT.format(0))
    cached = build(sandbox, kill_process)
    assert "from cache" in cached.output
    for number, point in enumerate(cached.points, start=1):
        sandbox.recipe("hello", script=SCRIPT.format(number % 2))
        ended = build(sandbox, kill_process, point)
        assert ended.status == -signal.SIGKILL or "os.mkdir" in point, f"{point}: {ended.output}"
        assert_recoverable(sandbox)
        ended = build(sandbox, kill_process)
        assert ended.status == 0, f"{point}: {ended.output}"
        assert_recoverable(sandbox)
        assert list(records_of(sandbox)) == sandbox.packages()  # nor a temporary file
    assert_sound(sandbox, f"{number % 2}\n")


def test_a_killed_worker_is_one_error_and_the_next_build_succeeds(sandbox: Sandbox) -> None:
    marker = sandbox.project.root / "started"
    sandbox.recipe(
        "hello", script=f'"echo $PPID > {marker}.new; mv {marker}.new {marker}; sleep 60"'
    )
    process = subprocess.Popen(
        sandbox.command("build", "hello"),
        cwd=sandbox.project.root,
        env=sandbox.env,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    deadline = time.monotonic() + 120
    while not marker.exists():
        assert time.monotonic() < deadline and process.poll() is None, "the build did not start"
        time.sleep(0.05)
    # The worker is the build script's ancestor whose parent is the engine.
    worker = int(marker.read_text())
    while (parent := int(Path(f"/proc/{worker}/stat").read_text().split(") ")[1].split()[1])) != (
        process.pid
    ):
        worker = parent
    os.kill(worker, signal.SIGKILL)
    _, printed = process.communicate(timeout=60)
    assert process.returncode not in (0, -signal.SIGKILL)
    assert "Traceback" not in printed and printed.count("error:") == 1
    assert sandbox.packages() == []
    assert_recoverable(sandbox)
    sandbox.recipe("hello", script=SCRIPT.format(1))
    assert sandbox.run("build", "hello").returncode == 0
    assert_sound(sandbox, "1\n")


def test_two_builds_with_one_cache_both_succeed(sandbox: Sandbox) -> None:
    sandbox.recipe("hello", script=SCRIPT.format(1))
    processes = [
        subprocess.Popen(
            sandbox.command("build", "hello", "--build-dir", folder),
            cwd=sandbox.project.root,
            env=sandbox.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for folder in ("one", "two")
    ]
    outputs = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    done = sandbox.run("build", "hello")
    assert done.returncode == 0, done.stderr
    assert_sound(sandbox, "1\n")
