"""Is a channel sound after a kill at any point of the index and of a publication?"""

from __future__ import annotations

import os
import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.channels import index
from tests.harness.kill_points import Ended, Killer, killer
from tests.harness.packages import write_package
from tests.harness.published import check, contents


@pytest.fixture(scope="module")
def kill_process() -> Iterator[Killer]:
    """The process that runs and kills the programs of this module."""
    with killer() as process:
        yield process


@pytest.fixture
def channel(tmp_path: Path) -> Path:
    path = tmp_path / "channel"
    (path / "emscripten-wasm32").mkdir(parents=True)
    for name in ("python", "six", "numpy"):
        write_package(path, name, "1.0")
    return path


def run(process: Killer, program: str, root: Path, kill: str | None = None) -> Ended:
    return process.run("-c", program, cwd=root, env=os.environ, root=root, kill=kill)


def names(files: dict[str, bytes]) -> list[str]:
    """The names of the files, without digests and without temporary files of killed programs."""
    visible = [name for name in files if not Path(name).name.startswith(".")]
    return sorted(re.sub(r"[0-9a-f]{64}", "*", name) for name in visible)


def test_an_index_killed_anywhere_is_finished_by_the_next_one(
    kill_process: Killer, channel: Path, tmp_path: Path
) -> None:
    program = f"""
from pathlib import Path
from tests.harness.channels import index
index(Path({str(channel)!r}))
"""
    empty = tmp_path / "empty"
    shutil.copytree(channel, empty)
    whole = run(kill_process, program, tmp_path)
    assert whole.status == 0, whole.output
    expected = contents(channel)
    assert len(whole.points) > 10
    for point in whole.points[::4]:  # each takes a second
        shutil.rmtree(channel)
        shutil.copytree(empty, channel)
        ended = run(kill_process, program, tmp_path, point)
        assert ended.status == -signal.SIGKILL, f"{point}: {ended.output}"
        index(channel)
        assert names(contents(channel)) == names(expected), point
        assert check(contents(channel)) == check(expected), point


def test_a_publication_killed_anywhere_is_finished_by_the_next_one(
    kill_process: Killer, channel: Path, tmp_path: Path
) -> None:
    index(channel)
    target = tmp_path / "target"
    program = f"""
from pathlib import Path
from conda_emscripten.publish import publish
publish(Path({str(channel)!r}), {str(target)!r})
"""
    whole = run(kill_process, program, tmp_path)
    assert whole.status == 0, whole.output
    expected = contents(target)
    assert len(whole.points) > 20
    for point in whole.points[::4]:  # each takes a second
        shutil.rmtree(target)
        ended = run(kill_process, program, tmp_path, point)
        assert ended.status == -signal.SIGKILL, f"{point}: {ended.output}"
        if target.exists():
            check(contents(target))  # what clients see meanwhile
        ended = run(kill_process, program, tmp_path)
        assert ended.status == 0, f"{point}: {ended.output}"
        assert names(contents(target)) == names(expected), point
        assert check(contents(target)) == check(expected), point
