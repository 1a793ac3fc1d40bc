"""Runs files of CPython's test suite, a process each, and says how each test ended.

A test that ends its process, or that takes longer than a limit, is one outcome of many: the rest of
its file is run by a further process.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

_CHILD = Path(__file__).with_name("run_file.py")

#: The end of a process's output that is the reason of a crash, in characters.
_LONGEST = 2000

#: Seconds between two looks at a process.
_INTERVAL = 0.2


@dataclass(frozen=True)
class Ended:
    """How a test ended, or, with an empty ``test``, a file.

    ``outcome`` is one of those of run_file.py, or ``crashed``: it ended the process, or ``hung``:
    it took too long.
    """

    file: str
    test: str
    outcome: str
    why: str = ""


def test_files(folder: Path) -> list[str]:
    """The files of the package ``test`` in a folder, the largest first.

    regrtest's rule: what is called ``test_*``, module or package; of the packages that
    ``SPLITTESTDIRS`` names each file.
    """
    from_source = (folder / "libregrtest" / "findtests.py").read_text(encoding="utf-8")
    split = from_source.partition("SPLITTESTDIRS")[2].partition("}")[0]
    sizes: dict[str, int] = {}
    for path in folder.glob("test_*"):
        if f'"{path.name}"' in split:
            for inner in path.glob("test_*"):
                if inner.suffix in (".py", ""):
                    sizes[f"{path.name}.{inner.stem}"] = _size(inner)
        elif path.suffix in (".py", ""):
            sizes[path.stem] = _size(path)
    return sorted(sizes, key=lambda name: (-sizes[name], name))


def _size(path: Path) -> int:
    files = path.rglob("*.py") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files)


def run_file(
    python: Path, file: str, *, limit: float, left_out: Collection[str] = ()
) -> list[Ended]:
    """Run a file with an interpreter, in as many processes as its tests end.

    Args:
        python: the interpreter.
        file: the name of the module in the package ``test``.
        limit: seconds of processor time that a test, or the import of the file, may take.
        left_out: the names of tests that are not run; ``*`` stands for any characters.
    """
    found: list[Ended] = []
    while True:
        done = {ended.test for ended in found}
        added, finished = _run_process(python, file, limit, done.union(left_out))
        # Tests that are left out now, and fixtures that fail again.
        found += [ended for ended in added if ended.test not in done]
        if finished:
            return found


def _run_process(
    python: Path, file: str, limit: float, left_out: Collection[str]
) -> tuple[list[Ended], bool]:
    """The tests that a process ran, and whether that was the rest of the file."""
    with tempfile.TemporaryDirectory(prefix="python-tests-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        report, output, names = folder / "report", folder / "output", folder / "names"
        report.touch()
        names.write_text("\n".join(sorted(left_out)), encoding="utf-8")
        work = folder / "work"
        work.mkdir()
        with output.open("wb") as stream:
            process = subprocess.Popen(
                [python, _CHILD, file, report, names],
                cwd=work,
                env=_environment(work),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
            )
            outcome = _wait(process, report, limit)
        found: list[Ended] = []
        running = ""
        for line in report.read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            if "start" in event:
                running = event["start"]
                continue
            running = ""
            found.append(Ended(file, event["test"], event["outcome"], event["why"]))
            if not found[-1].test:
                return found, True
        last = output.read_text(encoding="utf-8", errors="replace")[-_LONGEST:]
        found.append(Ended(file, running, outcome, last))
        # Without a test that can be left out, a further process would end as this one.
        return found, not running


def _environment(work: Path) -> dict[str, str]:
    """The environment of a test: without the caller's settings of Python.

    ``PYTHONDONTWRITEBYTECODE``, for one, would skip a hundred tests.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return kept | {"TMPDIR": str(work)}


def _wait(process: subprocess.Popen[bytes], report: Path, limit: float) -> str:
    """Wait until the process ends, or has not reported anything for too long.

    The limit is processor time, so that it does not depend on what else the machine does; a process
    that waits has ten times as long.
    """
    size, since, used = 0, time.monotonic(), 0.0
    while process.poll() is None:
        time.sleep(_INTERVAL)
        if report.stat().st_size != size:
            size, since, used = (
                report.stat().st_size,
                time.monotonic(),
                _processor_time(process.pid),
            )
        elif (
            time.monotonic() - since > 10 * limit or _processor_time(process.pid) - used > limit
        ) and process.poll() is None:
            process.kill()
            process.wait()
            return "hung"
    return "crashed"


def _processor_time(pid: int) -> float:
    """Seconds that a process has used; 0 if it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run_files(
    python: Path,
    files: Collection[str],
    *,
    limit: float,
    processes: int,
    left_out: Collection[str] = (),
) -> Iterator[list[Ended]]:
    """Run files in parallel; yields the tests of each when it ends.

    Args:
        python: the interpreter.
        files: the names of the modules in the package ``test``.
        limit: seconds of processor time that a test may take.
        processes: the number of files that are run at once.
        left_out: the tests that are not run, as ``FILE::TEST``.
    """
    with ThreadPoolExecutor(processes) as pool:
        futures = [
            pool.submit(
                run_file,
                python,
                file,
                limit=limit,
                left_out={
                    name[len(file) + 2 :] for name in left_out if name.startswith(f"{file}::")
                },
            )
            for file in files
        ]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)
