"""What do the coordinator of a build and its workers say to each other?

This module has the messages, and the rules for a connection. Machines are connected by Dask
distributed (https://distributed.dask.org), the optional extra ``machines``. A job has names and
hashes only: a worker computes the static key of the output from its own files.
"""

from __future__ import annotations

import hashlib
import ipaddress
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import conda_emscripten
from conda_emscripten.errors import SchedulerError, UsageError
from conda_emscripten.package_store import ChannelPackage

if TYPE_CHECKING:
    from distributed import Security

#: Seconds to wait for a connection to a scheduler.
CONNECT_TIMEOUT = 10

#: Files travel in pieces of so many bytes, below the size at which Dask warns of large messages.
PIECE = 8_000_000

#: The name in Dask's description of a worker under which a worker has ``identity()``.
IDENTITY = "conda_emscripten"

_TLS_HELP = (
    "Use a tls:// address, and name the certificates in Dask's configuration "
    "(docs/several-machines.md, 'Certificates')."
)


@dataclass(frozen=True, kw_only=True)
class Job:
    """One output to build or to test.

    Attributes:
        output: ``Output.label`` of the output.
        static_key: the static key that the coordinator computes for the output.
        keys: the static key of each output that the static key depends on, by label, in build
            order. A worker that computes another ``static_key`` names the first difference.
        installed: the packages that an environment of the build or of the tests can have.
        package: the earlier build to test; None to build the output.
        built: ``Built.to_json`` of ``package``.
        bootstrap_channel: the URL of the channel with the build platform's tools; "" for the
            project's own.
        force: build the output even if the worker's build cache has its package.
        keep_work: do not remove the work tree of a successful build.
        sources_sent: the coordinator has sent the sources that it can fetch.
        topic: the topic of Dask's events for the lines of the log.
    """

    output: str
    static_key: str
    keys: Mapping[str, str]
    installed: tuple[ChannelPackage, ...]
    package: ChannelPackage | None
    built: Mapping[str, Any]
    bootstrap_channel: str
    force: bool
    keep_work: bool
    sources_sent: bool
    topic: str

    def to_json(self) -> dict[str, Any]:
        """The job as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Job:
        """The job that ``to_json`` made ``fields`` from."""
        installed = tuple(ChannelPackage(**package) for package in fields["installed"])
        package = ChannelPackage(**fields["package"]) if fields["package"] else None
        return cls(**{**fields, "installed": installed, "package": package})


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """A file on its way from the coordinator to a worker.

    Attributes:
        sha256: the sha256 of the file.
        name: the file name.
        size: the size in bytes.
        topic: ``Job.topic``; two coordinators may send a worker the same file.
        output: ``Output.label`` of a package's output; "" for a source.
        subdir: the subdir of a package; "" for a source.
        build: ``seconds``, ``tests`` and ``built`` of a package's build (``BuildRecord``).
    """

    sha256: str
    name: str
    size: int
    topic: str
    output: str = ""
    subdir: str = ""
    build: Mapping[str, Any] | None = None


@cache
def identity() -> dict[str, str]:
    """The version of this installation, and the sha256 of its Python files.

    Functions of ``machines.worker`` are called by name, so both machines need the same files.
    """
    folder = Path(conda_emscripten.__file__).parent
    files = sorted(folder.rglob("*.py"))
    hashes = "".join(
        f"{file.relative_to(folder)} {hashlib.sha256(file.read_bytes()).hexdigest()}\n"
        for file in files
    )
    code = hashlib.sha256(hashes.encode()).hexdigest()
    return {"version": conda_emscripten.__version__, "code": code}


def resource(own: Mapping[str, str]) -> str:
    """The Dask resource of workers with the identity ``own``; one build uses one unit of it."""
    return f"conda-emscripten-{own['code'][:16]}"


def security(address: str) -> Security:
    """The certificates for a connection to the scheduler ``address``.

    Raises:
        UsageError: ``address`` is not the address of a Dask scheduler, or Dask is not installed.
        SchedulerError: the connection would be neither encrypted nor to this machine, or the
            certificates are missing.
    """
    parts = urlsplit(address)
    try:
        complete = bool(parts.hostname and parts.port)
    except ValueError:  # a port out of range
        complete = False
    if parts.scheme not in ("tcp", "tls") or not complete:
        raise UsageError(
            f"{address!r} is not the address of a scheduler.",
            help="Give the address that 'dask scheduler' prints, such as tcp://127.0.0.1:8786 or "
            "tls://build.example.org:8786.",
        )
    try:
        from distributed import Security
    except ImportError as error:
        raise UsageError(
            "Builds on several machines need Dask distributed, which is not installed.",
            help="Run: pip install 'conda-emscripten[machines]'.",
        ) from error
    # Errors of a connection are reported by the caller; Dask's own log would add tracebacks.
    for name in [
        name for name in logging.root.manager.loggerDict if name.startswith("distributed")
    ]:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if parts.scheme == "tcp":
        if not is_loopback(parts.hostname or ""):
            raise SchedulerError(
                f"The connection to {address} would not be encrypted, and everyone in the network "
                "could run programs on the workers.",
                help=_TLS_HELP,
            )
        return Security(require_encryption=False)
    own = Security(require_encryption=True)
    for role in ("client", "worker"):
        names = ("tls_ca_file", f"tls_{role}_cert", f"tls_{role}_key")
        files = [getattr(own, name) for name in names]
        if not all(files):
            raise SchedulerError(
                f"There are no certificates for the connection to {address}.", help=_TLS_HELP
            )
        for file in files:
            if "\n" not in file and not Path(file).is_file():
                raise SchedulerError(f"There is no certificate {file}.", help=_TLS_HELP)
    return own


def is_loopback(host: str) -> bool:
    """Whether a host name or address is one of this machine only (RFC 6761, RFC 1122)."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def no_scheduler(address: str, reason: BaseException) -> SchedulerError:
    """The error of a failed connection to a scheduler."""
    text = str(reason).strip().splitlines()
    return SchedulerError(
        f"There is no scheduler at {address}: {(text or [type(reason).__name__])[0].rstrip('.')}.",
        help="Start one with 'dask scheduler --host ADDRESS --port PORT', or correct the address. "
        "The scheduler of an encrypted network has a tls:// address and needs the same "
        "certificates.",
    )
