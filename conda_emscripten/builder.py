"""How is one output built and tested?

This module fetches the sources of an output, runs its build in a worker process, and stores the
tested package in the build cache.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from conda_emscripten.build_cache import BuildCache
from conda_emscripten.build_worker import Job
from conda_emscripten.content_key import Built
from conda_emscripten.current_tests import NeedsBuildError, needs_sources
from conda_emscripten.errors import BuildError, CondaEmscriptenError, PackageTestError
from conda_emscripten.files import atomic_write, sha256_file
from conda_emscripten.project import Project
from conda_emscripten.rattler_source_cache import prime
from conda_emscripten.recipe import Output
from conda_emscripten.recipes import RecipeSet
from conda_emscripten.reuse import Reuse
from conda_emscripten.sources import SourceFetcher
from conda_emscripten.worker_pool import WorkerPool, tail

#: ccache is enabled after so many seconds. A build that is interrupted earlier starts from nothing.
_SECONDS_WITHOUT_CCACHE = 120.0


@dataclass(frozen=True, kw_only=True)
class Task:
    """An output to be built and tested, or an earlier build to be tested.

    Attributes:
        output: the output.
        tests: the number of tests by outcome is added to this counter, also if tests fail.
        show: called with each line of the log.
        package: subdir and file of the earlier build; None to build.
        built: the keys of the earlier build.
    """

    output: Output
    tests: Counter[str]
    show: Callable[[str], None]
    package: tuple[str, Path] | None = None
    built: Built = field(default_factory=Built)


class OutputBuilder(Protocol):
    """Carries out tasks. Several threads may each have a task."""

    @property
    def slots(self) -> int:
        """The number of tasks that can run at once.

        Raises:
            SchedulerError: the connection to other machines is lost.
        """
        ...

    def stop(self) -> None:
        """End all running tasks, and start no more."""
        ...

    def run(self, task: Task) -> tuple[str, Built]:
        """Carry out a task, and store the tested package in the build cache.

        Returns:
            The name of the entry in the build cache, and the keys of the package.

        Raises:
            SourceError: a source cannot be fetched.
            BuildError: the build failed or was killed, or a file of the recipe changed meanwhile.
            PackageTestError: a test failed.
            NeedsBuildError: the tests of an earlier build need files of a new build.
            SchedulerError: no other machine can do the task.
            OSError: a file cannot be written.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Builder(OutputBuilder):
    """Carries out tasks on this machine.

    Attributes:
        project: the project.
        recipes: the recipes of the project.
        cache: the build cache for tested packages.
        reuse: computes the keys of the packages.
        channel: the URL of the channel with the target's packages.
        bootstrap_channel: the URL of the channel with the build platform's tools.
        fetcher: fetches sources.
        workers: runs builds in processes of their own.
        jobs: the number of processes that a build script may run.
        keep_work: do not remove the work trees of successful builds.
    """

    project: Project
    recipes: RecipeSet
    cache: BuildCache
    reuse: Reuse
    channel: str
    bootstrap_channel: str
    fetcher: SourceFetcher
    workers: WorkerPool
    jobs: int
    keep_work: bool

    @property
    def slots(self) -> int:
        """Two, as configuring uses one core."""
        return min(2, self.jobs)

    def stop(self) -> None:
        """End all downloads and builds."""
        self.fetcher.stop()
        self.workers.stop()

    def run(self, task: Task) -> tuple[str, Built]:
        """See ``OutputBuilder.run``."""
        started, output = time.monotonic(), task.output
        if task.package is None:
            with self._work(output, task.show) as work:
                made = Path(work.run("", task.tests)["package"])
                package = (made.parent.name, made)
                built = self.reuse.identify(output, made)
                return self._store(task, package, started, built)
        package, built = task.package, task.built
        sources = needs_sources(package[1], output.rendered)
        with self._work(output, task.show, sources=sources) as work:
            work.run(str(package[1]), task.tests)
            return self._store(task, package, started, built)

    def _store(
        self, task: Task, package: tuple[str, Path], started: float, built: Built
    ) -> tuple[str, Built]:
        """Store a tested package: by its static key, or by its own sha256 if a dependency is stale.

        Returns:
            See ``run``.
        """
        output, built = task.output, self.reuse.with_tests(task.output, built)
        if self.recipes.has_changed(output):
            raise BuildError(
                f"{output.key}: a file in {output.folder} was changed during the build, so the "
                "package may mix two states. Nothing was added to the channel.",
                help="Run the command again.",
            )
        entry = self.reuse.recorded_key(output) or sha256_file(package[1])
        self.cache.store(
            entry,
            name=output.key,
            packages=[package],
            seconds=time.monotonic() - started,
            tests=task.tests,
            built=built,
        )
        return entry, built

    @contextmanager
    def _work(
        self, output: Output, show: Callable[[str], None], *, sources: bool = True
    ) -> Iterator[_Work]:
        """A new work tree with the sources of an output; removed after a success."""
        work_dir = self.project.work_dir / output.file_name
        interrupted = work_dir.exists()
        shutil.rmtree(work_dir, ignore_errors=True)
        work_dir.mkdir(parents=True)
        if sources:
            self.prime(output, work_dir)
        log = log_file(self.project, output)
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("")
        with _ccache(work_dir, self.project.cache_dir / "ccache", at_once=interrupted):
            yield _Work(builder=self, output=output, folder=work_dir, log=log, show=show)
        if not self.keep_work:
            shutil.rmtree(work_dir, ignore_errors=True)

    def prime(self, output: Output, output_dir: Path) -> None:
        """Fetch the sources of an output into the source cache of ``output_dir``."""
        for source in output.sources:
            prime(output_dir, source, self.fetcher.fetch(source))


@dataclass(frozen=True, kw_only=True)
class _Work:
    """The work tree of one build."""

    builder: Builder
    output: Output
    folder: Path
    log: Path
    show: Callable[[str], None]

    def run(self, package: str, tests: Counter[str]) -> Mapping[str, Any]:
        """Build and test the output, or test ``package``, in a worker; returns its answer."""
        builder, output = self.builder, self.output
        channels = [builder.bootstrap_channel]
        if not output.bootstrap:
            channels.insert(0, builder.channel)
        job = Job(
            root=str(builder.project.root),
            output=output.label,
            package=package,
            work_dir=str(self.folder),
            channels=tuple(channels),
            keep_work=builder.keep_work,
            answer=str(self.folder / "answer.json"),
        )
        env = {
            "CPU_COUNT": str(builder.jobs),
            "RATTLER_CACHE_DIR": str(builder.project.cache_dir / "rattler"),
        }
        answer = builder.workers.run(job, env=env, log=self.log, show=self.show)
        tests.update(answer["tests"])
        if "error" in answer:
            raise self._error(answer)
        return answer

    def _error(self, answer: Mapping[str, Any]) -> CondaEmscriptenError:
        output, stage, reason = self.output, answer["stage"], answer["error"]
        text = f"{output.key}: {stage} failed: {reason}\n{tail(self.log)}\n"
        repeat = (
            f"The work tree is kept in {self.folder}; repeat with 'conda-emscripten build "
            f"{output.label}' after a correction in {output.folder}."
        )
        if output.bootstrap:  # built with the machine's own compiler
            repeat = f"Check this machine with 'conda-emscripten doctor'. {repeat}"
        if stage == "test":
            return PackageTestError(text, help=repeat)
        if stage == "needs build":
            return NeedsBuildError(text, help=repeat)
        if reason.startswith("No solution"):
            repeat = (
                f"Build the missing packages, too, with 'conda-emscripten build --with-deps "
                f"{output.label}', or correct the requirements in {output.folder}."
            )
        return BuildError(text, help=repeat)


@contextmanager
def _ccache(work_dir: Path, cache_dir: Path, *, at_once: bool) -> Iterator[None]:
    """Configure the object cache of a build (docs/benchmarks.md, "Compiled objects").

    The compiler's activation script passes ``ccache.conf`` on. With the cache, the repetition of an
    interrupted build takes a fraction of its time. A build in another folder reuses few objects:
    7 % in a measurement.

    A miss adds a third to the processor time of compiling and doubles the system time, because
    ccache preprocesses each source again (``python -m benchmarks ccache``). Objects are therefore
    cached only after the first minutes of a build.

    Args:
        work_dir: the output folder of the build.
        cache_dir: the folder of the objects.
        at_once: cache from the start, since an earlier build was interrupted.
    """
    file = work_dir / "ccache.conf"
    settings = (
        f"cache_dir = {cache_dir}\nbase_dir = {work_dir}\n"
        "hash_dir = false\ncompiler_check = content\n"
    )

    def enable() -> None:
        with suppress(OSError):  # the build itself reports a full disk
            atomic_write(file, settings.encode())

    if at_once:
        atomic_write(file, settings.encode())
        yield
        return
    atomic_write(file, f"{settings}disable = true\n".encode())
    timer = threading.Timer(_SECONDS_WITHOUT_CCACHE, enable)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def log_file(project: Project, output: Output) -> Path:
    """The path of the full log of an output's last build or test."""
    return project.build_dir / "logs" / f"{output.file_name}.log"
