"""What runs in the process of one build?

This module builds and tests one output with py-rattler-build, exactly as conda-build
does (``RenderedVariant.run_build``, then ``Package.run_test``). Each build has its own process, so
that a crash, a signal or a full disk ends only that build, and so that its log can be stored. The
log goes to standard output. The answer, one JSON object, goes to the file ``answer``, which is
valid only with exit code 0.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

from rattler_build import Package, RattlerBuildError, ToolConfiguration
from rattler_build.progress import LogEvent, SimpleProgressCallback

from conda_emscripten.conda_package import copy_with_index
from conda_emscripten.current_tests import NeedsBuildError, with_current_tests
from conda_emscripten.environment import solve, solver_errors
from conda_emscripten.errors import BuildError, CondaEmscriptenError, PackageTestError
from conda_emscripten.exits import exit_now
from conda_emscripten.files import atomic_write
from conda_emscripten.project import Project
from conda_emscripten.recipe import Output
from conda_emscripten.recipes import RecipeSet
from conda_emscripten.test_counts import counting, read_counts


@dataclass(frozen=True, kw_only=True)
class Job:
    """One output to build.

    Attributes:
        root: the project's root.
        output: the name of the output, in the form of ``RecipeSet.get``.
        package: the earlier build to test; "" to build the output.
        work_dir: the output folder of py-rattler-build.
        channels: the channels of the environments, the preferred channel first.
        keep_work: do not remove the work tree of a successful build.
        answer: the file for the answer.
    """

    root: str
    output: str
    package: str
    work_dir: str
    channels: tuple[str, ...]
    keep_work: bool
    answer: str

    def to_json(self) -> str:
        """The job as JSON, in the form that the worker reads from standard input."""
        return json.dumps(asdict(self))


class _Log(SimpleProgressCallback):
    """Prints the lines of py-rattler-build's log, and collects them."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def on_log(self, event: LogEvent) -> None:
        prefix = "" if event.level == "info" else f"{event.level}: "
        self.lines.append(event.message)
        print(f"{prefix}{event.message}", flush=True)


def say_test(test: Mapping[str, Any]) -> str:
    """A test of a rendered recipe in one line: its imports, its script, or the script's file."""
    if "python" in test:
        return f"imports of {', '.join(test['python']['imports'])}"
    script = test.get("script", str(test))
    if isinstance(script, dict):
        script = script.get("file") or script["content"]
    lines = script if isinstance(script, list) else script.splitlines()
    return textwrap.shorten(f"script: {'; '.join(lines)}", width=200, placeholder=" …")


def run(job: Job) -> dict[str, object]:
    """Build and test an output, or test an earlier build of it.

    Returns:
        The answer: ``tests``, the result of ``read_counts``, and either ``package``, the path of
        the package, or ``error`` and the ``stage`` that failed: ``build``, ``test``, or
        ``needs build`` (``NeedsBuildError``).
    """
    project = Project.find(Path(job.root))
    output = RecipeSet(project).get(job.output)
    log = _Log()
    try:
        if job.package:
            package = Path(job.package)
            tested = with_current_tests(
                package,
                output.rendered,
                platform=output.platform,
                work_dir=Path(job.work_dir),
                progress_callback=log,
            )
        else:
            package = tested = _build(job, project, output, log)
    except CondaEmscriptenError as error:
        stages = {PackageTestError: "test", NeedsBuildError: "needs build"}
        stage = stages.get(type(error), "build")
        return {"stage": stage, "error": error.message.rstrip("."), "tests": {}}
    log = _Log()
    # py-rattler-build checks the contents when it makes the package, not among its tests.
    tests = [t for t in output.content.get("tests", []) if "package_contents" not in t]
    channels = list(job.channels)
    if not job.package:  # a build wrote its package into a channel of its own
        channels.insert(0, Path(job.work_dir).as_uri())
    print(f"Testing {package.name}", flush=True)
    if not output.bootstrap and output.noarch == "python":
        # py-rattler-build would test the package on the build platform, but only the target
        # uses it. Other noarch packages (compilers) are for the build platform.
        tested = for_platform(tested, output.platform, Path(job.work_dir) / "test")
    _remove_unpacked(tested)
    try:
        with counting(Path(job.work_dir)) as folder:
            failed = _failed_test(Package.from_file(tested), tests, channels, log)
        counts = read_counts(folder)
    except PackageTestError as error:
        return {"stage": "test", "error": error.message.rstrip("."), "tests": {}}
    if failed:
        return {"stage": "test", "error": f"{package.name}: {failed}", "tests": counts}
    return {"package": str(package), "tests": counts}


def _build(job: Job, project: Project, output: Output, log: _Log) -> Path:
    """Build an output.

    Raises:
        BuildError: the build failed; the message is py-rattler-build's reason.
    """
    try:
        built = output.rendered.run_build(
            ToolConfiguration(keep_build=job.keep_work),
            output_dir=job.work_dir,
            channels=list(job.channels),
            progress_callback=log,
            # ccache finds the objects of an earlier build only if the paths are the same.
            no_build_id=True,
            # Tools of the build platform are not published, and the best compression takes minutes.
            package_format="conda:5" if output.bootstrap else "conda",
        )
    except RattlerBuildError as error:
        reason = str(error).removeprefix("PyRattlerBuildError: ")
        if "resolve dependencies" in reason:
            reason = explain_unsolved(log.lines, project.cache_dir) or reason
        raise BuildError(reason, help="Read the log of the build.") from error
    (package,) = built.packages
    return Path(package)


def explain_unsolved(log: Sequence[str], cache_dir: Path) -> str | None:
    """The solver's explanation why the last environment of a build's log has no solution.

    py-rattler-build 0.73 logs an environment before the solution, and drops the explanation. This
    function therefore solves the environment again. None if the log has no environment, or if the
    environment has a solution.
    """
    parts: dict[str, list[str]] = {}
    for line in log:
        if match := re.match(r"  (Platform|Channels|Specs): ?(\S*)", line):
            parts[match[1]] = [match[2]] if match[2] else []
            last = match[1]
        elif line.startswith("   - ") and parts:
            parts[last].append(line[5:])
    if parts.keys() != {"Platform", "Channels", "Specs"}:
        return None
    specs, channels, (platform,) = parts["Specs"], parts["Channels"], parts["Platform"]
    try:
        with solver_errors(specs, channels, platform):
            asyncio.run(solve(specs, channels, platform, cache_dir))
    except BuildError as error:
        return error.message.rstrip()
    except CondaEmscriptenError:
        return None
    return None


def _failed_test(
    package: Package, tests: Sequence[Mapping[str, Any]], channels: Sequence[str], log: _Log
) -> str | None:
    """Run the tests of a package; returns the first failed test, or None.

    The tests run one by one, since ``Package.run_tests`` of py-rattler-build 0.73 reports every
    failed test as number 0.
    """
    for index, test in zip(range(package.test_count), tests, strict=True):
        try:
            result = package.run_test(
                index, channel=channels, channel_priority="strict", progress_callback=log
            )
        except RattlerBuildError as error:
            return f"{say_test(test)}: {error}"
        if not result.success:
            reason = "".join(result.output[-1:]).removeprefix("PyRattlerBuildError: ")
            # Of a failed test, the last line is its own.
            return (
                f"{say_test(test)}: {reason}"
                if reason.startswith("failed to setup")
                else say_test(test)
            )
    return None


def _remove_unpacked(package: Path) -> None:
    """Remove an unpacked earlier package of this name, which py-rattler-build 0.73 would test."""
    unpacked = Path(os.environ["RATTLER_CACHE_DIR"], "pkgs", package.stem)
    shutil.rmtree(unpacked, ignore_errors=True)
    unpacked.with_name(f"{unpacked.name}.lock").unlink(missing_ok=True)


def for_platform(package: Path, subdir: str, folder: Path) -> Path:
    """Copy a ``.conda`` package to ``folder``, with ``subdir`` in its ``index.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / package.name
    copy_with_index(package, target, {"subdir": subdir})
    return target


def main() -> None:
    """Read a job, one line, from standard input and write its answer.

    The engine keeps standard input open. When the engine ends for any reason, standard input
    closes, and the build is killed.
    """
    fields = json.loads(sys.stdin.readline())
    if os.fork() == 0:
        _end_with_the_engine()
    job = Job(**{**fields, "channels": tuple(fields["channels"])})
    answer = Path(job.answer)
    atomic_write(answer, json.dumps(run(job)).encode())
    exit_now(0)


def _end_with_the_engine() -> NoReturn:
    """Kill the process group when standard input closes.

    This runs in a process, not a thread: py-rattler-build holds the interpreter's lock during a
    build.
    """
    for output in (1, 2):
        os.close(output)
    while os.read(0, 1):
        pass
    os.killpg(0, signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    main()
