"""How does a test run the code of a page in Node?"""

from __future__ import annotations

import json
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.harness.runtime import TIMEOUT, JavaScriptError, Runtime

SCRIPT = Path(__file__).with_suffix(".mjs")


class NodeRuntime(Runtime):
    """A Node process in which ``loadPyodide`` has resolved."""

    def __init__(self, connection: socket.socket, console: Path) -> None:
        connection.settimeout(TIMEOUT)
        self._file = connection.makefile("rw", encoding="utf-8", newline="\n")
        self._console = console

    def _settle(self, promise: str) -> str:
        self._file.write(json.dumps(promise) + "\n")
        self._file.flush()
        line = self._file.readline()
        if not line:
            raise JavaScriptError("\n".join(["Node has ended:", *self.read_console()]))
        return str(json.loads(line))

    def read_console(self) -> list[str]:
        return self._console.read_text().splitlines()


@contextmanager
def node(
    script: Path, command: Sequence[str] = ("node",), /, **options: Any
) -> Iterator[NodeRuntime]:
    """Start Node with ``loadPyodide(options)`` of the given ``pyodide.mjs``; 0.16 by default.

    Args:
        command: Node's program and its flags.
    """
    ours, theirs = socket.socketpair()
    with ours, tempfile.TemporaryDirectory(prefix="node-") as folder:
        console = Path(folder) / "console.txt"
        with console.open("wb") as output, theirs:
            # The child's descriptor 3 is this descriptor.
            run = f'exec "$@" 3<&{theirs.fileno()}'
            started = [*command, "--expose-gc", str(SCRIPT), str(script)]
            process = subprocess.Popen(
                ["bash", "-c", run, "", *started, json.dumps({"api": "0.16", **options})],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=[theirs.fileno()],
            )
        try:
            yield NodeRuntime(ours, console)
        finally:
            process.terminate()
            process.wait()
