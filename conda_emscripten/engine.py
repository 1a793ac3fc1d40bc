"""How are recipes built, and which builds can be left out?

This module makes a plan and carries it out. If the channel holds the packages made from the same
inputs (``RecipeSet.input_hash``), nothing happens; if the build cache does, they are copied;
otherwise they are built and tested, and only then enter the build cache and the channel.
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
from conda_emscripten.errors import BuildError, CondaEmscriptenError
from conda_emscripten.package_store import PackageStore
from conda_emscripten.project import Project
from conda_emscripten.recipe import Recipe
from conda_emscripten.recipes import RecipeSet
from conda_emscripten.sources import SourceFetcher
from conda_emscripten.worker_pool import WorkerPool

Status = Literal["up to date", "from cache", "built"]

#: An interrupted command waits so long for a download that stalls. No build starts meanwhile.
_SECONDS_TO_STOP = 5.0


@dataclass(frozen=True, kw_only=True)
class BuildOptions:
    """The command line's options of a build.

    Attributes:
        with_deps: also build what the named recipes need.
        force: build the named recipes even if the channel or the cache has them.
        keep_work: keep the work trees of successful builds.
        cached: build nothing; take what the build cache has of the named recipes.
        jobs: processes that one build script may run. Two recipes are built at once unless it is 1.
        bootstrap_channel: a channel (conda-forge, say) with the build platform's tools, in place
            of those built from ``channel/bootstrap/``.
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
    """A recipe that was built or was there; ``packages`` are paths in the channel."""

    recipe: Recipe
    status: Status
    seconds: float
    packages: tuple[Path, ...]


@dataclass(frozen=True, kw_only=True)
class BuildOutcome:
    """The end of a build.

    Attributes:
        results: the recipes that are in the channel, in the order in which they were ready.
        failures: the error of each recipe that failed.
        unreadable: errors of recipes that were not planned.
        waiting: recipes that need one that failed.
    """

    results: list[BuildResult]
    failures: dict[Recipe, CondaEmscriptenError]
    unreadable: tuple[CondaEmscriptenError, ...]
    waiting: list[Recipe]

    @property
    def errors(self) -> list[CondaEmscriptenError]:
        """All errors, each text once."""
        errors = [*self.unreadable, *self.failures.values()]
        return list({str(error): error for error in errors}.values())

    @property
    def error(self) -> CondaEmscriptenError | None:
        """All errors as one, of the first one's class; None after a success."""
        errors = self.errors
        if not errors:
            return None
        text = "\n\n".join(map(str, errors))
        if self.waiting:
            names = ", ".join(recipe.name for recipe in self.waiting)
            text += f"\n\nNot built, as they need it: {names}."
        elif len(errors) == 1:
            return errors[0]
        return type(errors[0])(text, help="")  # each error's help is in the text


@dataclass(frozen=True, kw_only=True)
class _Failure:
    """Why a recipe failed; ``seconds`` and ``tests`` are those of this time."""

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
            CondaEmscriptenError: `BuildOutcome.error`. Everything that does not need the failed
                recipe has been built; the next call goes on from there.
        """
        outcome = self.run(names)
        if error := outcome.error:
            raise error
        return outcome.results

    def run(self, names: Sequence[str]) -> BuildOutcome:
        """`build`, with the errors of recipes in the result.

        Raises:
            UsageError: there is no recipe of a name.
            RecipeError: recipes need each other in a cycle.
            ChannelError: another command works in the build folder.
        """
        options = self.options
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
        """Fetch the sources of recipes, also into the cache that ``conda build`` looks into."""
        recipes = [self.recipes.get(name) for name in names]
        if self.options.with_deps:
            recipes = self.recipes.in_build_order(recipes)
        sources = [source for recipe in recipes for source in recipe.sources]
        files = list(self._fetcher.fetch_all(sources).values())
        for recipe in recipes:
            self._builder.prime(recipe, self.project.work_dir)
        return files

    def log_file(self, recipe: Recipe) -> Path:
        """Where the full log of a recipe's last build is."""
        return log_file(self.project, recipe)

    def _schedule(
        self, plan: BuildPlan
    ) -> tuple[list[BuildResult], dict[Recipe, CondaEmscriptenError]]:
        """Two recipes at a time when ``jobs`` allows: configuring uses one core.

        Ready recipes are taken in critical-path order.
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
        """Bring the packages of one recipe into the channel."""
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
        try:
            if node.state == "to build":
                self.display.start(recipe, node.estimate)
                self._builder.build(recipe, tests, lambda line: self.display.line(recipe, line))
            record = self.store.add_from_cache(recipe, node.input_hash)
            recipe.write_test_counts(record.tests)
        except OSError as error:
            raise BuildError(
                f"{recipe.name}: {error}.",
                help="If the disk is full, make room ('make clean' removes build/); then run the "
                "command again.",
            ) from error
        return "built" if node.state == "to build" else "from cache"

    def _record_waiting(
        self, plan: BuildPlan, results: Sequence[BuildResult], failures: Collection[Recipe]
    ) -> list[Recipe]:
        """The recipes that need one that failed; their records say so."""
        done = {result.recipe for result in results}.union(failures)
        waiting = [
            node.recipe
            for node in plan.nodes
            if node.recipe not in done and node.state != "up to date"
        ]
        for recipe in waiting:
            needed = self.recipes.in_build_order([recipe])
            names = ", ".join(other.name for other in needed if other in failures)
            self._record_failure(recipe, error=f"It needs {names}.", waits=True)
        return waiting

    def _record_failure(self, recipe: Recipe, **fields: Any) -> None:
        with suppress(OSError):  # of a full disk, which the recipe's error names
            record = self.store.records.read(recipe)
            self.store.records.write(recipe, replace(record, hash="", **fields))
