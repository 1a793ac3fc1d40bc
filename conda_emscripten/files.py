"""How are files written so that no reader sees a partial file?

This module has the file operations that all other modules use: atomic writes and copies,
checksums, JSON and YAML, and the lock of a folder. They raise ``OSError``; with ``os_errors``, the
caller raises an error of its own domain instead.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import yaml

from conda_emscripten.errors import CondaEmscriptenError

#: The names that ``_replacing`` gives: the file's name and the eight characters of ``mkstemp``.
_TEMPORARY = re.compile(r"\..+\.[a-z0-9_]{8}")


def atomic_write(path: Path, data: bytes) -> None:
    """Replace ``path`` by ``data``: a reader sees the old file or the whole new one.

    Raises:
        OSError: the file cannot be written (a full disk, a missing folder). Nothing was changed.
    """
    with _replacing(path) as file:
        file.write(data)


def atomic_copy(source: Path, target: Path) -> None:
    """Replace ``target`` by a copy of ``source``, atomically.

    Raises:
        OSError: ``source`` cannot be read, or ``target`` cannot be written. Nothing was changed.
    """
    with source.open("rb") as reader, _replacing(target) as writer:
        shutil.copyfileobj(reader, writer, 1 << 20)


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    """A new file beside ``path`` that replaces it when the block ends without an exception."""
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), 0o644)
        Path(temporary).replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)


def remove_interrupted(folder: Path) -> None:
    """Remove the temporary files that killed ``atomic_write`` and ``atomic_copy`` left in a folder.

    The caller holds a lock, so that nobody is writing to ``folder``.

    Raises:
        OSError: a file cannot be removed.
    """
    for path in folder.glob(".*"):
        if _TEMPORARY.fullmatch(path.name) and path.is_file():
            path.unlink()


def write_if_changed(path: Path, data: bytes) -> None:
    """Write a file atomically, unless it has these bytes already: then its mtime stays."""
    if not path.is_file() or path.read_bytes() != data:
        atomic_write(path, data)


def write_json(path: Path, content: Mapping[str, Any], indent: int | None = 1) -> None:
    """Write a JSON file with ``write_if_changed``; without ``indent`` in its shortest form."""
    separators = None if indent else (",", ":")
    text = json.dumps(content, indent=indent, separators=separators)
    write_if_changed(path, f"{text}\n".encode())


def read_yaml(path: Path) -> Any:
    """The content of a YAML file.

    Raises:
        ValueError: the file is not YAML; the message names the line.
        OSError: the file cannot be read.
    """
    try:
        return yaml.safe_load(path.read_bytes())
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise ValueError(f"{line}{error.problem}") from error
    except yaml.YAMLError as error:
        raise ValueError(str(error).splitlines()[0]) from error


def sha256_file(path: Path) -> str:
    """The sha256 of a file, in hexadecimal.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as reader:
        return hashlib.file_digest(reader, "sha256").hexdigest()


@contextlib.contextmanager
def exclusive_lock(folder: Path) -> Iterator[None]:
    """Hold the lock of ``folder``; a missing folder is made.

    Raises:
        BlockingIOError: another process holds the lock; ``strerror`` names the process.
        OSError: the lock file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / ".lock"
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            owner = file.read().strip() or "?"
            raise BlockingIOError(error.errno, f"process {owner}", str(path)) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


#: The error numbers of a full disk.
FULL_DISK = (errno.ENOSPC, errno.EDQUOT)

_CHECK_THE_PATH = "Check the path, its permissions and the disk, then run the command again."
_MAKE_ROOM = (
    "Make room ('make clean' removes build/, and 'conda-emscripten cache prune' old builds), "
    "then run the command again."
)


@contextlib.contextmanager
def os_errors(
    kind: type[CondaEmscriptenError],
    what: str,
    *,
    help: str = _CHECK_THE_PATH,
    full_disk: str = _MAKE_ROOM,
) -> Iterator[None]:
    """Raise an ``OSError`` of the block as ``kind``.

    Args:
        kind: the error class of the caller's domain.
        what: the beginning of the message: the failed action, with the name of the file.
        help: the next step for the user.
        full_disk: the next step if the disk is full.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        if error.errno in FULL_DISK:
            reason, help = f"the disk is full ({reason})", full_disk
        if error.filename is not None and str(error.filename) not in what:
            reason += f": '{error.filename}'"
        raise kind(f"{what}: {reason}.", help=help) from error
