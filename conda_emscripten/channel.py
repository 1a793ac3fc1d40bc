"""How are packages added to a channel, so that no reader sees a partial package?

This module adds, removes and indexes packages. A channel is a folder with subdirs (``noarch``,
``linux-64``, ``emscripten-wasm32``), packages and ``repodata.json`` (CEP 15, CEP 16). Packages are
verified and added atomically. A lock excludes a second writer.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NotRequired, TypedDict

import zstandard

from conda_emscripten import conda_package
from conda_emscripten.channel_layout import SHARD_INDEX
from conda_emscripten.conda_package import DamagedPackageError
from conda_emscripten.errors import ChannelError
from conda_emscripten.files import (
    atomic_copy,
    atomic_write,
    exclusive_lock,
    os_errors,
    remove_interrupted,
)
from conda_emscripten.json_check import Count, Digest, Matching, checked

_INDEX_SCRIPT = """
import asyncio, sys
from rattler.index import index_fs
from conda_emscripten.exits import exit_now
asyncio.run(index_fs(sys.argv[1], write_zst=True, write_shards=False, force=sys.argv[2] == "1"))
exit_now(0)
"""


@dataclass(frozen=True, kw_only=True)
class Channel:
    """A channel in the folder ``path``."""

    path: Path
    subdirs: tuple[str, ...]

    @property
    def url(self) -> str:
        """The channel's ``file://`` URL."""
        return self.path.as_uri()

    def create(self) -> None:
        """Make missing folders, and an empty index if there is no index.

        Removes the temporary files of killed commands; the caller holds the lock of the channel.
        """
        folders = [self.path / subdir for subdir in self.subdirs]
        with os_errors(ChannelError, f"{self.path}: the channel cannot be made"):
            for folder in folders:
                folder.mkdir(parents=True, exist_ok=True)
                remove_interrupted(folder)
        if not all((folder / "repodata.json").is_file() for folder in folders):
            self.write_repodata()

    def package(self, subdir: str, file: str) -> Path:
        """The path of a package, which may not exist."""
        return self.path / subdir / file

    def add(self, packages: list[tuple[str, Path]]) -> None:
        """Add packages, each with its subdir, and index them.

        Raises:
            ChannelError: a file is not a sound conda package, or the channel cannot be written.
        """
        replaced = False
        for subdir, file in packages:
            verify_package(file)
            target = self.package(subdir, file.name)
            replaced = replaced or target.exists()
            with os_errors(ChannelError, f"{target}: cannot be written"):
                target.parent.mkdir(parents=True, exist_ok=True)
                atomic_copy(file, target)
        self.write_repodata(force=replaced)

    def remove(self, packages: list[tuple[str, str]]) -> None:
        """Remove packages: first from the index, so that the index never names a missing file.

        The bundles of the packages stay until the next ``index_folder``.

        Raises:
            ChannelError: the index cannot be written (a full disk); every package stays.
        """
        for subdir in {subdir for subdir, _ in packages}:
            index = self.path / subdir / "repodata.json"
            repodata = read_repodata(index)
            for file in (file for folder, file in packages if folder == subdir):
                repodata["packages.conda"].pop(file, None)
            data = json.dumps(repodata, separators=(",", ":")).encode()
            with os_errors(ChannelError, f"{index}: cannot be written"):
                (index.parent / SHARD_INDEX).unlink(missing_ok=True)
                atomic_write(index.with_name("repodata.json.zst"), zstandard.compress(data))
                atomic_write(index, data)
        for subdir, file in packages:
            self.package(subdir, file).unlink(missing_ok=True)

    def write_repodata(self, *, force: bool = False) -> None:
        """Write ``repodata.json`` and its zst; ``force`` reads every package again.

        Removes the stale shards; ``index_folder`` writes new shards.

        Raises:
            ChannelError: the indexer failed, or the new index does not list all packages.
        """
        command = [sys.executable, "-c", _INDEX_SCRIPT, str(self.path), "1" if force else "0"]
        (self.path / "noarch").mkdir(parents=True, exist_ok=True)
        for shards in self.path.glob(f"*/{SHARD_INDEX}"):
            shards.unlink()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        wrong = [path for subdir in self.subdirs for path in self._wrongly_listed(subdir)]
        if not done.returncode and not wrong:
            return
        for path in wrong:
            if path.is_file():
                verify_package(path)
        reason = f": {done.stderr.strip().splitlines()[-1]}" if done.stderr.strip() else ""
        if wrong:
            reason += f"; the index is wrong about {', '.join(map(str, wrong))}"
        raise ChannelError(
            f"{self.path}: the channel cannot be indexed{reason}.",
            help="Remove files that are not packages, and run the command again.",
        )

    def records(self, subdir: str) -> dict[str, dict[str, object]]:
        """See ``read_records``."""
        return read_records(self.path / subdir)

    def _wrongly_listed(self, subdir: str) -> list[Path]:
        """Packages that are in the folder or in its index, but not in both."""
        folder = self.path / subdir
        packages = {path.name for path in folder.glob("*.conda")}
        return [folder / name for name in sorted(packages ^ self.records(subdir).keys())]


_PARTS = ("packages", "packages.conda")


class _Record(TypedDict):
    """The fields of a record that are used here (CEP 34)."""

    name: str
    version: str
    build: str
    build_number: NotRequired[Count]
    depends: NotRequired[list[str]]
    constrains: NotRequired[list[str]]
    sha256: NotRequired[Digest | None]
    md5: NotRequired[Annotated[str, Matching("^[0-9a-f]{32}$", "an md5")] | None]


_Repodata = TypedDict(
    "_Repodata", {"packages": dict[str, _Record], "packages.conda": dict[str, _Record]}
)


def read_repodata(file: Path) -> dict[str, Any]:
    """The content of a ``repodata.json``.

    Raises:
        ChannelError: the file cannot be read, or is no repodata.
    """
    with os_errors(ChannelError, f"{file} cannot be read"):
        data = file.read_bytes()
    try:
        repodata: Any = json.loads(data.decode())
        if not isinstance(repodata, dict):
            raise ValueError("It is not an index")
        for part in _PARTS:
            repodata.setdefault(part, {})
        checked(repodata, _Repodata, "JSON")
        if b"\\ud" in data.lower():
            json.dumps(repodata, ensure_ascii=False).encode()  # refuses halves of characters
    except (ValueError, RecursionError) as error:
        raise ChannelError(
            f"{file} is damaged: {error}.",
            help="Delete the file: 'conda-emscripten build' and 'conda-emscripten index' write it "
            "again.",
        ) from error
    return repodata


def require_channel(folder: Path) -> None:
    """Raise a ``ChannelError`` if there is no channel in ``folder``."""
    if not folder.is_dir():
        raise ChannelError(
            f"There is no channel in {folder}.",
            help="Build a recipe, for example: conda-emscripten build --with-deps numpy.",
        )


def read_records(folder: Path) -> dict[str, dict[str, object]]:
    """The records of a subdir's ``repodata.json``, by file name; none without such a file."""
    file = folder / "repodata.json"
    if not file.is_file():
        return {}
    repodata = read_repodata(file)
    return {name: record for part in _PARTS for name, record in repodata[part].items()}


def verify_package(file: Path) -> None:
    """Verify a package by reading all of its archives.

    Raises:
        ChannelError: the package is damaged or cannot be read.
    """
    help = "Build the package again with --force."
    with os_errors(ChannelError, f"{file} cannot be read", help=help):
        try:
            conda_package.verify_package(file)
        except DamagedPackageError as error:
            raise ChannelError(str(error), help=help) from error


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock for writing below ``folder``.

    Raises:
        ChannelError: another process holds the lock.
    """
    with contextlib.ExitStack() as stack:
        with os_errors(ChannelError, f"Cannot lock {folder}"):
            try:
                stack.enter_context(exclusive_lock(folder))
            except BlockingIOError as error:
                owner = (error.strerror or "another process").capitalize()
                raise ChannelError(
                    f"{owner} is working in {folder}.",
                    help="Wait until the process ends, or use another folder with --build-dir.",
                ) from error
        yield
