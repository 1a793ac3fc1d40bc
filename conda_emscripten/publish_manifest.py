"""Which files did earlier runs of ``publish`` send to a target, and which may be removed there?

This module has the rules of ``publish --prune``. A target may hold more than the channel: other
channels, and files that have nothing to do with channels. A file is removed only if

- an earlier ``publish`` sent the file. The manifest ``published.json`` at the target lists the sent
  files: every run adds its names before it sends the first file, also without ``--prune``, and a
  name stays until the file is removed. The manifest may name files that an interrupted run did not
  send. Without a manifest, the published indexes of the channel's subdirs name the files;
- the file is directly in a subdir of the channel, or in a subdir's ``shards/``, and has the name of
  a package, a bundle, a shard or an index (channel_layout.py). Files of deeper folders belong to
  other channels, and files of the channel's root are replaced, never removed;
- no other channel owns the folder. A folder with a ``repodata.json`` belongs to another channel,
  unless the folder is or was a subdir of this channel. The folder was a subdir if the manifest has
  the ``repodata.json`` and every file that the ``repodata.json`` names.

A manifest or index that cannot be read is an error, after which nothing is written or removed.
"""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

import msgpack
import zstandard

from conda_emscripten.channel_layout import (
    MANIFEST,
    SHARD_FOLDER,
    SHARD_INDEX,
    SHARD_SUFFIX,
    VARIANT_SUFFIXES,
    Kind,
    file_type,
    names_of,
)
from conda_emscripten.errors import PublishError
from conda_emscripten.publish_targets import Target

_T = TypeVar("_T")
_VERSION = 1
_REPODATA = "repodata.json"
_MANIFEST_HELP = (
    "Restore the file from a backup. Without a backup, remove the file: then only files that the "
    "published indexes name can be removed."
)
_INDEX_HELP = "Remove the file, then publish again."


@dataclass(frozen=True, kw_only=True)
class ListedFile:
    """A file that an index names.

    Attributes:
        name: the file's name in the subdir.
        size: in bytes; None for a shard.
        sha256: in hexadecimal.
    """

    name: str
    size: int | None
    sha256: str


@dataclass(frozen=True, kw_only=True)
class SubdirIndexes:
    """The files that the indexes of a subdir name.

    Attributes:
        packages: the packages of ``repodata.json``.
        bundles: the bundles of ``bundles.json``.
        bundled: package file to the sha256 of the package that ``bundles.json`` was made from.
        shards: the shards of the sharded repodata.
    """

    packages: tuple[ListedFile, ...]
    bundles: tuple[ListedFile, ...]
    bundled: Mapping[str, str]
    shards: tuple[ListedFile, ...]

    @classmethod
    def load(
        cls,
        subdir: str,
        read: Callable[[str], bytes | None],
        address: Callable[[str], str],
        *,
        help: str,
    ) -> SubdirIndexes:
        """Read the indexes of ``subdir``; a missing index names nothing.

        Args:
            subdir: the subdir.
            read: returns the content of a file of the channel, None if there is no such file.
            address: the path or URL of a file, for messages.
            help: what to do about a damaged index.

        Raises:
            PublishError: an index is damaged.
        """

        def parsed(file: str, parse: Callable[[bytes], _T], empty: _T) -> _T:
            data = read(f"{subdir}/{file}")
            if data is None:
                return empty
            with _damage(address(f"{subdir}/{file}"), help=help):
                return parse(data)

        none: tuple[tuple[ListedFile, ...], dict[str, str]] = ((), {})
        bundles, bundled = parsed("bundles.json", _bundles, none)
        return cls(
            packages=parsed("repodata.json", _packages, ()),
            bundles=bundles,
            bundled=bundled,
            shards=parsed(SHARD_INDEX, _shards, ()),
        )

    @property
    def names(self) -> set[str]:
        """The files that the indexes name."""
        return {file.name for file in (*self.packages, *self.bundles, *self.shards)}


def _packages(data: bytes) -> tuple[ListedFile, ...]:
    content = json.loads(data)
    return tuple(
        ListedFile(name=name, size=int(record["size"]), sha256=str(record["sha256"]))
        for part in ("packages", "packages.conda")
        for name, record in content[part].items()
    )


def _bundles(data: bytes) -> tuple[tuple[ListedFile, ...], dict[str, str]]:
    entries = json.loads(data)["bundles"]
    files = (
        ListedFile(name=str(file["bundle"]), size=int(file["size"]), sha256=str(file["sha256"]))
        for entry in entries.values()
        for file in (entry, *entry.get("parts", ()))
        if file["bundle"]
    )
    return tuple(files), {name: str(entry["package_sha256"]) for name, entry in entries.items()}


def _shards(data: bytes) -> tuple[ListedFile, ...]:
    index = msgpack.unpackb(zstandard.ZstdDecompressor().decompressobj().decompress(data))
    digests = [*index["shards"].values(), *([index["current"]] if "current" in index else [])]
    return tuple(
        ListedFile(name=f"{SHARD_FOLDER}/{sha256}{SHARD_SUFFIX}", size=None, sha256=sha256)
        for sha256 in (digest.hex() for digest in digests)
    )


@contextlib.contextmanager
def _damage(address: str, *, help: str) -> Iterator[None]:
    """Raise the exceptions of a parser as a ``PublishError`` for the file ``address``."""
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError, zstandard.ZstdError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else error
        raise PublishError(f"{address}: is damaged: {reason}.", help=help) from error


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """The files that earlier runs of ``publish`` sent to a target.

    Attributes:
        names: paths in the channel. After an interruption, some may be missing at the target.
        is_there: whether the target has a manifest. If not, the published indexes give the names.
    """

    names: frozenset[str]
    is_there: bool

    @classmethod
    def load(cls, target: Target, subdirs: Iterable[str]) -> Manifest:
        """Read the manifest of a target, or the published indexes of ``subdirs``.

        Raises:
            PublishError: the manifest or an index is damaged or cannot be read.
        """
        data = target.read(MANIFEST)
        if data is not None:
            with _damage(target.address(MANIFEST), help=_MANIFEST_HELP):
                return cls(names=_parse(data), is_there=True)
        names = set()
        for subdir in subdirs:
            indexes = _published_indexes(target, subdir)
            for name in indexes.names:
                names.add(f"{subdir}/{name}")
            for bundle in indexes.bundles:
                names.update(f"{subdir}/{bundle.name}{suffix}" for suffix in VARIANT_SUFFIXES)
        return cls(names=frozenset(names), is_there=False)

    def save(self, target: Target, names: Iterable[str]) -> Manifest:
        """Make the manifest of ``target`` name exactly ``names``, and return it."""
        saved = Manifest(names=frozenset(names), is_there=True)
        if saved != self:
            content = {"version": _VERSION, "files": sorted(saved.names)}
            target.write(MANIFEST, f"{json.dumps(content, indent=1)}\n".encode())
        return saved

    @property
    def subdirs(self) -> set[str]:
        """The subdirs that files were sent to."""
        return {_subdir(name) for name in self.names if _is_of_subdir(name)}

    def remaining(self, *, wanted: Collection[str], present: Collection[str]) -> frozenset[str]:
        """The names without those of subdirs' files that are neither ``wanted`` nor ``present``."""
        return frozenset(
            name
            for name in self.names
            if name in wanted or name in present or not _is_of_subdir(name)
        )


def stale_files(
    target: Target,
    manifest: Manifest,
    *,
    subdirs: Collection[str],
    wanted: Collection[str],
    present: Collection[str],
) -> list[str]:
    """The files that may be removed from a target, by the rules above.

    Args:
        target: where the channel is published.
        manifest: the manifest of the target.
        subdirs: the subdirs of the channel.
        wanted: the files of the channel.
        present: the files at the target.

    Returns:
        The names in the order of removal: an index goes before the files that the index names.

    Raises:
        PublishError: an index of a former subdir is damaged or cannot be read.
    """

    @functools.cache
    def is_ours(folder: str) -> bool:
        index = f"{folder}/{_REPODATA}"
        if folder in subdirs or index not in present:
            return True
        named = _published_indexes(target, folder).names if index in manifest.names else set()
        return index in manifest.names and manifest.names >= {f"{folder}/{name}" for name in named}

    stale = [
        name
        for name in manifest.names
        if name in present
        and name not in wanted
        and _is_of_subdir(name)
        and is_ours(_subdir(name))
        and is_ours(name.rpartition("/")[0])
    ]
    return sorted(stale, key=_removal_order)


def _published_indexes(target: Target, subdir: str) -> SubdirIndexes:
    return SubdirIndexes.load(subdir, target.read, target.address, help=_INDEX_HELP)


def _subdir(name: str) -> str:
    return name.partition("/")[0]


def _is_of_subdir(name: str) -> bool:
    """Whether ``name`` is a file that a channel has in a subdir or in the shards of one."""
    row = file_type(name)
    return row is not None and row.kind in (Kind.IMMUTABLE, Kind.VARIANT, Kind.INDEX)


def _removal_order(name: str) -> tuple[int, str]:
    indexes = names_of(Kind.INDEX)
    file = name.rpartition("/")[2]
    return (-indexes.index(file) if file in indexes else 1, name)


def _parse(data: bytes) -> frozenset[str]:
    content = json.loads(data)
    if content["version"] != _VERSION:
        raise ValueError(f"version {content['version']}, expected {_VERSION}")
    names = content["files"]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise TypeError("'files' is not a list of names")
    return frozenset(names)
