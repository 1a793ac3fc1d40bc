"""Where can a command be killed?

This program runs commands of ``conda_emscripten`` and kills them before a chosen change of a file,
without a hook in the product: Python's audit events (PEP 578) announce each opened, renamed, linked
and removed file. A *kill point* is such an event and a path, with placeholders for random names.
Only the first event of a kill point counts, so that threads do not change the outcome.

The program imports the package once and forks for each command. It reads a JSON object a line
(``arguments``, ``cwd``, ``env``, ``root``, ``kill``) and answers with ``status`` (the exit code, or
minus the signal), ``output`` and ``points``, the kill points below ``root`` in order.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_CHANGES = {"os.rename", "os.remove", "os.link", "os.symlink", "os.mkdir", "os.rmdir"}
_RANDOM = re.compile(r"[0-9a-f]{16,}|h[0-9a-f]{7}_|tmp[\w]{8}|(?<=[.-])\w{8}(?=$|/|\.tmp)")


def point_of(event: str, arguments: tuple[Any, ...], root: str) -> str | None:
    """The kill point of an audit event; None if the event changes no file below ``root``."""
    if event == "open":
        path, _, flags = arguments
        if not (isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR)):
            return None
    elif event in _CHANGES:
        # The target of a rename or link tells more than its source, which has a random name.
        path = arguments[1] if event in ("os.rename", "os.link", "os.symlink") else arguments[0]
    else:
        return None
    if isinstance(path, int) or not str(path).startswith(root):
        return None
    return f"{event} {_RANDOM.sub('*', os.path.relpath(os.fspath(path), root))}"


def _child(request: Mapping[str, Any], points: int, output: int) -> None:
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    seen: set[str] = set()

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        point = point_of(event, arguments, request["root"])
        if point is None or point in seen:
            return
        seen.add(point)
        os.write(points, f"{point}\n".encode())
        if point == request["kill"]:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    sys.argv = ["conda-emscripten", *request["arguments"]]
    cli = importlib.import_module("conda_emscripten.cli")
    try:
        if sys.argv[1] == "-c":
            exec(sys.argv[2], {})
        else:
            cli.main()
    except SystemExit as exit_:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None))
    os._exit(0)


def _serve() -> None:
    package = importlib.import_module("conda_emscripten")
    for module in pkgutil.walk_packages(package.__path__, "conda_emscripten."):
        if not module.name.endswith(("__main__", "_conda_build")):
            importlib.import_module(module.name)
    for line in sys.stdin:
        request = json.loads(line)
        with tempfile.TemporaryFile() as points, tempfile.TemporaryFile() as output:
            pid = os.fork()
            if not pid:
                _child(request, points.fileno(), output.fileno())
            _, status = os.waitpid(pid, 0)
            points.seek(0)
            output.seek(0)
            answer = {
                "status": os.waitstatus_to_exitcode(status),
                "points": points.read().decode().splitlines(),
                "output": output.read().decode(errors="replace"),
            }
        print(json.dumps(answer), flush=True)


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a command ended: its exit code or minus the signal, its kill points, its output."""

    status: int
    points: list[str]
    output: str


class Killer:
    """A process that runs commands and kills them."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(
        self,
        *arguments: str,
        cwd: Path,
        env: Mapping[str, str],
        root: Path,
        kill: str | None = None,
    ) -> Ended:
        """Run a command; kill it at the first event of the kill point ``kill``.

        As with ``python``, ``-c`` and a program run this program in place of a command.
        """
        request = {
            "arguments": arguments,
            "cwd": str(cwd),
            "env": dict(env),
            "root": str(root),
            "kill": kill,
        }
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return Ended(**json.loads(self._process.stdout.readline()))


@contextmanager
def killer() -> Iterator[Killer]:
    """Start the process of a ``Killer``."""
    command = [sys.executable, "-m", "tests.harness.kill_points"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as process:
        try:
            yield Killer(process)
        finally:
            assert process.stdin
            process.stdin.close()


if __name__ == "__main__":
    _serve()
