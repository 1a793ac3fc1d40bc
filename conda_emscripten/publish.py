"""How does a channel get to where its readers are, so that they never miss a file?

A file is sent when all that it names is there:

1. packages, bundles and shards, whose names stand for their bytes;
2. what names them: ``bundles.json`` before the repodata, as a reader of that asks for the bundles
   next, then the shards' index, and then the files of the channel's root;
3. last, and only if asked for, what nothing names any more is removed.

A file of the first kind is never replaced by other bytes: readers keep it for good. Beside a bundle
may lie what compress.py makes of it, which the same bytes come out of.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from conda_emscripten.channel_layout import (
    BUNDLE_SUFFIX,
    COMPRESSED_BUNDLE_SUFFIX,
    MIME_TYPES,
    PAGE_SUBDIRS,
    SHARD_INDEX,
)
from conda_emscripten.errors import PublishError
from conda_emscripten.files import atomic_copy, os_errors, sha256_file

IMMUTABLE = re.compile(r".+\.(conda|lz4b)|.+/shards/[0-9a-f]{64}\.msgpack\.zst")
_ONE_YEAR = "public, max-age=31536000, immutable"
# What names other files, each after those that it leads to.
_INDEXES = (
    "bundles.json",
    "repodata.json",
    "repodata.json.zst",
    SHARD_INDEX,
    "run_exports.json",
)
_ROOT = (
    "imports.json",
    "default-lock.json",
    "lock.json",
    "channeldata.json",
    "packages.json",
    "feed.atom",
    "index.html",
)


@dataclass(frozen=True, kw_only=True)
class ChannelFile:
    """A file of a channel.

    Attributes:
        name: its path in the channel, with slashes.
        path: where it is.
    """

    name: str
    path: Path

    @property
    def is_immutable(self) -> bool:
        """Whether its name stands for its bytes."""
        return IMMUTABLE.fullmatch(self.name) is not None

    @property
    def headers(self) -> dict[str, str]:
        """What a host should send with it (RFC 9110 and 9111)."""
        return {
            "Content-Type": MIME_TYPES.get(self.path.suffix, "application/octet-stream"),
            "Cache-Control": _ONE_YEAR if self.is_immutable else "no-cache",
        }


class Target(Protocol):
    """Where a channel is published."""

    def names(self) -> set[str]:
        """The files that are there."""

    def has(self, file: ChannelFile) -> bool:
        """Whether a file that is there has the same bytes."""

    def put(self, file: ChannelFile) -> None:
        """Write a file; a reader sees the old one or the whole new one."""

    def remove(self, name: str) -> None:
        """Remove a file."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be done, in its order."""

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
    """Bring a published channel up to date.

    Args:
        channel: the folder that ``conda-emscripten index`` has made.
        target: a folder, ``s3://bucket/prefix``, or the address of a channel on a server:
            ``prefix+https://…``, ``quetz+https://…``, ``anaconda+https://host/owner/label``.
        prune: also remove what the channel no longer has.
        dry_run: only say what would be done.
        tell: hears of each file.

    Returns:
        What was done. A call that was interrupted goes on where it stopped when it is repeated.

    Raises:
        PublishError: the channel is not complete, a name would get other bytes, or the target
            cannot be written. Unless it is the last, nothing has been written.
    """
    files = channel_files(channel)
    server = re.fullmatch(r"(prefix|quetz|anaconda)\+(https?://.+)", target)
    if server:
        packages = [file for file in files if file.name.endswith(".conda")]
        if prune:
            raise PublishError("A server removes packages by itself: leave --prune out.")
        for file in packages:
            tell(f"send {file.name}")
        if not dry_run:
            _upload(server[1], server[2], packages)
        return Plan(send=packages, remove=[])
    place = open_target(target)
    plan = _plan(files, place, prune)
    for file in plan.send:
        tell(f"send {file.name}")
        if not dry_run:
            place.put(file)
    for name in plan.remove:
        tell(f"remove {name}")
        if not dry_run:
            place.remove(name)
    return plan


def _plan(files: list[ChannelFile], target: Target, prune: bool) -> Plan:
    present = target.names()
    send = []
    for file in files:
        if file.name not in present:
            send.append(file)
        elif not target.has(file):
            if file.is_immutable:
                raise PublishError(
                    f"{file.name} is published with other bytes, and readers keep it for good. "
                    "Raise the recipe's build number and build it again. Nothing was written."
                )
            send.append(file)
    wanted = {file.name for file in files}
    # Only what a channel has: a folder may hold more than that.
    compressed = rf".+{re.escape(COMPRESSED_BUNDLE_SUFFIX)}"
    ours = re.compile(
        rf"{IMMUTABLE.pattern}|{compressed}|[^/]+/({'|'.join(map(re.escape, _INDEXES))})"
    )
    remove = sorted(name for name in present - wanted if prune and ours.fullmatch(name))
    return Plan(send=send, remove=remove)


def channel_files(channel: Path) -> list[ChannelFile]:
    """The files of a channel in the order in which they are to be sent.

    Raises:
        PublishError: an index is missing, or names a file that is not what it says.
    """

    def file(name: str) -> ChannelFile:
        path = channel / name
        if not path.is_file():
            raise PublishError(f"{path} is missing. Run `conda-emscripten index`.")
        return ChannelFile(name=name, path=path)

    subdirs = sorted(path.parent.name for path in channel.glob("*/repodata.json"))
    if not subdirs:
        raise PublishError(
            f"There is no channel in {channel}. Build something and run `conda-emscripten index`."
        )
    immutable = []
    for subdir in subdirs:
        for name, size, sha256 in _named(channel / subdir):
            found = file(f"{subdir}/{name}")
            if found.path.stat().st_size != size or sha256_file(found.path) != sha256:
                raise PublishError(
                    f"{found.path} is not what its index says. Run `conda-emscripten index`."
                )
            immutable.append(found)
            compressed = found.path.with_suffix(COMPRESSED_BUNDLE_SUFFIX)
            if name.endswith(BUNDLE_SUFFIX) and compressed.is_file():
                immutable.append(file(f"{subdir}/{compressed.name}"))
        folder = channel / subdir / "shards"
        immutable += [file(f"{subdir}/shards/{path.name}") for path in sorted(folder.glob("*.zst"))]
    indexes = [
        file(f"{subdir}/{name}")
        for name in _INDEXES
        for subdir in subdirs
        # Only subdirs for pages have bundles.
        if subdir in PAGE_SUBDIRS or (channel / subdir / name).is_file()
    ]
    return [*immutable, *indexes, *map(file, _ROOT)]


def _named(folder: Path) -> Iterable[tuple[str, int, str]]:
    """Name, size and sha256 of the packages and bundles that a subdir's indexes name."""
    repodata = _load(folder / "repodata.json")
    records: dict[str, Any] = {**repodata["packages"], **repodata["packages.conda"]}
    for name, record in sorted(records.items()):
        yield name, record["size"], record["sha256"]
    if (folder / "bundles.json").is_file():
        for name, bundle in sorted(_load(folder / "bundles.json")["bundles"].items()):
            if bundle["package_sha256"] != records.get(name, {}).get("sha256"):
                raise PublishError(
                    f"{folder / 'bundles.json'} does not fit {name}. Run `conda-emscripten index`."
                )
            if bundle["bundle"]:
                yield bundle["bundle"], bundle["size"], bundle["sha256"]


def _load(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_bytes())
    return content


def open_target(target: str) -> Target:
    """The target with a name.

    Raises:
        PublishError: there is no such kind of target, or it cannot be reached.
    """
    url = urlsplit(target)
    if url.scheme == "s3":
        return Bucket(url.netloc, url.path.strip("/"))
    if url.scheme == "file":
        return Folder(Path(unquote(url.path)))
    if url.scheme:
        raise PublishError(
            f"{target} is no target. Give a folder, s3://bucket/prefix, or the address of a "
            "channel as prefix+https://…, quetz+https://… or anaconda+https://…."
        )
    return Folder(Path(target))


class Folder:
    """A folder, on this machine or mounted."""

    def __init__(self, path: Path) -> None:
        self._path = path.resolve()

    def names(self) -> set[str]:
        """The files that are there."""
        paths = self._path.rglob("*") if self._path.is_dir() else []
        return {path.relative_to(self._path).as_posix() for path in paths if path.is_file()}

    def has(self, file: ChannelFile) -> bool:
        """Whether a file that is there has the same bytes."""
        path = self._path / file.name
        same = path.stat().st_size == file.path.stat().st_size
        return same and sha256_file(path) == sha256_file(file.path)

    def put(self, file: ChannelFile) -> None:
        """Write a file beside its place, and rename it."""
        path = self._path / file.name
        with os_errors(PublishError, f"{path}: cannot be written"):
            path.parent.mkdir(parents=True, exist_ok=True)
            atomic_copy(file.path, path)
            # A server that compares times then sends a changed index again.
            stat = file.path.stat()
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    def remove(self, name: str) -> None:
        """Remove a file."""
        (self._path / name).unlink(missing_ok=True)


class Bucket:
    """A bucket of an S3-compatible store; boto3's settings say where, and who we are."""

    def __init__(self, bucket: str, prefix: str) -> None:
        try:
            import boto3
            from botocore.exceptions import BotoCoreError, ClientError
        except ImportError as error:
            raise PublishError(
                "s3:// needs boto3: install it with `pip install 'conda-emscripten[s3]'`."
            ) from error
        self._errors: tuple[type[Exception], ...] = (BotoCoreError, ClientError)
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._client = self._call(lambda: boto3.client("s3"))
        self._tags: dict[str, tuple[int, str]] = {}

    def _call(self, request: Callable[[], Any]) -> Any:
        try:
            return request()
        except self._errors as error:
            raise PublishError(
                f"s3://{self._bucket}/{self._prefix}: {error}. Check AWS_ENDPOINT_URL, "
                "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_DEFAULT_REGION."
            ) from error

    def names(self) -> set[str]:
        """The objects that are there."""

        def listed() -> dict[str, tuple[int, str]]:
            pages = self._client.get_paginator("list_objects_v2")
            return {
                entry["Key"].removeprefix(self._prefix): (entry["Size"], entry["ETag"].strip('"'))
                for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix)
                for entry in page.get("Contents", [])
            }

        self._tags = self._call(listed)
        return set(self._tags)

    def has(self, file: ChannelFile) -> bool:
        """Whether an object that is there has the same bytes: the sha256 that `put` gave it."""
        size, tag = self._tags[file.name]
        if size != file.path.stat().st_size:
            return False
        with file.path.open("rb") as reader:
            # Of an object that was put at once; other stores have other tags.
            if hashlib.file_digest(reader, "md5").hexdigest() == tag:
                return True
        key = self._prefix + file.name
        head = self._call(lambda: self._client.head_object(Bucket=self._bucket, Key=key))
        return bool(head["Metadata"].get("sha256") == sha256_file(file.path))

    def put(self, file: ChannelFile) -> None:
        """Write an object; it is there when it is there whole."""

        def send() -> None:
            with file.path.open("rb") as body:
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=self._prefix + file.name,
                    Body=body,
                    ContentType=file.headers["Content-Type"],
                    CacheControl=file.headers["Cache-Control"],
                    Metadata={"sha256": sha256_file(file.path)},
                )

        self._call(send)

    def remove(self, name: str) -> None:
        """Remove an object."""
        key = self._prefix + name
        self._call(lambda: self._client.delete_object(Bucket=self._bucket, Key=key))


def _upload(kind: str, address: str, packages: list[ChannelFile]) -> None:
    """Send packages to a server, which makes the indexes itself; it has no bundles.

    The keys are PREFIX_API_KEY, QUETZ_API_KEY and ANACONDA_API_KEY.
    """
    from rattler_build import RattlerBuildError
    from rattler_build import upload as uploaders

    url = urlsplit(address)
    host = f"{url.scheme}://{url.netloc}"
    name, _, label = url.path.strip("/").partition("/")
    if not name:
        raise PublishError(f"{kind}+{address} names no channel: write {kind}+{host}/CHANNEL.")
    key = os.environ.get(f"{kind.upper()}_API_KEY")
    if not key:
        raise PublishError(f"Set {kind.upper()}_API_KEY to the key that the server has given you.")
    paths = [str(file.path) for file in packages]
    try:
        if kind == "prefix":
            uploaders.upload_package_to_prefix(paths, host, name, api_key=key, skip_existing=True)
        elif kind == "quetz":
            uploaders.upload_package_to_quetz(paths, host, name, api_key=key)
        else:
            labels: Mapping[str, Any] = {"channel": [label]} if label else {}
            uploaders.upload_package_to_anaconda(paths, name, api_key=key, url=host, **labels)
    except RattlerBuildError as error:
        raise PublishError(f"{kind}+{address} has not taken the packages: {error}") from error
