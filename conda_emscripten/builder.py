"""How is one recipe built and tested?

This module fetches a recipe's sources, runs its build in a worker process, and stores the tested
packages in the build cache.
"""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conda_emscripten.build_cache import BuildCache
from conda_emscripten.build_worker import Job
from conda_emscripten.errors import BuildError, PackageTestError
from conda_emscripten.project import Project
from conda_emscripten.rattler_source_cache import prime
from conda_emscripten.recipe import Recipe
from conda_emscripten.recipes import RecipeSet
from conda_emscripten.sources import SourceFetcher
from conda_emscripten.worker_pool import WorkerPool, tail


@dataclass(frozen=True, kw_only=True)
class Builder:
    """Builds recipes; several threads may build one each.

    Attributes:
        project: the project.
        recipes: its recipes.
        cache: where tested packages are stored.
        bootstrap_channels: where the build platform's tools are.
        channels: where a recipe's environments are solved, the preferred channel first.
        fetcher: fetches sources.
        workers: runs builds in processes of their own.
        jobs: processes that one build script may run.
        keep_work: keep the work trees of successful builds.
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
        """Build and test a recipe; its packages enter the build cache.

        Args:
            recipe: the recipe.
            tests: what its tests count is added, also when they fail.
            show: called with each line of the log.

        Raises:
            SourceError: a source cannot be fetched.
            BuildError: the build failed or was ended, or a file of the recipe changed meanwhile.
            PackageTestError: a test failed.
            OSError: a file cannot be written.
        """
        work_dir = self.project.work_dir / f"{recipe.platform}-{recipe.name}"
        shutil.rmtree(work_dir, ignore_errors=True)
        work_dir.mkdir(parents=True)
        self.prime(recipe, work_dir)
        self._configure_ccache(work_dir)
        started = time.monotonic()
        packages: list[Path] = []
        log = log_file(self.project, recipe)
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("")
        for number in range(len(recipe.outputs)):
            answer = self._run_worker(recipe, number, work_dir, log, show)
            tests.update(answer["tests"])
            if "error" in answer:
                kind = PackageTestError if answer["stage"] == "test" else BuildError
                raise kind(
                    f"{recipe.name}: {answer['stage']} failed: {answer['error']}\n{tail(log)}\n",
                    help=f"The work tree is kept in {work_dir}; repeat with 'conda-emscripten "
                    f"build {recipe.label}' after a correction in {recipe.folder}.",
                )
            packages += map(Path, answer["packages"])
        if self.recipes.has_changed(recipe):
            raise BuildError(
                f"{recipe.name}: a file in {recipe.folder} was changed while it was built, so the "
                "package may be a mixture. Nothing was added to the channel.",
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

    def _configure_ccache(self, work_dir: Path) -> None:
        """Tell the compiler's activation script where objects are kept, by their content.

        A build that was interrupted is then repeated in a fraction of its time. From another build
        folder few objects are found: 7 % when it was measured.
        """
        (work_dir / "ccache.conf").write_text(
            f"cache_dir = {self.project.cache_dir / 'ccache'}\n"
            f"base_dir = {work_dir}\nhash_dir = false\ncompiler_check = content\n"
        )


def log_file(project: Project, recipe: Recipe) -> Path:
    """Where the full log of a recipe's last build is."""
    return project.build_dir / "logs" / f"{recipe.platform}-{recipe.name}.log"
