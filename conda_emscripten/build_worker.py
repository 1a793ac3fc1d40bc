"""What runs in the process of one build?

One output of one recipe is built and tested by py-rattler-build, exactly as conda-build does it
(``RenderedVariant.run_build``, then ``Package.run_test``). It has a process of its own, so that a
crash, a signal or a full disk ends one build and nothing else, and so that its log can be kept.
The log goes to standard output; the answer, one JSON object, to the file ``answer``, which counts
only with exit code 0.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

from rattler_build import Package, RattlerBuildError, ToolConfiguration
from rattler_build.progress import LogEvent, SimpleProgressCallback

from conda_emscripten.conda_package import copy_with_index
from conda_emscripten.exits import exit_now
from conda_emscripten.files import atomic_write
from conda_emscripten.project import Project
from conda_emscripten.recipes import RecipeSet


@dataclass(frozen=True, kw_only=True)
class Job:
    """One output to build.

    Attributes:
        root: the project's root.
        recipe: as ``RecipeSet.get`` takes it.
        output: its index among the recipe's outputs.
        work_dir: output folder of py-rattler-build.
        channels: where the environments are solved, the preferred one first.
        keep_work: keep the work tree also of a successful build.
        answer: file for the answer.
    """

    root: str
    recipe: str
    output: int
    work_dir: str
    channels: tuple[str, ...]
    keep_work: bool
    answer: str

    def to_json(self) -> str:
        """As the worker reads it from standard input."""
        return json.dumps(asdict(self))


class _Log(SimpleProgressCallback):
    """Prints what it is told, and keeps it."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def on_log(self, event: LogEvent) -> None:
        prefix = "" if event.level == "info" else f"{event.level}: "
        self.lines.append(event.message)
        print(f"{prefix}{event.message}", flush=True)


_SUMMARY = re.compile(r"[= ]*((?:\d+ [a-z ]+(?:, )?)+) in [\d.]+s\b")


def count_tests(lines: Iterable[str]) -> dict[str, int]:
    """How many tests ``passed``, ``failed``, were ``skipped`` or ``xfailed``, as pytest said.

    Added up over all runs of pytest in a log. Warnings are no tests, subtests are parts of tests.
    """
    counts: Counter[str] = Counter()
    for line in lines:
        if match := _SUMMARY.match(line):
            for part in match[1].split(", "):
                number, outcome = part.split(maxsplit=1)
                if not outcome.startswith(("warning", "subtest")):
                    counts[outcome] += int(number)
    return dict(counts)


def say_test(test: Mapping[str, Any]) -> str:
    """A test of a rendered recipe in one line: what it imports, or its script or script's file."""
    if "python" in test:
        return f"imports of {', '.join(test['python']['imports'])}"
    script = test.get("script", str(test))
    if isinstance(script, dict):
        script = script.get("file") or script["content"]
    lines = script if isinstance(script, list) else script.splitlines()
    return textwrap.shorten(f"script: {'; '.join(lines)}", width=200, placeholder=" …")


def run(job: Job) -> dict[str, object]:
    """Build and test; the answer has ``packages``, or ``error`` and the ``stage`` that failed.

    Either way it has ``tests``: what `count_tests` finds in the log of the tests.
    """
    project = Project.find(Path(job.root))
    recipe = RecipeSet(project).get(job.recipe)
    output = recipe.outputs[job.output]
    channels = list(job.channels)
    try:
        built = output.run_build(
            ToolConfiguration(keep_build=job.keep_work),
            output_dir=job.work_dir,
            channels=channels,
            progress_callback=_Log(),
            # The same paths each time, so that compiled objects are found again.
            no_build_id=True,
            # The build platform's tools are not published: the fullest compression costs minutes.
            package_format="conda:5" if recipe.bootstrap else "conda",
        )
    except RattlerBuildError as error:
        return {"stage": "build", "error": str(error), "tests": {}}
    log = _Log()
    # The contents of a package are looked at when it is made: these are not among its tests.
    tests = [t for t in output.recipe.to_dict().get("tests", []) if "package_contents" not in t]
    test_channels = [Path(job.work_dir).as_uri(), *channels]
    for path in built.packages:
        print(f"Testing {path.name}", flush=True)
        tested = path
        if not recipe.bootstrap and output.recipe.to_dict()["build"].get("noarch") == "python":
            # py-rattler-build would test it on the build platform, where its users never are.
            # What is noarch without being Python's is for the build platform: compilers.
            tested = for_platform(path, recipe.platform, Path(job.work_dir) / "test")
        _forget(path)
        if failed := _failed_test(Package.from_file(tested), tests, test_channels, log):
            text = f"{path.name}: {failed}"
            return {"stage": "test", "error": text, "tests": count_tests(log.lines)}
    packages = [str(path) for path in built.packages]
    return {"packages": packages, "tests": count_tests(log.lines)}


def _failed_test(
    package: Package, tests: Sequence[Mapping[str, Any]], channels: Sequence[str], log: _Log
) -> str | None:
    """Run the tests of a package until one fails, and say which.

    One by one: whichever fails, `Package.run_tests` of py-rattler-build 0.73 calls it number 0.
    """
    for index, test in zip(range(package.test_count), tests, strict=True):
        try:
            result = package.run_test(
                index, channel=channels, channel_priority="strict", progress_callback=log
            )
        except RattlerBuildError as error:
            return f"{say_test(test)}: {error}"
        if not result.success:
            return say_test(test)
    return None


def _forget(package: Path) -> None:
    """Remove what py-rattler-build 0.73 would test instead: an earlier build of the same name."""
    unpacked = Path(os.environ["RATTLER_CACHE_DIR"], "pkgs", package.stem)
    shutil.rmtree(unpacked, ignore_errors=True)
    unpacked.with_name(f"{unpacked.name}.lock").unlink(missing_ok=True)


def for_platform(package: Path, subdir: str, folder: Path) -> Path:
    """Copy a ``.conda`` package to ``folder``, with another subdir in its ``index.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / package.name
    copy_with_index(package, target, {"subdir": subdir})
    return target


def main() -> None:
    """Read a job, one line, from standard input and write its answer.

    The engine keeps standard input open. When it ends, however it ends, the build ends with it.
    """
    fields = json.loads(sys.stdin.readline())
    if os.fork() == 0:
        _end_with_the_engine()
    job = Job(**{**fields, "channels": tuple(fields["channels"])})
    answer = Path(job.answer)
    atomic_write(answer, json.dumps(run(job)).encode())
    exit_now(0)


def _end_with_the_engine() -> NoReturn:
    """A process, not a thread: py-rattler-build holds the interpreter's lock during a build."""
    for output in (1, 2):
        os.close(output)
    while os.read(0, 1):
        pass
    os.killpg(0, signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    main()
