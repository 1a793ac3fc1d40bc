"""How are recipes built, and which builds can be left out?

This module makes a plan and carries it out. Packages from the same inputs
(``RecipeSet.input_hash``) are taken from the channel or from the build cache. Other packages are
built and tested, and then added to the build cache and the channel.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field, replace
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, Literal

from rich.console import Console

from conda_emscripten.build_display import open_display
from conda_emscripten.build_plan import BuildPlan, Node, make_plan
from conda_emscripten.builder import Builder, log_file
from conda_emscripten.channel import locked
from conda_emscripten.environment import check_channel
from conda_emscripten.errors import BuildError, CondaEmscriptenError, RecipeError
from conda_emscripten.files import os_errors
from conda_emscripten.package_store import PackageStore
from conda_emscripten.project import BUILD_PLATFORM, Project
from conda_emscripten.recipe import Recipe
from conda_emscripten.recipes import RecipeSet
from conda_emscripten.sources import SourceFetcher
from conda_emscripten.worker_pool import WorkerPool

Status = Literal["up to date", "from cache", "built"]

#: Seconds that an interrupted command waits for stalled downloads. No build starts meanwhile.
_SECONDS_TO_STOP = 5.0


@dataclass(frozen=True, kw_only=True)
class BuildOptions:
    """The command line's options of a build.

    Attributes:
        with_deps: also build the dependencies of the named recipes.
        force: build the named recipes even if the channel or the cache has their packages.
        keep_work: do not remove the work trees of successful builds.
        cached: build nothing; add the packages of the named recipes from the build cache.
        jobs: processes that a build script may run. With more than 1, two recipes are built at
            once.
        bootstrap_channel: the URL of a channel with the build platform's tools (for example
            conda-forge), instead of building them from ``channel/bootstrap/``.
        verbose: print every line of the logs.
    """

    with_deps: bool = False
    force: bool = False
    keep_work: bool = False
    cached: bool = False
    jobs: int = 2
    bootstrap_channel: str | None = None
    verbose: bool = False


@dataclass(frozen=True, kw_only=True)
class BuildResult:
    """A recipe whose packages are in the channel; ``packages`` are their paths."""

    recipe: Recipe
    status: Status
    seconds: float
    packages: tuple[Path, ...]


@dataclass(frozen=True, kw_only=True)
class BuildOutcome:
    """The result of a build.

    Attributes:
        results: the recipes whose packages are in the channel, in the order of completion.
        failures: the error of each failed recipe.
        unreadable: the errors of recipes that could not be planned.
        waiting: the recipes that need a failed recipe.
    """

    results: list[BuildResult]
    failures: dict[Recipe, CondaEmscriptenError]
    unreadable: tuple[CondaEmscriptenError, ...]
    waiting: list[Recipe]

    @property
    def errors(self) -> list[CondaEmscriptenError]:
        """All errors, without duplicates."""
        errors = [*self.unreadable, *self.failures.values()]
        return list({str(error): error for error in errors}.values())

    @property
    def error(self) -> CondaEmscriptenError | None:
        """All errors in one error, with the class of the first; None after a success."""
        errors = self.errors
        if not errors:
            return None
        if len(errors) == 1 and not self.waiting:
            return errors[0]
        text = "\n\n".join(map(str, errors))
        if self.waiting:
            names = ", ".join(recipe.name for recipe in self.waiting)
            text += f"\n\nNot built, because of failed dependencies: {names}."
        return type(errors[0])(f"{text}\n", help="Then run the command again.")


@dataclass(frozen=True, kw_only=True)
class _Failure:
    """Why a recipe failed; ``seconds`` and ``tests`` belong to the failed build."""

    error: CondaEmscriptenError
    seconds: float
    tests: dict[str, int]


@dataclass(kw_only=True)
class Engine:
    """Builds recipes of a project into its channels."""

    project: Project
    console: Console
    options: BuildOptions = field(default_factory=BuildOptions)

    def __post_init__(self) -> None:
        self.display = open_display(self.console, verbose=self.options.verbose)
        self.recipes = RecipeSet(self.project, bootstrap=self.options.bootstrap_channel is None)
        self.store = PackageStore.of(self.project, warn=self.display.message)
        self._workers = WorkerPool()
        self._fetcher = SourceFetcher(
            cache_dir=self.project.cache_dir,
            mirrors_file=self.project.mirrors_file,
            report=self.display.message,
        )
        self._builder = Builder(
            project=self.project,
            recipes=self.recipes,
            cache=self.store.cache,
            channel=self.store.channel.url,
            bootstrap_channel=self.options.bootstrap_channel or self.store.bootstrap.url,
            fetcher=self._fetcher,
            workers=self._workers,
            jobs=self.options.jobs,
            keep_work=self.options.keep_work,
        )

    def build(self, names: Sequence[str]) -> list[BuildResult]:
        """Build recipes by name (``bootstrap/<name>`` for a tool of the build platform).

        Raises:
            CondaEmscriptenError: ``BuildOutcome.error``. All recipes that do not need the failed
                recipe have been built; the next call continues from there.
        """
        outcome = self.run(names)
        if error := outcome.error:
            raise error
        return outcome.results

    def run(self, names: Sequence[str]) -> BuildOutcome:
        """Build recipes as ``build`` does, but return the errors of recipes.

        Raises:
            UsageError: there is no recipe of one of the names.
            RecipeError: recipes need each other in a cycle.
            ChannelError: another command works in the build folder, or the bootstrap channel
                cannot be read.
        """
        options = self.options
        for name in names:
            with suppress(RecipeError):  # the outcome has it; a wrong name ends the command here
                self.recipes.get(name)
        with locked(self.project.build_dir):
            self.store.create_channels()
            plan = make_plan(
                names,
                self.recipes,
                self.store,
                with_deps=options.with_deps,
                force=options.force,
                cached=options.cached,
            )
            if options.bootstrap_channel and any(node.state == "to build" for node in plan.nodes):
                check_channel(options.bootstrap_channel, BUILD_PLATFORM, self.project.cache_dir)
            with self.display.running(sum(node.state != "up to date" for node in plan.nodes)):
                results, failures = self._schedule(plan)
            blocked = self._record_waiting(plan, results, failures)
        return BuildOutcome(
            results=results,
            failures=failures,
            unreadable=plan.errors,
            waiting=[*plan.waiting, *blocked],
        )

    def fetch(self, names: Sequence[str]) -> list[Path]:
        """Fetch the sources of recipes, and add them to the source cache of ``conda build``."""
        recipes = [self.recipes.get(name) for name in names]
        if self.options.with_deps:
            recipes = self.recipes.in_build_order(recipes)
        sources = [source for recipe in recipes for source in recipe.sources]
        files = list(self._fetcher.fetch_all(sources).values())
        for recipe in recipes:
            self._builder.prime(recipe, self.project.work_dir)
        return files

    def log_file(self, recipe: Recipe) -> Path:
        """The path of the full log of a recipe's last build."""
        return log_file(self.project, recipe)

    def _schedule(
        self, plan: BuildPlan
    ) -> tuple[list[BuildResult], dict[Recipe, CondaEmscriptenError]]:
        """Carry out a plan: ready recipes are built in critical-path order.

        Two recipes are built at once if ``jobs`` allows it, since configuring uses one core.
        """
        nodes = {node.recipe: node for node in plan.nodes}
        sorter = TopologicalSorter({node.recipe: node.needs for node in plan.nodes})
        sorter.prepare()
        results: list[BuildResult] = []
        failures: dict[Recipe, CondaEmscriptenError] = {}
        running: dict[Future[BuildResult | _Failure], Recipe] = {}
        ready: list[Node] = []
        workers = min(2, self.options.jobs)
        pool = ThreadPoolExecutor(max_workers=workers)
        try:
            while True:
                ready += [nodes[recipe] for recipe in sorter.get_ready()]
                ready.sort(key=lambda node: -node.path)
                while ready and len(running) < workers:
                    node = ready.pop(0)
                    running[pool.submit(self._ensure_packages, node)] = node.recipe
                if not running:
                    break
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                for task in finished:
                    recipe, result = running.pop(task), task.result()
                    if isinstance(result, _Failure):
                        failures[recipe] = result.error
                        self._record_failure(
                            recipe,
                            error=str(result.error),
                            waits=False,
                            seconds=result.seconds,
                            tests=result.tests,
                        )
                    else:
                        results.append(result)
                        sorter.done(recipe)
        except BaseException:
            self._fetcher.stop()
            self._workers.stop()
            wait(running, timeout=_SECONDS_TO_STOP)
            raise
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        return results, failures

    def _ensure_packages(self, node: Node) -> BuildResult | _Failure:
        """Make sure that the channel has the packages of a recipe."""
        recipe, started = node.recipe, time.monotonic()
        tests: Counter[str] = Counter()
        status: Status = "up to date"
        if node.state != "up to date":
            try:
                status = self._build_or_reuse(node, tests)
            except CondaEmscriptenError as error:
                seconds = round(time.monotonic() - started, 1)
                self.display.finish(recipe, "failed", seconds)
                return _Failure(error=error, seconds=seconds, tests=dict(tests))
        seconds = time.monotonic() - started
        if status != "up to date":
            self.display.finish(recipe, status, seconds)
        packages = self.store.packages(recipe)
        return BuildResult(recipe=recipe, status=status, seconds=seconds, packages=packages)

    def _build_or_reuse(self, node: Node, tests: Counter[str]) -> Status:
        recipe = node.recipe
        with os_errors(BuildError, f"{recipe.name}: a file cannot be written"):
            if node.state == "to build":
                self.display.start(recipe, node.estimate)
                self._builder.build(recipe, tests, lambda line: self.display.line(recipe, line))
            record = self.store.add_from_cache(recipe, node.input_hash)
            recipe.write_test_counts(record.tests)
        return "built" if node.state == "to build" else "from cache"

    def _record_waiting(
        self, plan: BuildPlan, results: Sequence[BuildResult], failures: Collection[Recipe]
    ) -> list[Recipe]:
        """Record the recipes that need a failed recipe, and return them."""
        done = {result.recipe for result in results}.union(failures)
        waiting: list[Recipe] = []
        blame: dict[Recipe, dict[str, None]] = {recipe: {recipe.name: None} for recipe in failures}
        for node in plan.nodes:
            if node.recipe in done or node.state == "up to date":
                continue
            blame[node.recipe] = {
                name: None for needed in plan.in_order(node.needs) for name in blame.get(needed, ())
            }
            names = ", ".join(blame[node.recipe])
            self._record_failure(node.recipe, error=f"A dependency failed: {names}.", waits=True)
            waiting.append(node.recipe)
        return waiting

    def _record_failure(self, recipe: Recipe, **fields: Any) -> None:
        with suppress(OSError):  # a full disk, which the recipe's own error names
            record = self.store.records.read(recipe)
            self.store.records.write(recipe, replace(record, hash="", **fields))
