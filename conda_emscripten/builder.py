"""How is one recipe built and tested?

This module fetches a recipe's sources, runs its build in a worker process, and stores the tested
packages in the build cache.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conda_emscripten.build_cache import BuildCache
from conda_emscripten.build_worker import Job
from conda_emscripten.errors import BuildError, CondaEmscriptenError, PackageTestError
from conda_emscripten.files import atomic_write
from conda_emscripten.project import Project
from conda_emscripten.rattler_source_cache import prime
from conda_emscripten.recipe import Recipe
from conda_emscripten.recipes import RecipeSet
from conda_emscripten.sources import SourceFetcher
from conda_emscripten.worker_pool import WorkerPool, tail

#: ccache is enabled after so many seconds. A build that is interrupted earlier starts from nothing.
_SECONDS_WITHOUT_CCACHE = 120.0


@dataclass(frozen=True, kw_only=True)
class Builder:
    """Builds recipes. Several threads may each build a recipe.

    Attributes:
        project: the project.
        recipes: the recipes of the project.
        cache: the build cache for tested packages.
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
    channel: str
    bootstrap_channel: str
    fetcher: SourceFetcher
    workers: WorkerPool
    jobs: int
    keep_work: bool

    def build(self, recipe: Recipe, tests: Counter[str], show: Callable[[str], None]) -> None:
        """Build and test a recipe, and store its packages in the build cache.

        Args:
            recipe: the recipe.
            tests: the number of tests by outcome is added to this counter, also if tests fail.
            show: called with each line of the log.

        Raises:
            SourceError: a source cannot be fetched.
            BuildError: the build failed or was killed, or a file of the recipe changed meanwhile.
            PackageTestError: a test failed.
            OSError: a file cannot be written.
        """
        work_dir = self.project.work_dir / f"{recipe.platform}-{recipe.name}"
        interrupted = work_dir.exists()
        shutil.rmtree(work_dir, ignore_errors=True)
        work_dir.mkdir(parents=True)
        self.prime(recipe, work_dir)
        started = time.monotonic()
        packages: list[Path] = []
        log = log_file(self.project, recipe)
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("")
        with _ccache(work_dir, self.project.cache_dir / "ccache", at_once=interrupted):
            for number in range(len(recipe.outputs)):
                answer = self._run_worker(recipe, number, work_dir, log, show)
                tests.update(answer["tests"])
                if "error" in answer:
                    raise self._error(recipe, answer, work_dir, log)
                packages += map(Path, answer["packages"])
        if self.recipes.has_changed(recipe):
            raise BuildError(
                f"{recipe.name}: a file in {recipe.folder} was changed during the build, so the "
                "package may mix two states. Nothing was added to the channel.",
                help="Run the command again.",
            )
        self.cache.store(
            self.recipes.input_hash(recipe),
            name=recipe.name,
            packages=packages,
            seconds=time.monotonic() - started,
            tests=tests,
        )
        if not self.keep_work:
            shutil.rmtree(work_dir, ignore_errors=True)

    def _error(
        self, recipe: Recipe, answer: Mapping[str, Any], work_dir: Path, log: Path
    ) -> CondaEmscriptenError:
        stage, reason = answer["stage"], answer["error"]
        text = f"{recipe.name}: {stage} failed: {reason}\n{tail(log)}\n"
        repeat = (
            f"The work tree is kept in {work_dir}; repeat with 'conda-emscripten build "
            f"{recipe.label}' after a correction in {recipe.folder}."
        )
        if recipe.bootstrap:  # built with the machine's own compiler
            repeat = f"Check this machine with 'conda-emscripten doctor'. {repeat}"
        if stage == "test":
            return PackageTestError(text, help=repeat)
        if reason.startswith("No solution"):
            repeat = (
                f"Build the missing packages, too, with 'conda-emscripten build --with-deps "
                f"{recipe.label}', or correct the requirements in {recipe.folder}."
            )
        return BuildError(text, help=repeat)

    def prime(self, recipe: Recipe, output_dir: Path) -> None:
        """Fetch a recipe's sources into the source cache of ``output_dir``."""
        for source in recipe.sources:
            prime(output_dir, source, self.fetcher.fetch(source))

    def _run_worker(
        self,
        recipe: Recipe,
        number: int,
        work_dir: Path,
        log: Path,
        show: Callable[[str], None],
    ) -> Mapping[str, Any]:
        channels = [self.bootstrap_channel]
        if not recipe.bootstrap:
            channels.insert(0, self.channel)
        job = Job(
            root=str(self.project.root),
            recipe=recipe.label,
            output=number,
            work_dir=str(work_dir),
            channels=tuple(channels),
            keep_work=self.keep_work,
            answer=str(work_dir / "answer.json"),
        )
        env = {
            "CPU_COUNT": str(self.jobs),
            "RATTLER_CACHE_DIR": str(self.project.cache_dir / "rattler"),
        }
        return self.workers.run(job, env=env, log=log, show=show)


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


def log_file(project: Project, recipe: Recipe) -> Path:
    """The path of the full log of a recipe's last build."""
    return project.build_dir / "logs" / f"{recipe.platform}-{recipe.name}.log"
