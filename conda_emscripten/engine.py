"""How are recipes built, and which builds can be left out?

This module makes a plan and carries it out. Packages that a build would make again (``reuse``) are
taken from the channel or from the build cache, and tested again if their tests changed. Other
packages are built and tested, and then added to the build cache and the channel.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from conda_emscripten.build_display import open_display
from conda_emscripten.build_outcome import BuildOutcome, BuildResult, Status
from conda_emscripten.build_plan import BuildPlan, Node, ReadyQueue, make_plan
from conda_emscripten.builder import Builder, OutputBuilder, Task, log_file
from conda_emscripten.channel import locked
from conda_emscripten.content_key import Built
from conda_emscripten.current_tests import NeedsBuildError
from conda_emscripten.environment import check_channel
from conda_emscripten.errors import BuildError, CondaEmscriptenError, RecipeError, SchedulerError
from conda_emscripten.files import os_errors
from conda_emscripten.machines.protocol import security
from conda_emscripten.package_store import PackageStore
from conda_emscripten.project import BUILD_PLATFORM, Project
from conda_emscripten.recipe import Output
from conda_emscripten.recipes import RecipeSet
from conda_emscripten.reuse import Existing, Reuse
from conda_emscripten.sources import SourceFetcher
from conda_emscripten.worker_pool import WorkerPool

#: Seconds until new workers of a scheduler get a job.
_SECONDS_TO_JOIN = 5.0

#: Seconds that an interrupted command waits for stalled downloads. No build starts meanwhile.
_SECONDS_TO_STOP = 5.0


@dataclass(frozen=True, kw_only=True)
class BuildOptions:
    """The command line's options of a build.

    Attributes:
        everything: build all variants and test outputs of the named recipes.
        with_deps: also build the dependencies of the named recipes.
        force: build the named recipes even if the channel or the cache has their packages.
        keep_work: do not remove the work trees of successful builds.
        cached: build and test nothing; add the packages of the named recipes and of their
            dependencies from the build cache.
        retest: test the named recipes even if their tests have passed.
        jobs: processes that a build script may run. With more than 1, two recipes are built at
            once.
        bootstrap_channel: the URL of a channel with the build platform's tools (for example
            conda-forge), instead of building them from ``channel/bootstrap/``.
        verbose: print every line of the logs.
        scheduler: the address of a Dask scheduler whose workers build; None builds here.
    """

    everything: bool = False
    with_deps: bool = False
    force: bool = False
    keep_work: bool = False
    cached: bool = False
    retest: bool = False
    jobs: int = 2
    bootstrap_channel: str | None = None
    verbose: bool = False
    scheduler: str | None = None


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
        self.reuse = Reuse(project=self.project, recipes=self.recipes, store=self.store)
        fetcher = SourceFetcher(
            cache_dir=self.project.cache_dir,
            mirrors_file=self.project.mirrors_file,
            report=self.display.message,
        )
        self._local = Builder(
            project=self.project,
            recipes=self.recipes,
            cache=self.store.cache,
            reuse=self.reuse,
            channel=self.store.channel.url,
            bootstrap_channel=self.options.bootstrap_channel or self.store.bootstrap.url,
            fetcher=fetcher,
            workers=WorkerPool(),
            jobs=self.options.jobs,
            keep_work=self.options.keep_work,
        )

    def build(self, names: Sequence[str]) -> list[BuildResult]:
        """Build recipes or outputs by name (``RecipeSet.select``).

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
                self.recipes.select(name)
        with locked(self.project.build_dir):
            self.store.create_channels()
            plan = make_plan(
                names,
                self.recipes,
                self.store,
                everything=options.everything,
                with_deps=options.with_deps or options.cached,
                force=options.force,
                retest=options.retest,
            )
            builds = any(node.state == "to build" for node in plan.nodes) and not options.cached
            if options.bootstrap_channel and builds:
                check_channel(options.bootstrap_channel, BUILD_PLATFORM, self.project.cache_dir)
            total = sum(node.state != "up to date" for node in plan.nodes)
            try:
                with self._open_builder() as self._builder, self.display.running(total):
                    results, failures = self._schedule(plan)
            finally:
                self.reuse.close()
            blocked = self._record_waiting(plan, results, failures)
        return BuildOutcome(
            results=results,
            failures=failures,
            unreadable=plan.errors,
            waiting=[*plan.waiting, *blocked],
        )

    def fetch(self, names: Sequence[str]) -> list[Path]:
        """Fetch the sources of recipes, and add them to the source cache of ``conda build``."""
        outputs = [output for name in names for output in self.recipes.select(name)]
        if self.options.with_deps:
            outputs = self.recipes.in_build_order(outputs)
        sources = [source for output in outputs for source in output.sources]
        files = list(self._local.fetcher.fetch_all(sources).values())
        for output in outputs:
            self._local.prime(output, self.project.work_dir)
        return files

    @contextmanager
    def _open_builder(self) -> Iterator[OutputBuilder]:
        """What builds: this machine, or the workers of a scheduler."""
        if self.options.scheduler is None:
            yield self._local
            return
        security(self.options.scheduler)  # reports that Dask is not installed
        from conda_emscripten.machines.cluster import connected
        from conda_emscripten.machines.coordinator import RemoteBuilder

        with connected(self.options.scheduler, self.display.message) as cluster:
            yield RemoteBuilder(
                local=self._local,
                store=self.store,
                cluster=cluster,
                bootstrap_channel=self.options.bootstrap_channel or "",
                force=self.options.force,
            )

    def log_file(self, output: Output) -> Path:
        """The path of the full log of an output's last build."""
        return log_file(self.project, output)

    def _schedule(
        self, plan: BuildPlan
    ) -> tuple[list[BuildResult], dict[Output, CondaEmscriptenError]]:
        """Carry out a plan: ready outputs are built in critical-path order."""
        queue = ReadyQueue(plan.nodes)
        results: list[BuildResult] = []
        failures: dict[Output, CondaEmscriptenError] = {}
        running: dict[Future[BuildResult | _Failure | None], Output] = {}
        pool = ThreadPoolExecutor(max_workers=len(plan.nodes) or 1)
        try:
            while True:
                slots = self._builder.slots
                while len(running) < slots and (node := queue.take()):
                    running[pool.submit(self._ensure_package, node)] = node.output
                if not running:
                    break
                # Workers join during a build.
                finished, _ = wait(running, _SECONDS_TO_JOIN, return_when=FIRST_COMPLETED)
                for task in finished:
                    output, result = running.pop(task), task.result()
                    if isinstance(result, _Failure):
                        failures[output] = result.error
                        if not isinstance(result.error, SchedulerError):
                            self._record_failure(
                                output,
                                error=str(result.error),
                                waits=False,
                                seconds=result.seconds,
                                tests=result.tests,
                            )
                        continue
                    if result:
                        results.append(result)
                    queue.done(output)
        except BaseException:
            self._builder.stop()
            wait(running, timeout=_SECONDS_TO_STOP)
            raise
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        return results, failures

    def _ensure_package(self, node: Node) -> BuildResult | _Failure | None:
        """Make sure that the channel has the package of an output.

        Returns:
            None if the package would have to be built, and the option ``cached`` forbids it.
        """
        output, started = node.output, time.monotonic()
        tests: Counter[str] = Counter()
        status: Status | None = "up to date"
        if node.state != "up to date" or node.forced or node.retest:
            try:
                with os_errors(BuildError, f"{output.key}: a file cannot be written"):
                    status = self._build_or_reuse(node, tests)
            except CondaEmscriptenError as error:
                seconds = round(time.monotonic() - started, 1)
                missed = isinstance(error, SchedulerError)
                self.display.finish(output, "not built" if missed else "failed", seconds)
                return _Failure(error=error, seconds=seconds, tests=dict(tests))
        if status is None:
            return None
        seconds = time.monotonic() - started
        if status not in ("up to date", "unchanged"):
            self.display.finish(output, status, seconds)
        package = self.store.package(output)
        assert package is not None
        return BuildResult(output=output, status=status, seconds=seconds, package=package)

    def _build_or_reuse(self, node: Node, tests: Counter[str]) -> Status | None:
        output = node.output
        if self.options.cached and not self._is_installable(output):
            return None
        if not node.forced and (existing := self.reuse.find(output)):
            with suppress(NeedsBuildError):
                return self._reuse(node, existing, tests)
        if self.options.cached:
            return None
        if stale := self.reuse.stale_dependencies(output):
            names = ", ".join(each.label for each in stale)
            self.display.message(
                f"{output.label} is built with packages that are out of date: {names}. The option "
                "--with-deps builds these first."
            )
        self.display.start(output, node.estimate)
        entry, built = self._builder.run(
            Task(output=output, tests=tests, show=partial(self.display.line, output))
        )
        self.store.add_from_cache(output, entry, self.reuse.recorded_key(output), built)
        return "built"

    def _reuse(self, node: Node, existing: Existing, tests: Counter[str]) -> Status:
        """Take an existing package, and test it again if its tests changed."""
        output, cached, built = node.output, existing.cached, existing.built
        if not built.content:  # made by an earlier version from the present inputs, tests included
            built = self._identify(output, cached)
        if self.options.cached:
            if existing.by_content and built.tests != self.reuse.tests_key(output, built):
                built = replace(built, tests="")
        elif (
            node.state == "untested"
            or node.retest
            or (existing.by_content and built.tests != self.reuse.tests_key(output, built))
        ):
            task = Task(
                output=output,
                tests=tests,
                show=partial(self.display.line, output),
                package=self._locate(output, cached),
                built=built,
            )
            self.display.start_tests(output)
            cached, built = self._builder.run(task)
            self.store.add_from_cache(output, cached, self._key(output, existing), built)
            return "tested"
        key = self._key(output, existing)
        if cached is None:
            self.store.adopt(output, key, built)
            return "unchanged"
        self.store.add_from_cache(output, cached, key, built)
        return "from cache"

    def _key(self, output: Output, existing: Existing) -> str:
        """The static key to record for an existing package."""
        if existing.by_content:
            return self.reuse.recorded_key(output)
        return self.recipes.static_key(output)

    def _locate(self, output: Output, cached: str | None) -> tuple[str, Path]:
        """Subdir and file of an existing package."""
        if cached is not None:
            (package,) = self.store.cache.load(cached).of(output.name)
            return package
        file = self.store.package(output)
        assert file is not None
        return file.parent.name, file

    def _identify(self, output: Output, cached: str | None) -> Built:
        _, package = self._locate(output, cached)
        return self.reuse.with_tests(output, self.reuse.identify(output, package))

    def _is_installable(self, output: Output) -> bool:
        """Whether the channel has what the output's package depends on."""
        needed = self.recipes.dependencies(output, tests=False, build=False)
        return all(self.store.package(each) is not None for each in needed)

    def _record_waiting(
        self,
        plan: BuildPlan,
        results: Sequence[BuildResult],
        failures: Mapping[Output, CondaEmscriptenError],
    ) -> list[Output]:
        """Record the outputs that need a failed output, and return them."""
        waiting: list[Output] = []
        blame: dict[Output, dict[str, None]] = {output: {output.key: None} for output in failures}
        missed = {o.key for o, error in failures.items() if isinstance(error, SchedulerError)}
        done = {result.output for result in results}.union(failures)
        for node in plan.nodes:
            if node.output in done:
                continue
            blame[node.output] = {
                name: None for needed in plan.in_order(node.needs) for name in blame.get(needed, ())
            }
            if not blame[node.output]:  # left out by the option ``cached``
                continue
            if node.state == "up to date":
                continue
            waiting.append(node.output)
            if missed.issuperset(blame[node.output]):  # no recipe is at fault
                continue
            names = ", ".join(blame[node.output])
            self._record_failure(node.output, error=f"A dependency failed: {names}.", waits=True)
        return waiting

    def _record_failure(self, output: Output, **fields: Any) -> None:
        with suppress(OSError):  # a full disk, which the output's own error names
            record = self.store.records.read(output)
            self.store.records.write(output, replace(record, hash="", **fields))
