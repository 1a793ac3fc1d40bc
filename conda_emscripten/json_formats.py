"""Which JSON does the package share with the loader and the channel's page?

This module declares the files that the package writes. docs/reference/schema/ has a JSON Schema of
each file, and loader/src/formats.ts has the same names in TypeScript. Tests compare all three.
"""

from __future__ import annotations

from typing import Annotated, NotRequired, TypedDict

from conda_emscripten.bundle_format import FORMAT_VERSION
from conda_emscripten.json_check import Count, Digest, Matching

#: The version of ``bundles.json``. Version 2 has no parts of bundles.
BUNDLES_VERSION = FORMAT_VERSION
#: The version of locks. Version 1 has no parts of bundles.
LOCK_VERSION = 2
IMPORTS_VERSION = 1
PACKAGES_VERSION = 1
SNAPSHOTS_VERSION = 1


#: The file name of a bundle.
BundleName = Annotated[str, Matching(r"\.lz4b$", "the file name of a bundle")]


class BundlePart(TypedDict):
    """A further part of a bundle; size in bytes, digest in hexadecimal (in shards: bytes)."""

    bundle: BundleName
    size: Count
    sha256: Digest


class ProjectEntry(TypedDict):
    """A Python project in ``BundleEntry``."""

    version: str
    extras: list[str]


class BundleEntry(TypedDict):
    """A package in ``bundles.json``; sizes in bytes, digests in hexadecimal."""

    bundle: BundleName | None
    size: Count
    sha256: Digest | None
    head_size: NotRequired[Count]  # older channels have no head_size and head_sha256
    head_sha256: NotRequired[Digest | None]
    parts: NotRequired[list[BundlePart]]  # only of bundles in parts
    package_sha256: Digest
    imports: list[str]
    distributions: dict[str, ProjectEntry]


class BundlesJson(TypedDict):
    """``<subdir>/bundles.json``: file name of each conda package -> its bundle."""

    version: int
    subdir: str
    bundles: dict[str, BundleEntry]


class SnapshotEntry(TypedDict):
    """A snapshot in ``snapshots.json``; ``size`` in bytes, ``sha256`` of the file."""

    sha256: Digest
    size: Count
    api: str
    imports: list[str]
    packages: list[str]


class SnapshotsJson(TypedDict):
    """``snapshots.json``: name -> the snapshot, whose file is ``snapshots/<sha256>.snap``."""

    version: int
    snapshots: dict[str, SnapshotEntry]


class ShardBundle(TypedDict):
    """A package in the key ``bundles`` of a repodata shard (CEP 16); digests are bytes there."""

    bundle: str | None
    size: int
    sha256: str | None
    head_size: NotRequired[int]
    head_sha256: NotRequired[str | None]
    parts: NotRequired[list[BundlePart]]


class ImportsJson(TypedDict):
    """``imports.json``: module -> name of the package that provides it."""

    version: int
    imports: dict[str, str]


class LockedPackage(TypedDict):
    """A package in a lock; sizes in bytes, digests in hexadecimal."""

    name: str
    version: str
    build: str
    build_number: int
    subdir: str
    file: str
    sha256: str
    depends: list[str]
    constrains: NotRequired[list[str]]
    url: NotRequired[str]  # in locks that a page makes
    channel: NotRequired[str]
    bundle: NotRequired[str | None]
    bundle_size: NotRequired[int]
    bundle_sha256: NotRequired[str | None]
    bundle_head_size: NotRequired[int]
    bundle_head_sha256: NotRequired[str]
    bundle_parts: NotRequired[list[BundlePart]]


class Lock(TypedDict):
    """A solved set of packages: ``lock.json``, ``default-lock.json`` and the locks of users."""

    version: int
    platform: str
    specs: list[str]
    packages: list[LockedPackage]


class ListedVersion(TypedDict):
    """A file of a package in ``packages.json``; sizes in bytes, time in seconds since 1970."""

    version: str
    build: str
    file: str
    size: int
    bundleSize: int | None
    timestamp: int
    depends: list[str]


class ListedPackage(TypedDict):
    """A package in ``packages.json``."""

    name: str
    summary: str
    home: str
    license: str
    isForPages: bool
    versions: list[ListedVersion]


class PackagesJson(TypedDict):
    """``packages.json``, which the channel's page shows."""

    version: int
    platform: str
    packages: list[ListedPackage]
