"""How are recipes built, in which order, and which builds can be left out?

A build has an input hash (``RecipeSet.input_hash``). If the channel holds the packages made from
the same inputs, nothing happens; if the build cache does, they are copied; otherwise a worker
process builds and tests them, and only then do they enter the build cache and the channel.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.markup import escape

from conda_emscripten.channel import Channel, copy_atomically, locked, sha256_of
from conda_emscripten.errors import BuildError, CondaEmscriptenError, PackageTestError
from conda_emscripten.project import BUILD_PLATFORM, TARGET_PLATFORM, Project
from conda_emscripten.recipes import Recipe, RecipeSet
from conda_emscripten.source_cache import prime
from conda_emscripten.sources import SourceFetcher
from conda_emscripten.worker import Job

Status = Literal["up to date", "from cache", "built"]

#: Lines of a failed build's log that are shown with the error.
_TAIL = 30


@dataclass(frozen=True, kw_only=True)
class BuildOptions:
    """What the command line says about a build.

    Attributes:
        with_deps: build what the named recipes need, too.
        force: build the named recipes even if the channel or the cache has them.
        keep_work: keep the work trees of successful builds.
        jobs: processes that one build script may run.
        bootstrap_channel: a channel (conda-forge, say) with the build platform's tools, in place
            of those built from ``channel/bootstrap/``.
    """

    with_deps: bool = False
    force: bool = False
    keep_work: bool = False
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
class Record:
    """What the channel holds of a recipe: made from which inputs, in which files."""

    hash: str = ""
    seconds: float = 0.0
    packages: tuple[tuple[str, str], ...] = ()


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
        self._writing = threading.Lock()
        self._running: set[subprocess.Popen[str]] = set()

    def build(self, names: Sequence[str]) -> list[BuildResult]:
        """Build recipes by name (``bootstrap/<name>`` for a tool of the build platform).

        Raises:
            CondaEmscriptenError: as the first failing recipe raised it; what was built before it
                is in the channel, and the rest goes on from there with the next call.
        """
        wanted = [self.recipes.get(name) for name in names]
        order = self.recipes.in_build_order(wanted)
        if not self.options.with_deps:
            order = [recipe for recipe in order if recipe in wanted]
        with locked(self.project.build_dir):
            self.bootstrap.create()
            self.channel.create()
            missing = [r for r in order if self._must_build(r, wanted)]
            self._fetch(missing)
            return self._run(order, frozenset(missing))

    def fetch(self, names: Sequence[str]) -> list[Path]:
        """Fetch the sources of recipes, also into the cache that ``conda build`` looks into."""
        recipes = [self.recipes.get(name) for name in names]
        if self.options.with_deps:
            recipes = self.recipes.in_build_order(recipes)
        files = self._fetch(recipes)
        for recipe in recipes:
            self._prime(recipe, self.project.work_dir)
        return files

    # -- which ----------------------------------------------------------------------------------

    def _must_build(self, recipe: Recipe, wanted: Iterable[Recipe]) -> bool:
        if self.options.force and recipe in wanted:
            return True
        return not self._is_current(recipe) and self._cached(recipe) is None

    def _is_current(self, recipe: Recipe) -> bool:
        record = self._read_record(recipe)
        channel = self._channel_of(recipe)
        return record.hash == self.recipes.input_hash(recipe) and all(
            channel.package(subdir, file).is_file() for subdir, file in record.packages
        )

    def _cached(self, recipe: Recipe) -> Path | None:
        for folder in self.project.prebuilt_dirs:
            found = folder / self.recipes.input_hash(recipe)
            if (found / "build.json").is_file():
                return found
        return None

    def _channel_of(self, recipe: Recipe) -> Channel:
        return self.bootstrap if recipe.bootstrap else self.channel

    # -- doing ----------------------------------------------------------------------------------

    def _run(self, order: list[Recipe], missing: frozenset[Recipe]) -> list[BuildResult]:
        """Two recipes at a time when ``jobs`` allows: configuring uses one core."""
        sorter: TopologicalSorter[Recipe] = TopologicalSorter()
        for recipe in order:
            sorter.add(recipe, *(self.recipes.dependencies(recipe) & set(order)))
        sorter.prepare()
        results: list[BuildResult] = []
        running: dict[Future[BuildResult], Recipe] = {}
        failure: CondaEmscriptenError | None = None
        with ThreadPoolExecutor(max_workers=min(2, self.options.jobs)) as pool:
            try:
                while (sorter.is_active() and not failure) or running:
                    if not failure:
                        for recipe in sorter.get_ready():
                            task = pool.submit(self._bring, recipe, recipe in missing)
                            running[task] = recipe
                    finished, _ = wait(running, return_when=FIRST_COMPLETED)
                    for task in finished:
                        recipe = running.pop(task)
                        try:
                            results.append(task.result())
                            sorter.done(recipe)
                        except CondaEmscriptenError as error:
                            failure = failure or error
                            for other in running:
                                other.cancel()
                            running = {t: r for t, r in running.items() if not t.cancelled()}
            except BaseException:
                self._stop_workers()
                raise
        if failure:
            raise failure
        return results

    def _bring(self, recipe: Recipe, must_build: bool) -> BuildResult:
        started = time.monotonic()
        status: Status = "up to date"
        if must_build:
            cached, status = self._build(recipe), "built"
        elif not self._is_current(recipe):
            found = self._cached(recipe)
            assert found is not None, "decided by _must_build"
            cached, status = found, "from cache"
        if status != "up to date":
            self._add_to_channel(recipe, cached)
        seconds = time.monotonic() - started
        packages = tuple(
            self._channel_of(recipe).package(subdir, file)
            for subdir, file in self._read_record(recipe).packages
        )
        if status != "up to date":
            self._say(recipe, f"[green]{status}[/green] in {seconds:.1f} s")
        return BuildResult(recipe=recipe, status=status, seconds=seconds, packages=packages)

    def _build(self, recipe: Recipe) -> Path:
        """Build and test in a worker; the packages' folder in the build cache."""
        work_dir = self.project.work_dir / f"{recipe.platform}-{recipe.name}"
        shutil.rmtree(work_dir, ignore_errors=True)
        work_dir.mkdir(parents=True)
        self._prime(recipe, work_dir)
        self._say(recipe, f"building {recipe.version}")
        started = time.monotonic()
        packages: list[Path] = []
        log = self.log_file(recipe)
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("")
        for number in range(len(recipe.outputs)):
            packages += self._run_worker(recipe, number, work_dir, log)
        if self.recipes.has_changed(recipe):
            raise BuildError(
                f"{recipe.name}: a file in {recipe.folder} was changed while it was built, so the "
                "package may be a mixture. Nothing was added to the channel; run the command again."
            )
        found = self._store(recipe, packages, time.monotonic() - started)
        if not self.options.keep_work:
            shutil.rmtree(work_dir, ignore_errors=True)
        return found

    def _run_worker(self, recipe: Recipe, number: int, work_dir: Path, log: Path) -> list[Path]:
        answer = work_dir / "answer.json"
        answer.unlink(missing_ok=True)
        channels = [self.options.bootstrap_channel or self.bootstrap.url]
        if not recipe.bootstrap:
            channels.insert(0, self.channel.url)
        job = Job(
            root=str(self.project.root),
            recipe=f"bootstrap/{recipe.name}" if recipe.bootstrap else recipe.name,
            output=number,
            work_dir=str(work_dir),
            channels=tuple(channels),
            keep_work=self.options.keep_work,
            answer=str(answer),
        )
        env = {
            **os.environ,
            "CPU_COUNT": str(self.options.jobs),
            "RATTLER_CACHE_DIR": str(self.project.cache_dir / "rattler"),
        }
        worker = subprocess.Popen(
            [sys.executable, "-m", "conda_emscripten.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=env,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._running.add(worker)
        assert worker.stdin is not None and worker.stdout is not None
        worker.stdin.write(job.to_json() + "\n")
        worker.stdin.flush()  # and left open: its end is the worker's end
        with log.open("a") as file:
            for line in worker.stdout:
                file.write(line)
                file.flush()
                if shown := shorten(line):
                    self._say(recipe, f"[dim]{escape(shown)}[/dim]")
        code = worker.wait()
        worker.stdin.close()
        self._running.discard(worker)
        if not answer.is_file():
            how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
            raise BuildError(
                f"The build of {recipe.name} was ended by {how}. Nothing was added to the channel; "
                f"run the command again. {self._tail(log)}"
            )
        found = json.loads(answer.read_text())
        if "error" in found:
            kind = PackageTestError if found["stage"] == "test" else BuildError
            raise kind(
                f"{recipe.name}: {found['stage']} failed: {found['error']}\n{self._tail(log)}\n"
                f"The work tree is kept in {work_dir}; repeat with "
                f"'conda-emscripten build {job.recipe}' after a correction in {recipe.folder}."
            )
        return [Path(path) for path in found["packages"]]

    def _store(self, recipe: Recipe, packages: list[Path], seconds: float) -> Path:
        """Copy built packages to the build cache, whole or not at all."""
        target = self.project.prebuilt_dirs[0] / self.recipes.input_hash(recipe)
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".") as folder:
            entries = []
            for package in packages:
                copy_atomically(package, Path(folder) / package.name)
                entries.append([package.parent.name, package.name, sha256_of(package)])
            build = {"name": recipe.name, "seconds": round(seconds, 1), "packages": entries}
            (Path(folder) / "build.json").write_text(json.dumps(build, indent=1))
            shutil.rmtree(target, ignore_errors=True)
            Path(folder).rename(target)
            Path(folder).mkdir()
        target.chmod(0o755)
        return target

    def _add_to_channel(self, recipe: Recipe, cached: Path) -> None:
        build = json.loads((cached / "build.json").read_text())
        packages = []
        for subdir, file, sha256 in build["packages"]:
            if sha256_of(cached / file) != sha256:
                shutil.rmtree(cached, ignore_errors=True)
                raise BuildError(
                    f"{file} in the build cache was damaged and has been removed. Run again."
                )
            packages.append((subdir, cached / file))
        channel = self._channel_of(recipe)
        with self._writing:
            added = tuple((subdir, file.name) for subdir, file in packages)
            old = self._read_record(recipe).packages
            channel.remove([package for package in old if package not in added])
            channel.add(packages)
            record = Record(
                hash=self.recipes.input_hash(recipe), seconds=build["seconds"], packages=added
            )
            file = self._record_file(recipe)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.with_suffix(".tmp").write_text(json.dumps(asdict(record), indent=1))
            file.with_suffix(".tmp").replace(file)

    # -- small things ---------------------------------------------------------------------------

    def log_file(self, recipe: Recipe) -> Path:
        """Where the full log of a recipe's last build is."""
        return self.project.build_dir / "logs" / f"{recipe.platform}-{recipe.name}.log"

    def _record_file(self, recipe: Recipe) -> Path:
        return self.project.build_dir / "records" / f"{recipe.platform}-{recipe.name}.json"

    def _read_record(self, recipe: Recipe) -> Record:
        file = self._record_file(recipe)
        if not file.is_file():
            return Record()
        fields = json.loads(file.read_text())
        return Record(**{**fields, "packages": tuple(map(tuple, fields["packages"]))})

    def _fetch(self, recipes: Iterable[Recipe]) -> list[Path]:
        fetcher = self._fetcher()
        found = fetcher.fetch_all(source for recipe in recipes for source in recipe.sources)
        return list(found.values())

    def _fetcher(self) -> SourceFetcher:
        return SourceFetcher(
            cache_dir=self.project.cache_dir,
            mirrors_file=self.project.root / "channel" / "mirrors.yaml",
            report=lambda message: self.console.print(message, highlight=False),
        )

    def _prime(self, recipe: Recipe, output_dir: Path) -> None:
        fetcher = self._fetcher()
        for source in recipe.sources:
            prime(output_dir, source, fetcher.fetch(source))

    def _say(self, recipe: Recipe, message: str) -> None:
        where = "bootstrap/" if recipe.bootstrap else ""
        self.console.print(f"[bold]{where}{recipe.name}[/bold] {message}", highlight=False)

    def _tail(self, log: Path) -> str:
        lines = log.read_text(errors="replace").splitlines()[-_TAIL:]
        return "\n".join([f"The last lines of {log}:", *(f"  | {line}" for line in lines)])

    def _stop_workers(self) -> None:
        for worker in list(self._running):
            with suppress(ProcessLookupError):
                os.killpg(worker.pid, signal.SIGTERM)


def shorten(line: str, width: int = 120) -> str:
    """A line of a log as it is shown while it runs: the start of it; the file has all of it."""
    line = line.rstrip()
    return line if len(line) <= width else f"{line[: width - 1]}…"
