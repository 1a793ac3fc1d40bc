"""Is the channel complete after a killed build, on a full disk, with a damaged file?"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from conda_emscripten.channel import Channel, locked
from conda_emscripten.conda_package import read_package
from conda_emscripten.errors import (
    BuildError,
    ChannelError,
)
from conda_emscripten.report import channel_report
from tests.harness.sandbox import Sandbox


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_killed_build_leaves_no_package_and_can_be_repeated(
    sandbox: Sandbox, how: signal.Signals
) -> None:
    marker = sandbox.project.root / "started"
    # The number of seconds identifies this test's process among sleeping processes.
    sleep = f"sleep 60.{os.getpid()}{how:02}"
    sandbox.recipe("slow", script=f'"touch {marker}; {sleep}"')
    process = subprocess.Popen(
        sandbox.command("build", "slow"), cwd=sandbox.project.root, env=sandbox.env
    )
    deadline = time.monotonic() + 60
    while not marker.exists():
        assert time.monotonic() < deadline, "the build did not start"
        assert process.poll() is None, "the build ended by itself"
        time.sleep(0.05)
    process.send_signal(how)
    assert process.wait(timeout=30) != 0
    assert sandbox.packages() == []
    while subprocess.run(["pgrep", "-f", sleep], capture_output=True, check=False).stdout:
        assert time.monotonic() < deadline, "the build script outlives the engine"
        time.sleep(0.05)
    assert [row.state for row in channel_report(sandbox.project)] == ["missing"]
    sandbox.recipe("slow", script="true")
    assert sandbox.run("build", "slow").returncode == 0
    assert len(sandbox.packages()) == 1


def test_a_recipe_that_changes_while_it_is_built_is_not_trusted(sandbox: Sandbox) -> None:
    sandbox.recipe("restless", script="echo changed > $RECIPE_DIR/note; touch $PREFIX/file")
    with pytest.raises(BuildError, match=r"restless: a file in .* was changed during"):
        sandbox.engine().build(["restless"])
    assert sandbox.packages() == []


def test_a_second_build_at_the_same_time_is_refused(sandbox: Sandbox) -> None:
    sandbox.recipe("hello")
    with locked(sandbox.project.build_dir):
        done = sandbox.run("build", "hello")
    assert done.returncode == ChannelError.exit_code
    assert "is working in" in done.stderr
    assert "--build-dir" in done.stderr


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """Have a folder on a file system of a size such as ``4m``."""
    folder.mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder],
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip(reason="needs to mount a small tmpfs, which only root may do")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def test_a_full_disk_leaves_the_channel_as_it_was(sandbox: Sandbox) -> None:
    with small_disk(sandbox.project.build_dir, "4m"):
        sandbox.recipe("small")
        assert sandbox.run("build", "small").returncode == 0
        before = sandbox.packages()
        sandbox.recipe("big", script='"head -c 3000000 /dev/urandom > $PREFIX/big"')
        done = sandbox.run("build", "big")
        assert done.returncode != 0
        assert "No space left" in done.stderr or "disk is full" in done.stderr
        assert sandbox.packages() == before
        # The package is in the build cache; only the channel's disk is full.
        folder = sandbox.recipe("small", script='"head -c 4000000 /dev/urandom > $PREFIX/big"')
        recipe = folder / "recipe.yaml"
        recipe.write_text(recipe.read_text().replace('"1.0"', '"2.0"'))
        elsewhere = str(sandbox.project.root / "elsewhere")
        assert sandbox.run("build", "small", "--build-dir", elsewhere).returncode == 0
        done = sandbox.run("build", "small")
        assert done.returncode == ChannelError.exit_code and "disk is full" in done.stderr
        assert sandbox.packages() == before
        assert list(sandbox.engine().store.channel.records("emscripten-wasm32")) == before
        json.loads((sandbox.project.channel_dir / "noarch" / "repodata.json").read_text())


def test_a_full_cache_has_no_part_of_a_build_or_of_a_package(sandbox: Sandbox) -> None:
    big = '"head -c 4000000 /dev/urandom > $PREFIX/big"'
    sandbox.recipe("small")
    sandbox.recipe("big", script=big)
    project = sandbox.project
    environment = project.root / "environment"
    with small_disk(project.cache_dir, "3m"):
        done = sandbox.run("build", "big")
        assert done.returncode == BuildError.exit_code and "disk is full" in done.stderr
        assert sandbox.packages() == []
        assert list(project.build_cache_dir.iterdir()) == []
        assert sandbox.run("build", "small").returncode == 0
    assert sandbox.run("build", "big").returncode == 0
    shutil.rmtree(project.cache_dir)
    with small_disk(project.cache_dir, "3m"):
        done = sandbox.run("env", "create", str(environment), "big")
        assert done.returncode == BuildError.exit_code and "No space left" in done.stderr
        assert not environment.exists()
    assert sandbox.run("env", "create", str(environment), "big").returncode == 0
    # The cache is whole, and the disk of the environment is too small.
    with small_disk(project.root / "disk", "3m"):
        done = sandbox.run("env", "create", str(project.root / "disk" / "environment"), "big")
        assert done.returncode == BuildError.exit_code and "No space left" in done.stderr
        assert list((project.root / "disk").iterdir()) == []


def test_the_index_never_names_a_replaced_package_that_is_gone(sandbox: Sandbox) -> None:
    recipe = sandbox.recipe("hello") / "recipe.yaml"
    engine = sandbox.engine()
    (result,) = engine.build(["hello"])
    old = result.package
    ended = threading.Event()

    def is_missed() -> bool:
        while not ended.is_set():
            if not old.exists():
                return old.name in engine.store.channel.records("emscripten-wasm32")
        return True

    recipe.write_text(recipe.read_text().replace('"1.0"', '"2.0"'))
    with ThreadPoolExecutor() as pool:
        missed = pool.submit(is_missed)
        (result,) = sandbox.engine().build(["hello"])
        ended.set()
        assert not missed.result()
    assert sandbox.packages() == [result.package.name]
    assert list(engine.store.channel.records("emscripten-wasm32")) == sandbox.packages()


def test_an_interrupted_replacement_is_not_taken_for_the_earlier_package(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def add_and_stop(channel: Channel, packages: list[tuple[str, Path]]) -> None:
        add(channel, packages)
        raise KeyboardInterrupt

    script = 'echo {} > "$PREFIX/hello.txt"'
    sandbox.recipe("hello", script=script.format(1))
    sandbox.engine().build(["hello"])
    sandbox.recipe("hello", script=script.format(2))
    add = Channel.add
    monkeypatch.setattr(Channel, "add", add_and_stop)
    with pytest.raises(KeyboardInterrupt):
        sandbox.engine().build(["hello"])
    monkeypatch.undo()
    sandbox.recipe("hello", script=script.format(1))  # its package has the name of the other
    (result,) = sandbox.engine().build(["hello"])
    assert result.status == "from cache"
    assert read_package(result.package).files["hello.txt"].content == b"1\n"


def test_a_log_that_cannot_be_written_ends_that_build_alone(sandbox: Sandbox) -> None:
    sandbox.recipe("full")
    sandbox.recipe("folder")
    sandbox.recipe("good")
    engine = sandbox.engine()
    engine.log_file(engine.recipes.get("folder")).mkdir(parents=True)
    engine.log_file(engine.recipes.get("full")).symlink_to("/dev/full")
    with pytest.raises(BuildError) as raised:
        engine.build(["full", "folder", "good"])
    assert re.search(r"(?m)^full: .*No space left.*'make clean'", str(raised.value))
    assert re.search(r"(?m)^folder: .*Is a directory.*folder.log'", str(raised.value))
    assert [name.split("-")[0] for name in sandbox.packages()] == ["good"]


def test_a_partial_answer_of_a_killed_worker_is_not_read(sandbox: Sandbox) -> None:
    work_dir = sandbox.project.work_dir / "emscripten-wasm32-killed"
    sandbox.recipe("killed", script=f"echo '{{\"packages' > {work_dir}/answer.json; kill -KILL 0")
    sandbox.recipe("good")
    with pytest.raises(BuildError, match="build of killed was ended by signal SIGKILL"):
        sandbox.engine().build(["killed", "good"])
    assert [name.split("-")[0] for name in sandbox.packages()] == ["good"]


def test_a_damaged_entry_of_the_build_cache_is_not_used(sandbox: Sandbox) -> None:
    sandbox.recipe("hello", script='echo hi > "$PREFIX/hello.txt"')
    sandbox.engine().build(["hello"])
    shutil.rmtree(sandbox.project.build_dir)
    (package,) = (sandbox.project.cache_dir / "packages").glob("*/*.conda")
    package.write_bytes(package.read_bytes()[:-10])
    with pytest.raises(BuildError, match="damaged"):
        sandbox.engine().build(["hello"])
    assert sandbox.packages() == []
    assert sandbox.engine().build(["hello"])[0].status == "built"
