"""How are recipes built, in which order, and which builds can be left out?

A build has an input hash (``RecipeSet.input_hash``). If the channel holds the packages made from
the same inputs, nothing happens; if the build cache does, they are copied; otherwise a worker
process builds and tests them, and only then do they enter the build cache and the channel.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field, replace
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, Literal

from rich.console import Console

from conda_emscripten.build_cache import BuildCache
from conda_emscripten.build_records import BuildRecord, BuildRecords
from conda_emscripten.build_worker import Job
from conda_emscripten.channel import Channel, locked
from conda_emscripten.errors import BuildError, CondaEmscriptenError, PackageTestError, RecipeError
from conda_emscripten.project import BUILD_PLATFORM, TARGET_PLATFORM, Project
from conda_emscripten.rattler_source_cache import prime
from conda_emscripten.recipes import Recipe, RecipeSet
from conda_emscripten.sources import SourceFetcher
from conda_emscripten.worker_pool import WorkerPool, tail

Status = Literal["up to date", "from cache", "built"]

#: Seconds that a recipe is taken to need that was never built: with a compiler, and without.
_COMPILED, _UNKNOWN = 300.0, 60.0


@dataclass(frozen=True, kw_only=True)
class BuildOptions:
    """What the command line says about a build.

    Attributes:
        with_deps: build what the named recipes need, too.
        force: build the named recipes even if the channel or the cache has them.
        keep_work: keep the work trees of successful builds.
        cached: build nothing; take what the build cache has of the named recipes.
        jobs: processes that one build script may run; of recipes two are built at once unless it
            is 1.
        bootstrap_channel: a channel (conda-forge, say) with the build platform's tools, in place
            of those built from ``channel/bootstrap/``.
    """

    with_deps: bool = False
    force: bool = False
    keep_work: bool = False
    cached: bool = False
    jobs: int = 2
    bootstrap_channel: str | None = None


@dataclass(frozen=True, kw_only=True)
class BuildResult:
    """What became of one recipe; ``packages`` are paths in the channel."""

    recipe: Recipe
    status: Status
    seconds: float
    packages: tuple[Path, ...]


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
        self.recipes = RecipeSet(self.project, bootstrap=self.options.bootstrap_channel is None)
        self.channel = Channel(
            path=self.project.channel_dir, subdirs=(TARGET_PLATFORM, "noarch", BUILD_PLATFORM)
        )
        self.bootstrap = Channel(
            path=self.project.bootstrap_dir, subdirs=(BUILD_PLATFORM, "noarch")
        )
        self.cache = BuildCache(folders=self.project.prebuilt_dirs)
        self.records = BuildRecords(folder=self.project.build_dir / "records")
        self._fetcher = SourceFetcher(
            cache_dir=self.project.cache_dir,
            mirrors_file=self.project.root / "channel" / "mirrors.yaml",
            report=lambda message: self.console.print(message, highlight=False),
        )
        self._writing = threading.Lock()
        self._workers = WorkerPool()

    def build(self, names: Sequence[str]) -> list[BuildResult]:
        """Build recipes by name (``bootstrap/<name>`` for a tool of the build platform).

        Raises:
            CondaEmscriptenError: as the failing recipe raised it, when all has been built that does
                not need it; the rest goes on from there with the next call.
        """
        wanted: list[Recipe] = []
        errors: list[CondaEmscriptenError] = []
        waiting: list[Recipe] = []
        for name in names:
            try:
                recipe = self.recipes.get(name)
            except RecipeError as error:
                errors.append(error)
                continue
            try:
                self.recipes.in_build_order([recipe])
            except RecipeError as error:
                errors.append(error)
                waiting.append(recipe)
            else:
                wanted.append(recipe)
        order = self.recipes.in_build_order(wanted)
        if self.options.cached:
            order = self._only_cached(order)
        elif not self.options.with_deps:
            order = [recipe for recipe in order if recipe in wanted]
        with locked(self.project.build_dir):
            self.bootstrap.create()
            self.channel.create()
            missing = [r for r in order if self._must_build(r, wanted)]
            results, failures = self._run(order, frozenset(missing))
            errors += failures.values()
            waiting += self._waiting(order, results, failures)
        if errors:
            text = "\n\n".join(dict.fromkeys(map(str, errors)))
            if waiting:
                text += f"\n\nNot built, as they need it: {', '.join(r.name for r in waiting)}."
            raise type(errors[0])(text)
        return results

    def fetch(self, names: Sequence[str]) -> list[Path]:
        """Fetch the sources of recipes, also into the cache that ``conda build`` looks into."""
        recipes = [self.recipes.get(name) for name in names]
        if self.options.with_deps:
            recipes = self.recipes.in_build_order(recipes)
        sources = [source for recipe in recipes for source in recipe.sources]
        files = list(self._fetcher.fetch_all(sources).values())
        for recipe in recipes:
            self._prime(recipe, self.project.work_dir)
        return files

    # -- which ----------------------------------------------------------------------------------

    def _must_build(self, recipe: Recipe, wanted: Iterable[Recipe]) -> bool:
        if self.options.force and recipe in wanted:
            return True
        return not self.is_current(recipe) and not self._is_cached(recipe)

    def is_current(self, recipe: Recipe) -> bool:
        """Whether the channel has the packages of a recipe as it is now."""
        record = self.records.read(recipe)
        channel = self._channel_of(recipe)
        return record.hash == self.recipes.input_hash(recipe) and all(
            channel.package(subdir, file).is_file() for subdir, file in record.packages
        )

    def _is_cached(self, recipe: Recipe) -> bool:
        return self.cache.has(self.recipes.input_hash(recipe))

    def _only_cached(self, order: Iterable[Recipe]) -> list[Recipe]:
        """Of recipes in build order those that are there, with all that they run with."""
        kept: list[Recipe] = []
        for recipe in order:
            there = self.is_current(recipe) or self._is_cached(recipe)
            if there and self.recipes.dependencies(recipe, tests=False, build=False) <= set(kept):
                kept.append(recipe)
        return kept

    def _channel_of(self, recipe: Recipe) -> Channel:
        return self.bootstrap if recipe.bootstrap else self.channel

    # -- doing ----------------------------------------------------------------------------------

    def _run(
        self, order: list[Recipe], missing: frozenset[Recipe]
    ) -> tuple[list[BuildResult], dict[Recipe, CondaEmscriptenError]]:
        """Two recipes at a time when ``jobs`` allows: configuring uses one core.

        Of those that can be built, first the one at the head of the longest way to the end.
        """
        sorter: TopologicalSorter[Recipe] = TopologicalSorter()
        for recipe in order:
            sorter.add(recipe, *(self.recipes.dependencies(recipe) & set(order)))
        sorter.prepare()
        results: list[BuildResult] = []
        running: dict[Future[BuildResult | _Failure], Recipe] = {}
        failures: dict[Recipe, CondaEmscriptenError] = {}
        seconds = self._seconds_to_the_end(order, missing)
        ready: list[Recipe] = []
        workers = min(2, self.options.jobs)
        with ThreadPoolExecutor(max_workers=workers) as pool:
            try:
                while True:
                    ready += sorter.get_ready()
                    ready.sort(key=lambda recipe: -seconds[recipe])
                    while ready and len(running) < workers:
                        recipe = ready.pop(0)
                        task = pool.submit(self._bring, recipe, recipe in missing)
                        running[task] = recipe
                    if not running:
                        break
                    finished, _ = wait(running, return_when=FIRST_COMPLETED)
                    for task in finished:
                        recipe, result = running.pop(task), task.result()
                        if isinstance(result, _Failure):
                            failures[recipe] = result.error
                            self._say(recipe, "[red]failed[/red]")
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
                self._workers.stop()
                raise
        return results, failures

    def _seconds_to_the_end(
        self, order: Sequence[Recipe], missing: frozenset[Recipe]
    ) -> dict[Recipe, float]:
        """How long a recipe takes and then what waits for it, by their last builds."""
        seconds = dict.fromkeys(order, 0.0)
        for recipe in reversed(order):
            if recipe in missing:
                guess = _COMPILED if recipe.requirements("build") else _UNKNOWN
                seconds[recipe] += self.records.read(recipe).seconds or guess
            for needed in self.recipes.dependencies(recipe) & seconds.keys():
                seconds[needed] = max(seconds[needed], seconds[recipe])
        return seconds

    def _waiting(
        self, order: Sequence[Recipe], results: Sequence[BuildResult], failures: Collection[Recipe]
    ) -> list[Recipe]:
        """What could not be built as something that it needs failed; their records say so."""
        done = {result.recipe for result in results}.union(failures)
        waiting = [r for r in order if r not in done and not self.is_current(r)]
        for recipe in waiting:
            needed = self.recipes.in_build_order([recipe])
            names = ", ".join(other.name for other in needed if other in failures)
            self._record_failure(recipe, error=f"It needs {names}.", waits=True)
        return waiting

    def _record_failure(self, recipe: Recipe, **fields: Any) -> None:
        with suppress(OSError):  # as of a full disk, which the error tells of
            self.records.write(recipe, replace(self.records.read(recipe), hash="", **fields))

    def _bring(self, recipe: Recipe, must_build: bool) -> BuildResult | _Failure:
        started = time.monotonic()
        tests: Counter[str] = Counter()
        try:
            status = self._provide(recipe, must_build, tests)
        except CondaEmscriptenError as error:
            seconds = round(time.monotonic() - started, 1)
            return _Failure(error=error, seconds=seconds, tests=dict(tests))
        seconds = time.monotonic() - started
        packages = tuple(
            self._channel_of(recipe).package(subdir, file)
            for subdir, file in self.records.read(recipe).packages
        )
        if status != "up to date":
            self._say(recipe, f"[green]{status}[/green] in {seconds:.1f} s")
        return BuildResult(recipe=recipe, status=status, seconds=seconds, packages=packages)

    def _provide(self, recipe: Recipe, must_build: bool, tests: Counter[str]) -> Status:
        try:
            if must_build:
                self._build(recipe, tests)
            elif self.is_current(recipe):
                return "up to date"
            self._add_to_channel(recipe)
        except OSError as error:
            raise BuildError(
                f"{recipe.name}: {error}. If the disk is full, make room ('make clean' removes "
                "build/); then run the command again."
            ) from error
        return "built" if must_build else "from cache"

    def _build(self, recipe: Recipe, tests: Counter[str]) -> None:
        """Build and test in a worker; the packages enter the build cache.

        What the tests count is added to ``tests``, also when they fail.
        """
        work_dir = self.project.work_dir / f"{recipe.platform}-{recipe.name}"
        shutil.rmtree(work_dir, ignore_errors=True)
        work_dir.mkdir(parents=True)
        self._prime(recipe, work_dir)
        self._configure_ccache(work_dir)
        self._say(recipe, f"building {recipe.version}")
        started = time.monotonic()
        packages: list[Path] = []
        log = self.log_file(recipe)
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("")
        for number in range(len(recipe.outputs)):
            answer = self._run_worker(recipe, number, work_dir, log)
            tests.update(answer["tests"])
            if "error" in answer:
                kind = PackageTestError if answer["stage"] == "test" else BuildError
                raise kind(
                    f"{recipe.name}: {answer['stage']} failed: {answer['error']}\n"
                    f"{tail(log)}\nThe work tree is kept in {work_dir}; repeat with "
                    f"'conda-emscripten build {_name(recipe)}' after a correction in "
                    f"{recipe.folder}."
                )
            packages += map(Path, answer["packages"])
        if self.recipes.has_changed(recipe):
            raise BuildError(
                f"{recipe.name}: a file in {recipe.folder} was changed while it was built, so the "
                "package may be a mixture. Nothing was added to the channel; run the command again."
            )
        self.cache.store(
            self.recipes.input_hash(recipe),
            name=recipe.name,
            packages=packages,
            seconds=time.monotonic() - started,
            tests=tests,
        )
        if not self.options.keep_work:
            shutil.rmtree(work_dir, ignore_errors=True)

    def _run_worker(
        self, recipe: Recipe, number: int, work_dir: Path, log: Path
    ) -> Mapping[str, Any]:
        channels = [self.options.bootstrap_channel or self.bootstrap.url]
        if not recipe.bootstrap:
            channels.insert(0, self.channel.url)
        job = Job(
            root=str(self.project.root),
            recipe=_name(recipe),
            output=number,
            work_dir=str(work_dir),
            channels=tuple(channels),
            keep_work=self.options.keep_work,
            answer=str(work_dir / "answer.json"),
        )
        env = {
            "CPU_COUNT": str(self.options.jobs),
            "RATTLER_CACHE_DIR": str(self.project.cache_dir / "rattler"),
        }
        return self._workers.run(job, env=env, log=log, show=lambda line: self._say(recipe, line))

    def _configure_ccache(self, work_dir: Path) -> None:
        """Tell the compiler's activation script where objects are kept, by their content.

        A build that was interrupted is then repeated in a fraction of its time. From another build
        folder few objects are found: 7 % when it was measured.
        """
        (work_dir / "ccache.conf").write_text(
            f"cache_dir = {self.project.cache_dir / 'ccache'}\n"
            f"base_dir = {work_dir}\nhash_dir = false\ncompiler_check = content\n"
        )

    def _add_to_channel(self, recipe: Recipe) -> None:
        cached = self.cache.load(self.recipes.input_hash(recipe))
        channel = self._channel_of(recipe)
        with self._writing:
            added = tuple((subdir, file.name) for subdir, file in cached.packages)
            old = self.records.read(recipe).packages
            channel.add(list(cached.packages))
            channel.remove([package for package in old if package not in added])
            record = BuildRecord(
                hash=self.recipes.input_hash(recipe),
                seconds=cached.seconds,
                packages=added,
                tests=cached.tests,
            )
            self.records.write(recipe, record)
            recipe.write_test_counts(record.tests)

    # -- small things ---------------------------------------------------------------------------

    def log_file(self, recipe: Recipe) -> Path:
        """Where the full log of a recipe's last build is."""
        return self.project.build_dir / "logs" / f"{recipe.platform}-{recipe.name}.log"

    def _prime(self, recipe: Recipe, output_dir: Path) -> None:
        for source in recipe.sources:
            prime(output_dir, source, self._fetcher.fetch(source))

    def _say(self, recipe: Recipe, message: str) -> None:
        self.console.print(f"[bold]{_name(recipe)}[/bold] {message}", highlight=False)


def _name(recipe: Recipe) -> str:
    """As `RecipeSet.get` takes it."""
    return f"bootstrap/{recipe.name}" if recipe.bootstrap else recipe.name
