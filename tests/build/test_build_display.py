"""Does a build show its progress in a terminal and in a log?"""

from __future__ import annotations

import os
import pty
import re
import subprocess

from conda_emscripten.build_records import BuildRecord
from tests.harness.sandbox import Sandbox


def in_terminal(sandbox: Sandbox, *arguments: str) -> str:
    """The command's output to a terminal, with control sequences."""
    ours, theirs = pty.openpty()
    env = {**sandbox.env, "TERM": "xterm", "COLUMNS": "100"}
    process = subprocess.Popen(
        sandbox.command(*arguments),
        cwd=sandbox.project.root,
        env=env,
        stdout=theirs,
        stderr=theirs,
        stdin=subprocess.DEVNULL,
    )
    os.close(theirs)
    output = b""
    while True:
        try:
            block = os.read(ours, 4096)
        except OSError:  # Linux reports the end of a terminal as EIO
            break
        if not block:
            break
        output += block
    os.close(ours)
    assert process.wait() == 0
    return output.decode()


def test_a_terminal_shows_one_live_line_for_each_running_recipe(sandbox: Sandbox) -> None:
    sandbox.recipe("first", script="echo a compiler line; sleep 1.5")
    sandbox.recipe("second", "requirements:\n  run: [first]", script="sleep 1")
    engine = sandbox.engine()
    engine.store.records.write(engine.recipes.get("first"), BuildRecord(seconds=75.0))
    shown = in_terminal(sandbox, "build", "--with-deps", "second")
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    assert re.search(r"first 1\.0\s+building\s+\d s\s+of about 1 min 15 s", plain)
    assert "0 of 2 recipes done" in plain and "1 of 2 recipes done" in plain
    assert re.search(r"first built in \d\.\d s", plain)
    assert "a compiler line" not in plain


def test_a_pipe_gets_a_line_at_the_start_and_one_at_the_end(sandbox: Sandbox) -> None:
    sandbox.recipe("hello", script="echo a compiler line")
    done = sandbox.run("build", "hello")
    lines = done.stdout.splitlines()
    assert lines[:2] == ["1 recipe to build or to take from the cache", "hello building 1.0"]
    assert re.fullmatch(r"hello built in \d+\.\d s", lines[2])
    assert "compiler" not in done.stdout and "\x1b" not in done.stdout
