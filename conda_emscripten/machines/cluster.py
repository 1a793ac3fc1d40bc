"""Which workers does a scheduler have, and how does the coordinator reach them?

This module is the connection to a Dask scheduler. Each worker has one job of a command at a time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from distributed import Client
from distributed.client import FutureCancelledError

from conda_emscripten.errors import SchedulerError
from conda_emscripten.machines import worker
from conda_emscripten.machines.protocol import (
    CONNECT_TIMEOUT,
    IDENTITY,
    PIECE,
    Parcel,
    identity,
    no_scheduler,
    security,
)

#: Seconds without any worker after which a build gives up.
_PATIENCE = 60.0

AGAIN = "Finished packages are in the build cache; run the command again."


class LostError(Exception):
    """A worker has left the scheduler, or cannot read or write its files."""


@contextmanager
def connected(address: str, tell: Callable[[str], None]) -> Iterator[Cluster]:
    """The workers of a scheduler.

    Args:
        address: the address of the Dask scheduler.
        tell: called with each line that the user sees.

    Raises:
        UsageError, SchedulerError: see ``protocol.security``.
        SchedulerError: there is no scheduler, or all its workers have another version.
    """
    options = security(address)
    try:
        client = Client(address, security=options, timeout=CONNECT_TIMEOUT, set_as_default=False)
    except (OSError, ValueError, RuntimeError) as error:
        raise no_scheduler(address, error) from error
    with client:
        cluster = Cluster(address=address, client=client, tell=tell)
        if not cluster.workers() and cluster.strangers:
            raise cluster.no_workers()
        yield cluster


@dataclass(kw_only=True)
class Cluster:
    """The workers of a scheduler. Several threads may use them.

    Attributes:
        address: the address of the Dask scheduler.
        client: the connection.
        tell: called with each line that the user sees.
        strangers: the names of workers that have another version, and what they have.
    """

    address: str
    client: Client
    tell: Callable[[str], None]
    strangers: dict[str, str] = field(default_factory=dict)
    _busy: set[str] = field(default_factory=set)
    _choosing: threading.Lock = field(default_factory=threading.Lock)
    _stopped: threading.Event = field(default_factory=threading.Event)

    def stop(self) -> None:
        """End all running jobs, and start no more."""
        self._stopped.set()

    def workers(self) -> dict[str, str]:
        """The names of the workers with the present version, by address.

        Raises:
            SchedulerError: the connection to the scheduler is lost.
        """
        scheduler = self.client.scheduler
        if scheduler is None or self.client.status != "running":
            raise self._scheduler_lost()
        try:
            # Not scheduler_info(): the client's own refreshes can empty its list of workers.
            known = self.client.sync(scheduler.identity, n_workers=-1)["workers"]
        except (OSError, RuntimeError) as error:
            raise self._scheduler_lost() from error
        found = {}
        for address, info in known.items():
            theirs = info.get(IDENTITY)
            if theirs == identity():
                found[address] = str(info["name"])
                continue
            name = f"{info['name']} ({address})"
            if name not in self.strangers:
                self.strangers[name] = _version(theirs)
                self.tell(f"The worker {name} gets no job: it has {self.strangers[name]}.")
        return found

    def no_workers(self) -> SchedulerError:
        """The error of a scheduler without usable workers."""
        others = "".join(f"\n  - {name} has {what}" for name, what in self.strangers.items())
        return SchedulerError(
            f"{self.address} has no worker with {_version(identity())}.{others}\n",
            help="Start workers from the same checkout with 'conda-emscripten worker "
            f"{self.address}'.",
        )

    def _scheduler_lost(self) -> SchedulerError:
        return SchedulerError(
            f"The connection to the scheduler {self.address} is lost.",
            help=f"Start the scheduler and the workers again. {AGAIN}",
        )

    @contextmanager
    def free_worker(self, output: str, refused: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Address and name of a worker that has no job of this command.

        Args:
            output: the label of the output, for errors.
            refused: the reason of each worker that must not get the job, by address.

        Raises:
            SchedulerError: all workers have refused the job, or there has been none for a minute.
        """
        since, told = time.monotonic(), False
        while True:
            self._check_stopped()
            workers = self.workers()
            if workers and workers.keys() <= refused.keys():
                reasons = "".join(f"\n  - {reason}" for reason in refused.values())
                raise SchedulerError(
                    f"{output}: every worker refuses the job.{reasons}\n",
                    help="Update the workers to the coordinator's checkout, and run the command "
                    "again.",
                )
            with self._choosing:
                names = sorted(workers, key=lambda each: workers[each])
                free = [each for each in names if each not in self._busy and each not in refused]
                if free:
                    self._busy.add(free[0])
                    break
            if workers:
                since = time.monotonic()
            elif time.monotonic() > since + _PATIENCE:
                raise self.no_workers()
            elif not told:
                told = True
                self.tell(
                    f"No worker is connected; waiting {_PATIENCE:.0f} s. Start one with "
                    f"'conda-emscripten worker {self.address}'."
                )
            self._stopped.wait(0.5)
        try:
            yield free[0], workers[free[0]]
        finally:
            self._busy.discard(free[0])

    def send(self, address: str, file: Path, parcel: Parcel) -> None:
        """Send a file to a worker."""
        with file.open("rb") as reader:
            for offset in range(0, max(1, parcel.size), PIECE):
                self.call(address, worker.receive, asdict(parcel), offset, reader.read(PIECE))

    def take(self, address: str, path: str, target: Path) -> None:
        """Copy a worker's file to ``target``."""
        with target.open("wb") as writer:
            piece = b"." * PIECE
            while len(piece) == PIECE:
                piece = self.call(address, worker.read_piece, path, writer.tell())
                writer.write(piece)

    def call(self, address: str, function: Callable[..., Any], *arguments: Any, **how: Any) -> Any:
        """Call a function on a worker.

        Raises:
            LostError: the worker has left the scheduler.
            SchedulerError: the connection to the scheduler is lost, or ``stop`` was called.
        """
        future = self.client.submit(function, *arguments, workers=[address], pure=False, **how)
        try:
            while True:
                try:
                    return future.result(timeout=1)
                except TimeoutError:
                    self._check_stopped()
                    if address not in self.workers():
                        raise LostError from None
        except FutureCancelledError as error:
            raise self._scheduler_lost() from error
        except OSError as error:  # the worker's disk
            raise LostError from error
        finally:
            with suppress(Exception):  # the connection is lost
                future.cancel()

    def _check_stopped(self) -> None:
        if self._stopped.is_set():
            raise SchedulerError("The build was interrupted.", help=AGAIN)


def _version(theirs: Mapping[str, str] | None) -> str:
    """A version in words."""
    if not theirs:
        return "no conda-emscripten"
    return f"conda-emscripten {theirs['version']}, code {theirs['code'][:12]}"
