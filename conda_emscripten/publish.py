"""How is a channel published, so that clients never miss a file?

This module sends the new and changed files of a channel to a target. Clients never see an index
that names a missing file, because a file is sent after the files that it names:

1. packages, bundles, their variants and shards;
2. the indexes of the subdirs, ``bundles.json`` before the repodata, as a client that has read the
   repodata asks for the bundles next;
3. the files of the channel's root;
4. then, only with ``prune``, stale files are removed (publish_manifest.py has the rules).

An immutable file is never replaced by other bytes: clients cache the file for a year.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from conda_emscripten.channel_layout import (
    BUNDLE_SUFFIX,
    PACKAGE_SUFFIX,
    PAGE_SUBDIRS,
    SHARD_FOLDER,
    VARIANT_SUFFIXES,
    Kind,
    file_type,
    names_of,
)
from conda_emscripten.errors import PublishError
from conda_emscripten.files import sha256_file
from conda_emscripten.publish_manifest import Manifest, SubdirIndexes, stale_files
from conda_emscripten.publish_targets import (
    ChannelFile,
    Folder,
    Server,
    StoredFile,
    Target,
    open_target,
    path_errors,
)
from conda_emscripten.snapshot_store import read_snapshots, snapshot_path

_INDEX_HELP = "Run 'conda-emscripten index', then publish again."


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The changes of a target, in order.

    Attributes:
        send: the files to send.
        remove: the names of the files to remove.
    """

    send: list[ChannelFile]
    remove: list[str]


def publish(
    channel: Path,
    target: str,
    *,
    prune: bool = False,
    dry_run: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> Plan:
    """Update a published channel. After an interruption, a second call sends the remaining files.

    Only one call at a time may publish to a target.

    Args:
        channel: the folder that ``conda-emscripten index`` wrote.
        target: a folder, ``s3://bucket/prefix``, or the channel of a server:
            ``prefix+https://…``, ``quetz+https://…``, ``anaconda+https://host/owner/label``.
        prune: also remove the files that an earlier call sent and the channel no longer has.
        dry_run: change nothing, only return and tell the changes.
        tell: called with one line per file.

    Returns:
        The changes.

    Raises:
        PublishError: the channel is incomplete, an immutable file would get other bytes, or
            another channel is in the way: nothing was written. Or the target cannot be read or
            written: the files before the failed one were sent.
    """
    server = Server.parse(target)
    if server is not None:
        if prune:
            raise PublishError(
                f"{target}: a server removes packages itself.",
                help="Leave out --prune, and remove packages on the server.",
            )
        files = channel_files(channel)
        packages = [file for file in files if file.name.endswith(PACKAGE_SUFFIX)]
        for file in packages:
            tell(f"send {file.name}")
        if not dry_run:
            server.upload([file.path for file in packages])
        return Plan(send=packages, remove=[])
    place = open_target(target)
    if isinstance(place, Folder) and place.path == channel.resolve():
        raise PublishError(
            f"{target} is the channel itself.", help="Publish to another folder or to a bucket."
        )
    return _update(channel_files(channel), place, prune=prune, dry_run=dry_run, tell=tell)


def _update(
    files: list[ChannelFile],
    target: Target,
    *,
    prune: bool,
    dry_run: bool,
    tell: Callable[[str], None],
) -> Plan:
    wanted = {file.name for file in files}
    subdirs = sorted({name.partition("/")[0] for name in wanted if "/" in name})
    manifest = Manifest.load(target, subdirs)
    present = _present(target, {*subdirs, *manifest.subdirs})
    _check_subdirs(target, manifest, subdirs, present)
    remove = (
        stale_files(target, manifest, subdirs=subdirs, wanted=wanted, present=present)
        if prune
        else []
    )
    plan = Plan(send=_changed(files, target, present), remove=remove)
    if not dry_run:
        manifest = manifest.save(target, manifest.names | wanted)
    for file in plan.send:
        tell(f"send {file.name}")
        if not dry_run:
            target.put(file)
    for name in plan.remove:
        tell(f"remove {name}")
        if not dry_run:
            target.remove(name)
    if prune and not dry_run:
        left = present.keys() - set(plan.remove)
        manifest.save(target, manifest.remaining(wanted=wanted, present=left))
    return plan


def _present(target: Target, subdirs: Iterable[str]) -> dict[str, StoredFile]:
    """The files in the folders of a target that a channel with these subdirs uses."""
    present = target.files("")
    for subdir in sorted(subdirs):
        present |= target.files(subdir) | target.files(f"{subdir}/{SHARD_FOLDER}")
    return present


def _check_subdirs(
    target: Target, manifest: Manifest, subdirs: Iterable[str], present: Iterable[str]
) -> None:
    """Raise a ``PublishError`` if the indexes of another channel would be replaced."""
    for subdir in subdirs:
        index = f"{subdir}/repodata.json"
        if manifest.is_there and index in present and index not in manifest.names:
            raise PublishError(
                f"{target.address(index)}: belongs to another channel. Nothing was written.",
                help="Publish to another folder, or remove the other channel.",
            )


def _changed(
    files: Iterable[ChannelFile], target: Target, present: dict[str, StoredFile]
) -> list[ChannelFile]:
    """The files that the target does not have.

    Raises:
        PublishError: the target has an immutable file with other bytes.
    """
    changed = []
    for file in files:
        stored = present.get(file.name)
        if stored is None:
            changed.append(file)
        elif not target.is_same(file, stored):
            row = file_type(file.name)
            if row is not None and row.kind == Kind.IMMUTABLE:
                raise PublishError(
                    f"{target.address(file.name)}: is published with other bytes, which clients "
                    "cache. Nothing was written.",
                    help="Raise the build number of the recipe, build the recipe and publish "
                    "again.",
                )
            changed.append(file)
    return changed


def channel_files(channel: Path) -> list[ChannelFile]:
    """The files of a channel, in the order in which they are sent.

    Raises:
        PublishError: the channel is incomplete, or a file differs from its entry in an index.
    """

    def file(name: str) -> ChannelFile:
        path = channel / name
        with path_errors(path, "read", help=_INDEX_HELP):
            return ChannelFile(
                name=name, path=path, size=path.stat().st_size, sha256=sha256_file(path)
            )

    subdirs = sorted(path.parent.name for path in channel.glob("*/repodata.json"))
    if not subdirs:
        raise PublishError(
            f"There is no channel in {channel}.",
            help="Build a recipe: conda-emscripten build --with-deps NAME.",
        )
    indexes = [
        file(f"{subdir}/{name}")
        for name in names_of(Kind.INDEX)
        for subdir in subdirs
        if subdir in PAGE_SUBDIRS or (channel / subdir / name).is_file()
    ]
    named = [entry for subdir in subdirs for entry in _named_files(channel, subdir, file)]
    for listed in read_snapshots(channel).values():
        entry = file(snapshot_path(channel, listed).relative_to(channel).as_posix())
        if entry.sha256 != listed["sha256"]:
            raise PublishError(
                f"{entry.path}: differs from its entry in snapshots.json.", help=_INDEX_HELP
            )
        named.append(entry)
    return [*named, *indexes, *map(file, names_of(Kind.ROOT))]


def _named_files(
    channel: Path, subdir: str, file: Callable[[str], ChannelFile]
) -> Iterator[ChannelFile]:
    """The files that the indexes of a subdir name, and the variants of the bundles."""

    def address(name: str) -> str:
        return str(channel / name)

    def read(name: str) -> bytes | None:
        path = channel / name
        with path_errors(path, "read", help=_INDEX_HELP):
            return path.read_bytes() if path.is_file() else None

    indexes = SubdirIndexes.load(subdir, read, address, help=_INDEX_HELP)
    packages = {package.name: package.sha256 for package in indexes.packages}
    for name, sha256 in indexes.bundled.items():
        if packages.get(name) != sha256:
            raise PublishError(
                f"{address(f'{subdir}/bundles.json')}: is older than {name}.", help=_INDEX_HELP
            )
    for listed in (*indexes.packages, *indexes.bundles, *indexes.shards):
        entry = file(f"{subdir}/{listed.name}")
        if entry.sha256 != listed.sha256 or listed.size not in (None, entry.size):
            raise PublishError(
                f"{entry.path}: differs from its entry in the index of {subdir}.", help=_INDEX_HELP
            )
        yield entry
        variants = [entry.name + suffix for suffix in VARIANT_SUFFIXES]
        if entry.name.endswith(BUNDLE_SUFFIX):
            yield from (file(name) for name in variants if (channel / name).is_file())
