"""How does the engine start, follow and end the processes of its builds?

This module runs each job in a process of ``build_worker``.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from conda_emscripten.build_worker import Job
from conda_emscripten.errors import BuildError

#: The number of lines of a failed build's log in the error.
_TAIL = 30


class WorkerPool:
    """The running worker processes. Several threads may each run a job."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[str]] = set()
        self._stopped = False
        self._starting = threading.Lock()

    def run(
        self, job: Job, *, env: Mapping[str, str], log: Path, show: Callable[[str], None]
    ) -> Mapping[str, Any]:
        """Run a job to its end, and return its answer (``build_worker.run``).

        ``env`` is added to the environment. Each line of the worker's output is appended to ``log``
        and passed to ``show``.

        Raises:
            BuildError: the worker ended without an answer, or ``stop`` was called.
            OSError: the log cannot be written.
        """
        answer = Path(job.answer)
        answer.unlink(missing_ok=True)
        # The block closes the worker's standard input, also when the log cannot be written.
        with self._start(job, env) as worker:
            assert worker.stdin is not None and worker.stdout is not None
            try:
                worker.stdin.write(job.to_json() + "\n")
                worker.stdin.flush()  # standard input stays open: closing it ends the worker
                with log.open("a") as file:
                    for line in worker.stdout:
                        file.write(line)
                        file.flush()
                        show(line)
                code = worker.wait()
            finally:
                self._running.discard(worker)
        if code or not answer.is_file():
            how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
            raise BuildError(
                f"The build of {job.output} was ended by {how}. Nothing was added to the channel. "
                f"{tail(log)}\n",
                help="Run the command again.",
            )
        result: dict[str, Any] = json.loads(answer.read_text())
        return result

    def _start(self, job: Job, env: Mapping[str, str]) -> subprocess.Popen[str]:
        with self._starting:
            if self._stopped:
                raise BuildError(
                    f"The build of {job.output} was not started: the command was interrupted.",
                    help="Run the command again.",
                )
            worker = subprocess.Popen(
                [sys.executable, "-m", "conda_emscripten.build_worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={**os.environ, **env},
                text=True,
                errors="replace",
                start_new_session=True,
            )
            self._running.add(worker)
        return worker

    def stop(self) -> None:
        """End all workers with all their processes, and start no more."""
        with self._starting:
            self._stopped = True
            for worker in list(self._running):
                with suppress(ProcessLookupError):
                    os.killpg(worker.pid, signal.SIGTERM)


def tail(log: Path) -> str:
    """The last lines of a log, in the form for an error message."""
    lines = log.read_text(errors="replace").splitlines()[-_TAIL:]
    return "\n".join([f"The last lines of {log}:", *(f"  | {line}" for line in lines)])
