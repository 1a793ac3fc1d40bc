"""How do packages get into a channel, so that no reader ever sees half of one?

A channel is a folder with subdirs (``noarch``, ``linux-64``, ``emscripten-wasm32``), packages and
``repodata.json`` (CEP 15, CEP 16). Packages are written aside, verified and renamed; one lock
keeps a second writer out.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import zstandard

from conda_emscripten.bundle_format import write_atomically
from conda_emscripten.errors import ChannelError

SHARD_INDEX = "repodata_shards.msgpack.zst"

_INDEX_SCRIPT = """
import asyncio, os, sys
from rattler.index import index_fs
asyncio.run(index_fs(sys.argv[1], write_zst=True, write_shards=False, force=sys.argv[2] == "1"))
sys.stdout.flush()
os._exit(0)  # py-rattler 0.28 sometimes crashes while the interpreter ends
"""


@dataclass(frozen=True, kw_only=True)
class Channel:
    """A channel in the folder ``path``."""

    path: Path
    subdirs: tuple[str, ...]

    @property
    def url(self) -> str:
        """Its ``file://`` URL."""
        return self.path.as_uri()

    def create(self) -> None:
        """Make the folders and an empty index where there is none."""
        for subdir in self.subdirs:
            (self.path / subdir).mkdir(parents=True, exist_ok=True)
            if not (self.path / subdir / "repodata.json").is_file():
                self.index()
                break

    def package(self, subdir: str, file: str) -> Path:
        """Where a package lies, or would lie."""
        return self.path / subdir / file

    def add(self, packages: list[tuple[str, Path]]) -> None:
        """Add packages, each with its subdir, and index them.

        Raises:
            ChannelError: a file is not a readable conda package, or the disk is full.
        """
        replaced = False
        for subdir, file in packages:
            verify_package(file)
            target = self.package(subdir, file.name)
            target.parent.mkdir(parents=True, exist_ok=True)
            replaced = replaced or target.exists()
            copy_atomically(file, target)
        self.index(force=replaced)

    def remove(self, packages: list[tuple[str, str]]) -> None:
        """Remove packages, first from the index, so that it never names what is not there.

        Their bundles stay until `bundle_channel` no longer names them.

        Raises:
            BundleError: the index cannot be written (a full disk); every package stays.
        """
        for subdir in {subdir for subdir, _ in packages}:
            index = self.path / subdir / "repodata.json"
            repodata = json.loads(index.read_text())
            for file in (file for other, file in packages if other == subdir):
                repodata["packages.conda"].pop(file, None)
            data = json.dumps(repodata, separators=(",", ":")).encode()
            (index.parent / SHARD_INDEX).unlink(missing_ok=True)
            write_atomically(index.with_name("repodata.json.zst"), zstandard.compress(data))
            write_atomically(index, data)
        for subdir, file in packages:
            self.package(subdir, file).unlink(missing_ok=True)

    def index(self, *, force: bool = False) -> None:
        """Write ``repodata.json`` and its zst; ``force`` reads every package again.

        The shards of before are no longer true, and removed; `bundle_channel` makes new ones.

        Raises:
            ChannelError: the indexer failed, or its result does not list what is there.
        """
        command = [sys.executable, "-c", _INDEX_SCRIPT, str(self.path), "1" if force else "0"]
        (self.path / "noarch").mkdir(parents=True, exist_ok=True)
        for shards in self.path.glob(f"*/{SHARD_INDEX}"):
            shards.unlink()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        for subdir in self.subdirs:
            if set(self.records(subdir)) != set(self._packages(subdir)):
                raise ChannelError(
                    f"Indexing {self.path / subdir} failed: {done.stderr.strip()[-800:]}"
                )

    def records(self, subdir: str) -> dict[str, dict[str, object]]:
        """The records of a subdir's ``repodata.json``, by file name."""
        file = self.path / subdir / "repodata.json"
        if not file.is_file():
            return {}
        repodata = json.loads(file.read_text())
        return {**repodata.get("packages", {}), **repodata.get("packages.conda", {})}

    def _packages(self, subdir: str) -> list[str]:
        return [path.name for path in (self.path / subdir).glob("*.conda")]


def copy_atomically(source: Path, target: Path) -> None:
    """Copy beside ``target`` and rename, so that a reader sees the old file or the whole new one.

    Raises:
        ChannelError: the disk is full, or the folder cannot be written.
    """
    aside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with source.open("rb") as reader, aside.open("wb") as writer:
            shutil.copyfileobj(reader, writer, 1 << 20)
            writer.flush()
            os.fsync(writer.fileno())
        aside.replace(target)
    except OSError as error:
        what = "the disk is full" if error.errno == errno.ENOSPC else str(error)
        raise ChannelError(
            f"Cannot write {target}: {what}. Nothing was added; make room "
            "('make clean' removes build/) and run the command again."
        ) from error
    finally:
        aside.unlink(missing_ok=True)


def verify_package(file: Path) -> None:
    """Read a package's archive to its end.

    Raises:
        ChannelError: it is damaged.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            if not any(n.startswith("info-") for n in names):
                raise ChannelError(f"{file} is not a conda package: it has no info archive.")
            for name in names:
                with archive.open(name) as member:
                    if name.endswith(".tar.zst"):
                        with zstandard.ZstdDecompressor().stream_reader(member) as reader:
                            while reader.read(1 << 20):
                                pass
    except (zipfile.BadZipFile, zstandard.ZstdError, OSError) as error:
        raise ChannelError(f"{file} is damaged: {error}. Build it again with --force.") from error


def sha256_of(file: Path) -> str:
    """Hexadecimal sha256 of a file."""
    with file.open("rb") as reader:
        return hashlib.file_digest(reader, "sha256").hexdigest()


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of everything that writes below ``folder``.

    Raises:
        ChannelError: another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise ChannelError(
                f"Process {file.read().strip() or '?'} is working in {folder}. Wait until it has "
                "finished, or use another folder with --build-dir."
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
