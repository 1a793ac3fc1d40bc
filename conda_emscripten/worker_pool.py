"""How does the engine start, follow and end the processes of its builds (`build_worker`)?"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from rich.markup import escape

from conda_emscripten.build_worker import Job
from conda_emscripten.errors import BuildError

#: Lines of a failed build's log that are shown with the error.
_TAIL = 30


class WorkerPool:
    """The worker processes that run; several threads may start one each."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[str]] = set()

    def run(
        self, job: Job, *, env: Mapping[str, str], log: Path, show: Callable[[str], None]
    ) -> Mapping[str, Any]:
        """Run a job to its end, and return its answer (`build_worker.run`).

        ``env`` is added to the environment. All that it prints goes to the end of ``log``, and the
        start of each line to ``show``, as Rich's markup.

        Raises:
            BuildError: it ended without an answer.
            OSError: the log cannot be written.
        """
        answer = Path(job.answer)
        answer.unlink(missing_ok=True)
        with subprocess.Popen(
            [sys.executable, "-m", "conda_emscripten.build_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **env},
            text=True,
            errors="replace",
            start_new_session=True,
        ) as worker:  # closes its standard input in the end, also when the log cannot be written
            self._running.add(worker)
            assert worker.stdin is not None and worker.stdout is not None
            try:
                worker.stdin.write(job.to_json() + "\n")
                worker.stdin.flush()  # and left open: its end is the worker's end
                with log.open("a") as file:
                    for line in worker.stdout:
                        file.write(line)
                        file.flush()
                        if shown := _shorten(line):
                            show(f"[dim]{escape(shown)}[/dim]")
                code = worker.wait()
            finally:
                self._running.discard(worker)
        if code or not answer.is_file():
            how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
            raise BuildError(
                f"The build of {job.recipe} was ended by {how}. Nothing was added to the channel; "
                f"run the command again. {tail(log)}"
            )
        found: dict[str, Any] = json.loads(answer.read_text())
        return found

    def stop(self) -> None:
        """End all that run, with all that they have started."""
        for worker in list(self._running):
            with suppress(ProcessLookupError):
                os.killpg(worker.pid, signal.SIGTERM)


def tail(log: Path) -> str:
    """The last lines of a log, as an error shows them."""
    lines = log.read_text(errors="replace").splitlines()[-_TAIL:]
    return "\n".join([f"The last lines of {log}:", *(f"  | {line}" for line in lines)])


def _shorten(line: str, width: int = 120) -> str:
    line = line.rstrip()
    return line if len(line) <= width else f"{line[: width - 1]}…"
