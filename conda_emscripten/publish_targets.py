"""Where can a channel be published?

This module has the targets of ``publish``: folders and S3-compatible buckets, whose files can be
listed, written and removed one by one, and servers that take packages and write their own indexes.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from conda_emscripten.channel_layout import headers
from conda_emscripten.errors import PublishError
from conda_emscripten.files import atomic_copy, atomic_write, os_errors, sha256_file

_HELP = "Check the path and its permissions, then publish again: only the remaining files are sent."


@dataclass(frozen=True, kw_only=True)
class ChannelFile:
    """A file of the channel that is published.

    Attributes:
        name: the path in the channel, with slashes.
        path: the file.
        size: in bytes.
        sha256: in hexadecimal.
    """

    name: str
    path: Path
    size: int
    sha256: str

    @property
    def headers(self) -> dict[str, str]:
        """Content-Type and Cache-Control, for hosts that store headers with the file."""
        return headers(self.name)


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """A file at a target: its size in bytes, and the ETag if the target is a bucket."""

    size: int
    etag: str = ""


class Target(Protocol):
    """A place for a channel. Names are paths in the channel; every error is a ``PublishError``."""

    def address(self, name: str) -> str:
        """The path or URL of a file, for messages."""

    def files(self, folder: str) -> dict[str, StoredFile]:
        """The files directly in a folder, by name; ``""`` is the root of the channel."""

    def read(self, name: str) -> bytes | None:
        """The content of a file; None if there is no such file."""

    def is_same(self, file: ChannelFile, stored: StoredFile) -> bool:
        """Whether ``stored``, the file with the name of ``file``, has the bytes of ``file``."""

    def put(self, file: ChannelFile) -> None:
        """Write a file. Clients see the old file or the whole new one."""

    def write(self, name: str, data: bytes) -> None:
        """Write ``data`` to a file, as ``put`` does."""

    def remove(self, name: str) -> None:
        """Remove a file, if there is one."""


def open_target(target: str) -> Target:
    """The folder or bucket with this address.

    Raises:
        PublishError: ``target`` is neither, or boto3 is not installed or not configured.
    """
    try:
        url = urlsplit(target)
    except ValueError as error:
        raise _unknown(target) from error
    if url.scheme == "s3" and url.netloc:
        return Bucket(url.netloc, url.path.strip("/"))
    if url.scheme == "file" and url.netloc in ("", "localhost"):
        return Folder(Path(unquote(url.path)))
    if url.scheme or not target:
        raise _unknown(target)
    return Folder(Path(target))


def _unknown(target: str) -> PublishError:
    return PublishError(
        f"'{target}' is not a target.",
        help="Give a folder, s3://bucket/prefix, or the channel of a server: prefix+https://…, "
        "quetz+https://… or anaconda+https://….",
    )


class Folder:
    """A folder of this machine, possibly mounted."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        with path_errors(path, "read"):
            is_other = self.path.exists() and not self.path.is_dir()
        if is_other:
            raise PublishError(f"{path} is not a folder.", help="Give a folder as the target.")

    def address(self, name: str) -> str:
        """The path of a file."""
        return str(self.path / name)

    def files(self, folder: str) -> dict[str, StoredFile]:
        """The files directly in a folder, by name."""
        path = self.path / folder
        prefix = f"{folder}/" if folder else ""
        with path_errors(path, "read"):
            try:
                entries = list(os.scandir(path))
            except FileNotFoundError:
                return {}
            return {
                f"{prefix}{entry.name}": StoredFile(size=entry.stat().st_size)
                for entry in entries
                if entry.is_file()
            }

    def read(self, name: str) -> bytes | None:
        """The content of a file; None if there is no such file."""
        path = self.path / name
        with path_errors(path, "read"):
            try:
                return path.read_bytes()
            except FileNotFoundError:
                return None

    def is_same(self, file: ChannelFile, stored: StoredFile) -> bool:
        """Whether the file with the name of ``file`` has its bytes."""
        path = self.path / file.name
        with path_errors(path, "read"):
            return stored.size == file.size and sha256_file(path) == file.sha256

    def put(self, file: ChannelFile) -> None:
        """Write a temporary file and rename it."""
        path = self.path / file.name
        with path_errors(path, "written"):
            path.parent.mkdir(parents=True, exist_ok=True)
            atomic_copy(file.path, path)
            # With the time of the source, servers and rsync see that an index changed.
            stat = file.path.stat()
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    def write(self, name: str, data: bytes) -> None:
        """Write a temporary file and rename it."""
        path = self.path / name
        with path_errors(path, "written"):
            path.parent.mkdir(parents=True, exist_ok=True)
            atomic_write(path, data)

    def remove(self, name: str) -> None:
        """Remove a file, if there is one."""
        path = self.path / name
        with path_errors(path, "removed"):
            path.unlink(missing_ok=True)


def path_errors(
    path: Path, done: str, *, help: str = _HELP
) -> contextlib.AbstractContextManager[None]:
    """Raise an ``OSError`` of the block as a ``PublishError``: ``path`` cannot be ``done``."""
    # 'make clean' would remove the channel.
    full_disk = "Make room on its disk, then publish again: only the remaining files are sent."
    return os_errors(PublishError, f"{path}: cannot be {done}", help=help, full_disk=full_disk)


class Bucket:
    """A bucket of an S3-compatible store. boto3's settings give endpoint and credentials."""

    def __init__(self, bucket: str, prefix: str) -> None:
        try:
            import boto3
            from botocore.exceptions import BotoCoreError, ClientError
        except ImportError as error:
            raise PublishError(
                f"s3://{bucket} needs boto3.",
                help="Install boto3: pip install 'conda-emscripten[s3]'.",
            ) from error
        # ValueError: a malformed endpoint. OSError: an unreadable credentials file or source file.
        self._errors = (BotoCoreError, ClientError, OSError, ValueError)
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._client: Any = self._call("", lambda: boto3.client("s3"))

    def _call(self, name: str, request: Callable[[], Any]) -> Any:
        try:
            return request()
        except self._errors as error:
            raise PublishError(
                f"{self.address(name)}: {error}.",
                help="Check the name of the bucket, AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, "
                "AWS_SECRET_ACCESS_KEY and AWS_DEFAULT_REGION.",
            ) from error

    def address(self, name: str) -> str:
        """The URL of an object."""
        return f"s3://{self._bucket}/{self._prefix}{name}"

    def files(self, folder: str) -> dict[str, StoredFile]:
        """The objects directly in a folder, by name."""
        prefix = self._prefix + (f"{folder}/" if folder else "")

        def listed() -> dict[str, StoredFile]:
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=prefix, Delimiter="/"
            )
            return {
                entry["Key"].removeprefix(self._prefix): StoredFile(
                    size=entry["Size"], etag=entry["ETag"].strip('"')
                )
                for page in pages
                for entry in page.get("Contents", [])
            }

        files: dict[str, StoredFile] = self._call(folder, listed)
        return files

    def read(self, name: str) -> bytes | None:
        """The content of an object; None if there is no such object."""

        def content() -> bytes | None:
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=self._prefix + name)
            except self._client.exceptions.NoSuchKey:
                return None
            data: bytes = answer["Body"].read()
            return data

        data: bytes | None = self._call(name, content)
        return data

    def is_same(self, file: ChannelFile, stored: StoredFile) -> bool:
        """Whether the object with the name of ``file`` has its bytes.

        The ETag of an object that was sent in one part is its md5. For other objects, the sha256
        in the metadata that ``put`` sends counts.
        """
        if stored.size != file.size:
            return False
        if self._call(file.name, lambda: _md5_file(file.path)) == stored.etag:
            return True
        key = self._prefix + file.name
        head = self._call(file.name, lambda: self._client.head_object(Bucket=self._bucket, Key=key))
        return bool(head["Metadata"].get("sha256") == file.sha256)

    def put(self, file: ChannelFile) -> None:
        """Write an object. An object becomes visible when all of it has arrived."""

        def send() -> None:
            with file.path.open("rb") as body:
                self._put(file.name, body, {"sha256": file.sha256})

        self._call(file.name, send)

    def write(self, name: str, data: bytes) -> None:
        """Write an object, as ``put`` does."""
        self._call(name, lambda: self._put(name, data, {}))

    def _put(self, name: str, body: Any, metadata: Mapping[str, str]) -> None:
        sent = headers(name)
        self._client.put_object(
            Bucket=self._bucket,
            Key=self._prefix + name,
            Body=body,
            ContentType=sent["Content-Type"],
            CacheControl=sent["Cache-Control"],
            Metadata=metadata,
        )

    def remove(self, name: str) -> None:
        """Remove an object, if there is one."""
        key = self._prefix + name
        self._call(name, lambda: self._client.delete_object(Bucket=self._bucket, Key=key))


def _md5_file(path: Path) -> str:
    with path.open("rb") as reader:
        # On a machine in FIPS mode, md5 is available only for other purposes than security.
        digest = hashlib.file_digest(reader, lambda: hashlib.md5(usedforsecurity=False))
    return digest.hexdigest()


@dataclass(frozen=True, kw_only=True)
class Server:
    """A channel of a server that writes its own indexes: prefix.dev, quetz or anaconda.org.

    Attributes:
        kind: ``prefix``, ``quetz`` or ``anaconda``.
        host: the URL of the server.
        channel: the name of the channel, or of the owner on anaconda.org.
        label: a label of anaconda.org, or empty.
    """

    kind: str
    host: str
    channel: str
    label: str

    @classmethod
    def parse(cls, target: str) -> Server | None:
        """The server of ``<kind>+https://host/channel``; None for targets of other forms.

        Raises:
            PublishError: the address names no channel.
        """
        match = re.fullmatch(r"(prefix|quetz|anaconda)\+(https?)://([^/]+)/?(.*)", target)
        if match is None:
            return None
        kind, scheme, host, path = match.groups()
        channel, _, label = path.strip("/").partition("/")
        if not channel:
            raise PublishError(
                f"'{target}' names no channel.",
                help=f"Append the name of the channel: {kind}+{scheme}://{host}/CHANNEL.",
            )
        return cls(kind=kind, host=f"{scheme}://{host}", channel=channel, label=label)

    def upload(self, packages: Sequence[Path]) -> None:
        """Send packages. The server skips or refuses those that it has.

        Raises:
            PublishError: there is no API key, or the server refuses or cannot be reached.
        """
        from rattler_build import RattlerBuildError
        from rattler_build import upload as uploaders

        variable = f"{self.kind.upper()}_API_KEY"
        key = os.environ.get(variable)
        if not key:
            raise PublishError(
                f"{self.host} needs an API key, and {variable} is not set.",
                help=f"Set {variable} to a key that the server issued.",
            )
        paths = [str(path) for path in packages]
        try:
            if self.kind == "prefix":
                uploaders.upload_package_to_prefix(
                    paths, self.host, self.channel, api_key=key, skip_existing=True
                )
            elif self.kind == "quetz":
                uploaders.upload_package_to_quetz(paths, self.host, self.channel, api_key=key)
            else:
                labels: Mapping[str, Any] = {"channel": [self.label]} if self.label else {}
                uploaders.upload_package_to_anaconda(
                    paths, self.channel, api_key=key, url=self.host, **labels
                )
        except RattlerBuildError as error:
            raise PublishError(
                f"{self.host} did not accept the packages: {error}.",
                help=f"Check the address, the channel '{self.channel}' and {variable}.",
            ) from error
