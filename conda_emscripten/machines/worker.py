"""What does a machine do that builds for a coordinator?

This module joins a scheduler and runs jobs, one at a time. A worker has a checkout, caches and a
build folder of its own. For each job, it makes its channels equal to the relevant part of the
coordinator's, and builds as ``conda-emscripten build`` does. The functions ``run``, ``receive`` and
``read_piece`` are called by the coordinator.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from distributed import Worker, get_worker
from distributed.worker import DEFAULT_STARTUP_INFORMATION

from conda_emscripten.builder import Builder, Task, log_file
from conda_emscripten.channel import locked
from conda_emscripten.content_key import Built
from conda_emscripten.current_tests import needs_sources
from conda_emscripten.environment import check_channel
from conda_emscripten.errors import (
    ChannelError,
    CondaEmscriptenError,
    SchedulerError,
)
from conda_emscripten.files import sha256_file
from conda_emscripten.machines.protocol import (
    CONNECT_TIMEOUT,
    IDENTITY,
    PIECE,
    Job,
    Parcel,
    identity,
    is_loopback,
    no_scheduler,
    resource,
    security,
)
from conda_emscripten.package_store import PackageStore
from conda_emscripten.project import BUILD_PLATFORM, Project
from conda_emscripten.recipe import Output
from conda_emscripten.recipes import RecipeSet
from conda_emscripten.reuse import Reuse
from conda_emscripten.sources import SourceFetcher
from conda_emscripten.worker_pool import WorkerPool


class _RefusedError(Exception):
    """This machine cannot do a job; another machine may be able to."""


class _Machine(Worker):
    """A Dask worker that knows its project.

    Attributes:
        project: the project; its build folder is this worker's alone.
        jobs: processes that a build script may run.
        tell: called with each line that the user sees.
        running: the processes of the running job.
        stopping: whether the worker was told to end.
    """

    project: Project
    jobs: int
    tell: Callable[[str], None]
    running: WorkerPool
    stopping: bool


def join(
    address: str, project: Project, *, name: str, jobs: int, tell: Callable[[str], None]
) -> None:
    """Build for the coordinators of a scheduler until interrupted.

    Args:
        address: the address of the Dask scheduler.
        project: the project; the channels in its build folder are replaced.
        name: the name of this worker in messages; "" for the name and process of this machine.
        jobs: processes that a build script may run.
        tell: called with each line that the user sees.

    Raises:
        UsageError, SchedulerError: see ``protocol.security``.
        SchedulerError: there is no scheduler, or the scheduler ended.
        ChannelError: another process works in the build folder.
    """
    options = security(address)
    with locked(project.build_dir):
        for folder in (project.channel_dir, project.bootstrap_dir, project.build_dir / "records"):
            shutil.rmtree(folder, ignore_errors=True)
        asyncio.run(_join(address, project, name, jobs, options, tell))


async def _join(
    address: str,
    project: Project,
    name: str,
    jobs: int,
    options: Any,
    tell: Callable[[str], None],
) -> None:
    own = identity()
    loopback = is_loopback(_host(address))
    machine = _Machine(
        address,
        name=name or f"{socket.gethostname()}-{os.getpid()}",
        nthreads=2,  # a build, and pieces of files
        resources={resource(own): 1},
        memory_limit=0,  # a build is a process of its own
        death_timeout=CONNECT_TIMEOUT,
        local_directory=str(project.build_dir / "dask"),
        host="127.0.0.1" if loopback else None,
        dashboard_address="127.0.0.1:0",
        security=options,
        startup_information={**DEFAULT_STARTUP_INFORMATION, IDENTITY: lambda _: own},
    )
    machine.project, machine.jobs, machine.tell = project, jobs, tell
    machine.running, machine.stopping = WorkerPool(), False
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        await machine
    except (OSError, TimeoutError, ValueError, RuntimeError) as error:
        raise no_scheduler(address, error) from error
    tell(f"{machine.name} builds for {address}. Stop with Ctrl+C.")
    ended = asyncio.ensure_future(machine.finished())  # type: ignore[no-untyped-call]
    stopped = asyncio.ensure_future(stop.wait())
    waiting: list[asyncio.Future[Any]] = [ended, stopped]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    machine.stopping = True
    machine.running.stop()
    if stopped.done():
        await machine.close(timeout=5, executor_wait=False)
        raise KeyboardInterrupt
    raise SchedulerError(
        f"The scheduler {address} has ended.",
        help="Start the scheduler again, and then this command.",
    )


def _host(address: str) -> str:
    return address.partition("://")[2].rpartition(":")[0].strip("[]")


def run(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Do a job.

    Args:
        fields: ``Job.to_json``.

    Returns:
        ``worker``, the address of this worker, and one of:

        - ``refused``: why this machine cannot do the job.
        - ``packages`` and ``sources``: the sha256 of files that the worker lacks. After their
          arrival, the job is done again.
        - ``error``, ``message``, ``help``, ``tests``, ``log``: the class and the text of a failure,
          the test counts, and the path of the log on this machine.
        - ``file``, ``subdir``, ``sha256``, ``seconds``, ``tests``, ``built``, ``log``: the path of
          the package on this machine, and its build.
    """
    machine, job = cast(_Machine, get_worker()), Job.from_json(fields)
    try:
        answer = _Task(machine, job).run()
    except (_RefusedError, CondaEmscriptenError) as error:
        answer = {"refused": str(error)}
    except OSError as error:  # a full disk
        answer = {"refused": f"{error.filename or 'a file'}: {error.strerror or error}"}
    if "refused" in answer:
        machine.tell(f"{job.output}: refused: {answer['refused']}")
    return {"worker": machine.address, "name": machine.name, **answer}


class _Task:
    """One job on this machine."""

    def __init__(self, machine: _Machine, job: Job) -> None:
        self.machine, self.job = machine, job
        self.project = machine.project
        self.recipes = RecipeSet(self.project, bootstrap=not job.bootstrap_channel)
        self.store = PackageStore.of(self.project, warn=machine.tell)
        self.fetcher = _fetcher(self.project, machine.tell)

    def run(self) -> dict[str, Any]:
        """Do the job; see the function ``run``."""
        job, store = self.job, self.store
        output, installed = self._outputs()
        tests: Counter[str] = Counter()
        if (
            not (job.force or job.package)
            and store.cache.has(job.static_key)
            and store.cache.load(job.static_key).built.content  # else of an earlier version
        ):
            return self._answer(output, job.static_key)
        if missing := self._missing(output):
            return missing
        if job.bootstrap_channel:
            check_channel(job.bootstrap_channel, BUILD_PLATFORM, self.project.cache_dir)
        store.create_channels()
        store.fill(installed)
        self.machine.tell(f"{job.output}: {'testing' if job.package else 'building'}")
        self.machine.log_event(job.topic, {"machine": self.machine.name})
        try:
            with _ended_with_the_task(self.machine) as workers:
                entry = self._make(output, workers, tests)
        except CondaEmscriptenError as error:
            if isinstance(error, ChannelError) or self.machine.stopping:
                raise
            self.machine.tell(f"{job.output}: failed")
            return {
                "error": type(error).__name__,
                "message": error.message,
                "help": error.help,
                "tests": dict(tests),
                "log": str(log_file(self.project, output)),
            }
        self.machine.tell(f"{job.output}: done")
        return self._answer(output, entry)

    def _outputs(self) -> tuple[Output, dict[Output, Any]]:
        """The output, and the outputs of the installed packages.

        Raises:
            _RefusedError: this machine computes other keys.
        """
        job, recipes = self.job, self.recipes
        try:
            output = recipes.get(job.output)
            if output.label == job.output and recipes.static_key(output) == job.static_key:
                return output, {recipes.get(each.output): each for each in job.installed}
            for label, key in job.keys.items():
                if recipes.static_key(recipes.get(label)) != key:
                    raise _RefusedError(f"its recipe {label} differs from the coordinator's")
        except CondaEmscriptenError as error:
            raise _RefusedError(error.message) from error
        raise _RefusedError(f"its recipe {job.output} differs from the coordinator's")

    def _missing(self, output: Output) -> dict[str, Any] | None:
        job = self.job
        needed = [*job.installed, *([job.package] if job.package else [])]
        packages = [each.sha256 for each in needed if not self.store.cache.has(each.sha256)]
        sources: list[str] = []
        if not (packages or job.sources_sent) and (
            job.package is None or needs_sources(self._earlier(), output.rendered)
        ):
            sources = [each.sha256 for each in output.sources if not self.fetcher.has(each)]
        return {"packages": packages, "sources": sources} if packages or sources else None

    def _earlier(self) -> Path:
        """The file of the earlier build to test."""
        assert self.job.package is not None
        ((_, file),) = self.store.cache.load(self.job.package.sha256).packages
        return file

    def _make(self, output: Output, workers: WorkerPool, tests: Counter[str]) -> str:
        """Build or test the output; returns the name of the entry in the build cache."""
        job, project = self.job, self.project
        builder = Builder(
            project=project,
            recipes=self.recipes,
            cache=self.store.cache,
            reuse=Reuse(project=project, recipes=self.recipes, store=self.store),
            channel=self.store.channel.url,
            bootstrap_channel=job.bootstrap_channel or self.store.bootstrap.url,
            fetcher=self.fetcher,
            workers=workers,
            jobs=self.machine.jobs,
            keep_work=job.keep_work,
        )

        def show(line: str) -> None:
            self.machine.log_event(job.topic, {"line": line})

        task = Task(output=output, tests=tests, show=show)
        if job.package is not None:
            package = (job.package.subdir, self._earlier())
            task = replace(task, package=package, built=Built.from_json(job.built))
        return builder.run(task)[0]

    def _answer(self, output: Output, entry: str) -> dict[str, Any]:
        build = self.store.cache.load(entry)
        ((subdir, file),) = build.of(output.name)
        log = log_file(self.project, output)
        return {
            "file": str(file),
            "subdir": subdir,
            "sha256": sha256_file(file),
            "seconds": build.seconds,
            "tests": dict(build.tests),
            "built": build.built.to_json(),
            "log": str(log) if log.is_file() else "",
        }


@contextmanager
def _ended_with_the_task(machine: _Machine) -> Iterator[WorkerPool]:
    """Processes that end when the task of this thread is cancelled.

    Dask does not interrupt a thread. A task is cancelled when its coordinator is interrupted or
    killed.
    """
    key = machine.get_current_task()
    machine.running = workers = WorkerPool()
    done = threading.Event()

    def watch() -> None:
        while not done.wait(1.0):
            task = machine.state.tasks.get(key)
            if task is None or task.state != "executing":
                machine.tell("the build is ended: its coordinator no longer waits")
                workers.stop()
                return

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield workers
    finally:
        done.set()
        thread.join()


def _fetcher(project: Project, tell: Callable[[str], None]) -> SourceFetcher:
    return SourceFetcher(
        cache_dir=project.cache_dir, mirrors_file=project.mirrors_file, report=tell
    )


def receive(fields: Mapping[str, Any], offset: int, piece: bytes) -> None:
    """Write a piece of a file; the last one puts the file into the cache of this machine.

    Args:
        fields: the fields of a ``Parcel``.
        offset: the place of the piece, in bytes.
        piece: the bytes.

    Raises:
        OSError: the file cannot be written, or does not have its sha256.
    """
    machine, parcel = cast(_Machine, get_worker()), Parcel(**fields)
    project = machine.project
    file = project.build_dir / "incoming" / f"{parcel.topic}-{parcel.sha256}" / parcel.name
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("r+b" if offset else "wb") as writer:
        writer.seek(offset)
        writer.write(piece)
    if offset + len(piece) < parcel.size:
        return
    if sha256_file(file) != parcel.sha256:
        raise OSError(f"{parcel.name} was damaged on its way")
    if parcel.build is None:
        _fetcher(project, machine.tell).add(parcel.sha256, file)
    else:
        PackageStore.of(project).cache.store(
            parcel.sha256,
            name=parcel.output,
            packages=[(parcel.subdir, file)],
            seconds=parcel.build["seconds"],
            tests=parcel.build["tests"],
            built=Built.from_json(parcel.build["built"]),
        )
    with suppress(OSError):
        shutil.rmtree(file.parent)


def read_piece(path: str, offset: int) -> bytes:
    """A piece of a file of this machine; shorter than ``PIECE`` at the end of the file.

    Raises:
        OSError: the file cannot be read.
    """
    with Path(path).open("rb") as file:
        file.seek(offset)
        return file.read(PIECE)
