"""Runs Pyodide's own tests on the built site, in Chromium.

Usage: ``python tests/pyodide-suite/run.py --pyodide CLONE --python VENV/bin/python [FILE...]``

README.md says how to set the two up. The tests are those of one commit of pyodide/pyodide and are
not part of this project. The site is build/dist, with hooks.mjs in front of its pyodide.mjs.

The command compares the outcomes with expected-failures.txt. A run of all files writes
results.json.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
RESULTS = HERE / "results.json"
EXPECTED = HERE / "expected-failures.txt"

SNAPSHOT = "fa84565891ce2d3bb58dd04666b2f98af6a33382"
COMMAND = "python tests/pyodide-suite/run.py --pyodide CLONE --python VENV/bin/python"
FILES = (
    "test_asyncio.py",
    "test_browser_apis.py",
    "test_filesystem.py",
    "test_jsproxy.py",
    "test_pyodide.py",
    "test_pyproxy.py",
    "test_python.py",
    "test_stack_switching.py",
    "test_streams.py",
    "test_typeconversions.py",
    "test_webloop.py",
    "test_webworker.py",
)
#: Why a test may fail. "open" is work that is left.
REASONS = ("sockets", "wheels", "CPython 3.14", "stack switching", "internal", "open")
#: The outcome of a test is the worst one of its phases.
OUTCOMES = ("passed", "skipped", "xfailed", "failed")

TEST_TIMEOUT = 60  # seconds
FILE_TIMEOUT = 1800  # seconds

START = """\
import * as site from "./pyodide-of-site.mjs";
import { load } from "./hooks.mjs";
export * from "./pyodide-of-site.mjs";
export const loadPyodide = (options) => load(site.loadPyodide, options);
"""


def unpack(repository: Path, folder: Path) -> None:
    """Unpack the tests, and the sources that they read, to a new folder."""
    paths = ["src", "packages", "conftest.py", "pyproject.toml"]
    command = ["git", "-C", str(repository), "archive", SNAPSHOT, *paths]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE) as git,
        tarfile.open(fileobj=git.stdout, mode="r|") as archive,
    ):
        archive.extractall(folder, filter="data")
    if git.returncode:
        sys.exit(f"{repository} has no commit {SNAPSHOT}: clone or fetch pyodide/pyodide.")


def put_hooks_in_front(site: Path, folder: Path) -> None:
    """Make a folder with links to the files of a site, and with hooks.mjs before pyodide.mjs.

    Pyodide's own site has the members of hooks.mjs already.
    """
    folder.mkdir()
    for file in site.resolve().iterdir():
        (folder / file.name).symlink_to(file)
    if (folder / "python_stdlib.zip").exists():
        return
    (folder / "pyodide.mjs").rename(folder / "pyodide-of-site.mjs")
    (folder / "pyodide.mjs").write_text(START)
    (folder / "hooks.mjs").symlink_to(HERE / "hooks.mjs")


def run_file(python: Path, name: str, site: Path, work: Path, extra: list[str]) -> None:
    """Run one file of tests. Outcomes go to ``<work>/outcomes.jsonl``, messages to ``<name>.log``.

    Stops the file after ``FILE_TIMEOUT`` seconds.
    """
    command = [
        *(str(python), "-m", "pytest", "-q", "--tb=short", "-o", "addopts=", "-p", "plugin"),
        *(f"--dist-dir={site}", "--rt=chrome-no-host", f"--timeout={TEST_TIMEOUT}"),
        "--hypothesis-seed=0",  # the same random values in each run
        *(f"--outcomes={work / 'outcomes.jsonl'}", *extra, f"src/tests/{name}"),
    ]
    environment = {
        **os.environ,
        "PYTHONPATH": str(HERE),
        "PYTHONDONTWRITEBYTECODE": "1",
        "SE_OFFLINE": "true",
        "SE_AVOID_STATS": "true",
    }
    with (work / f"{name}.log").open("w") as log:
        # In a session of its own, which the browser shares: both can be stopped together.
        process = subprocess.Popen(
            command,
            cwd=work / "pyodide",
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            process.wait(FILE_TIMEOUT)
        except subprocess.TimeoutExpired:
            print(f"{name}: stopped after {FILE_TIMEOUT} s")
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def read_outcomes(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Read the file of plugin.py.

    Returns:
        The outcome of each test, and the error of each failed one.
    """
    outcomes: dict[str, str] = {}
    errors: dict[str, str] = {}
    for line in path.read_text().splitlines() if path.exists() else ():
        phase = json.loads(line)
        test = phase["test"]
        outcomes[test] = max(outcomes.get(test, "passed"), phase["outcome"], key=OUTCOMES.index)
        if phase["outcome"] == "failed":
            errors.setdefault(test, phase["error"])
    return outcomes, errors


def read_expected(text: str) -> dict[str, str]:
    """Read expected-failures.txt: lines ``test  # reason: explanation``.

    Returns:
        The reason of each test.

    Raises:
        ValueError: a line has no reason of ``REASONS``.
    """
    expected = {}
    for line in text.splitlines():
        test, _, why = line.partition("  # ")
        if not line or line.startswith("#"):
            continue
        reason = why.partition(":")[0]
        if reason not in REASONS:
            raise ValueError(f"{EXPECTED.name}: the reason of {test} is none of {REASONS}")
        expected[test] = reason
    return expected


def compare(outcomes: dict[str, str], expected: dict[str, str], whole: bool) -> list[str]:
    """The differences between outcomes and expected failures, one line each.

    Args:
        whole: whether the run had all tests, so that an expected failure must be among them.
    """
    lines = [
        f"failed, and is not expected to: {test}"
        for test, outcome in outcomes.items()
        if outcome == "failed" and test not in expected
    ]
    for test in expected:
        outcome = outcomes.get(test, "missing" if whole else "failed")
        if outcome != "failed":
            lines.append(f"{outcome}, and is expected to fail: {test}")
    return lines


def first_error(text: str) -> str:
    """The first line of an error that pytest marks."""
    lines = [line[1:].strip() for line in text.splitlines() if line.startswith("E ")]
    return (lines or text.strip().splitlines() or [""])[0][:200]


def main() -> int:
    """Run the command.

    Returns:
        The exit code: 0, or 1 if a test does not have its expected outcome.
    """
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pyodide", type=Path, required=True, help="clone of pyodide/pyodide")
    parser.add_argument("--python", type=Path, required=True, help="of the virtual environment")
    parser.add_argument("--site", type=Path, default=ROOT / "build" / "dist")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "pyodide-suite")
    parser.add_argument("-k", dest="expression", help="only tests of this expression of pytest")
    parser.add_argument("files", nargs="*", metavar="FILE", help="by default all files")
    args = parser.parse_args()

    work: Path = args.work.resolve()
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    unpack(args.pyodide, work / "pyodide")
    site = work / "pyodide" / "dist"  # where Pyodide's build would put its site
    put_hooks_in_front(args.site, site)
    extra = ["-k", args.expression] if args.expression else []
    for name in args.files or FILES:
        run_file(args.python.absolute(), name, site, work, extra)
        outcomes, _ = read_outcomes(work / "outcomes.jsonl")
        print(name, dict(Counter(o for t, o in outcomes.items() if t.startswith(name))), flush=True)

    outcomes, errors = read_outcomes(work / "outcomes.jsonl")
    for test, error in errors.items():
        print(f"{test}\n    {first_error(error)}")
    whole = not args.files and not args.expression
    if whole:
        results = {
            "snapshot": f"pyodide/pyodide {SNAPSHOT}",
            "command": COMMAND,
            "counts": dict(sorted(Counter(outcomes.values()).items())),
            "tests": dict(sorted(outcomes.items())),
        }
        RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    differences = compare(outcomes, read_expected(EXPECTED.read_text()), whole)
    print("\n".join(differences))
    return 1 if differences or not outcomes else 0


if __name__ == "__main__":
    sys.exit(main())
