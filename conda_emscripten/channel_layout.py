"""Which files does a channel have, and how does a host send them?

This module has the one table of a channel's files. ``publish`` sends them in its order, ``serve``
and ``publish`` take MIME types and caching from it, and tests compare channel/hosting/nginx.conf
and docs/channel.md with it.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from conda_emscripten.project import TARGET_PLATFORM

#: The subdirs that pages load packages from: only these have bundles.
PAGE_SUBDIRS = (TARGET_PLATFORM, "noarch")

PACKAGE_SUFFIX = ".conda"
BUNDLE_SUFFIX = ".lz4b"
#: Of the precompressed variants of a file, beside its own suffix.
VARIANT_SUFFIXES = (".br", ".zst")
SHARD_SUFFIX = ".msgpack.zst"
SHARD_FOLDER = "shards"
SNAPSHOT_SUFFIX = ".snap"
SNAPSHOT_FOLDER = "snapshots"
SHARD_INDEX = f"repodata_shards{SHARD_SUFFIX}"
#: The list of the files that ``publish`` sent to a target; only the target has this file.
MANIFEST = "published.json"

#: The name of a shard is the sha256 of its bytes (CEP 16).
SHARD_NAME = re.compile(rf"[0-9a-f]{{64}}{re.escape(SHARD_SUFFIX)}")

#: Values of Cache-Control (RFC 9111 and 8246).
CACHE_ONE_YEAR = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"

#: Content-Type by suffix, for channel and site: the tables of operating systems differ.
MIME_TYPES = {
    ".atom": "application/atom+xml",
    ".br": "application/octet-stream",
    ".bz2": "application/x-bzip2",
    ".conda": "application/octet-stream",
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".lz4b": "application/octet-stream",
    ".map": "application/json",
    ".md": "text/markdown",
    ".mjs": "text/javascript",
    ".png": "image/png",
    ".py": "text/x-python",
    ".snap": "application/octet-stream",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".whl": "application/octet-stream",
    ".zst": "application/zstd",
}


class Kind(enum.StrEnum):
    """How ``publish`` and clients treat a file."""

    #: The name identifies the bytes: never replaced by other bytes, and cached for a year.
    IMMUTABLE = "immutable"
    #: Another encoding of an immutable file, for hosts that negotiate the encoding.
    VARIANT = "variant"
    #: Names files of its subdir.
    INDEX = "index"
    #: Describes the whole channel.
    ROOT = "root"
    #: Written by ``publish`` at the target.
    MANIFEST = "manifest"


@dataclass(frozen=True, kw_only=True)
class FileType:
    """A row of the table.

    Attributes:
        kind: how ``publish`` and clients treat the file.
        name: the path in the channel, with the placeholders ``<subdir>``, ``<package>`` (name,
            version and build) and ``<sha256>``.
        content: what the file contains, in a few words.
    """

    kind: Kind
    name: str
    content: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Matches the paths of these files."""
        parts = re.split(r"(<\w+>)", self.name)
        return re.compile("".join(_PLACEHOLDERS.get(part) or re.escape(part) for part in parts))


_PLACEHOLDERS = {
    # Only names of conda subdirs: other folders below a target may be other channels.
    "<subdir>": r"(?:noarch|[a-z0-9]+-[a-z0-9_]+)",
    "<package>": r"[^/]+-[^/]+-[^/]+",
    "<sha256>": r"[0-9a-f]{64}",
}


#: The table, in the order in which ``publish`` sends the files.
FILES: tuple[FileType, ...] = tuple(
    FileType(kind=kind, name=name, content=content)
    for kind, name, content in (
        (Kind.IMMUTABLE, f"<subdir>/<package>{PACKAGE_SUFFIX}", "a package"),
        (
            Kind.IMMUTABLE,
            f"<subdir>/<package>{BUNDLE_SUFFIX}",
            "the bundle of a package, or, with a number before the suffix, a part of the bundle",
        ),
        (Kind.VARIANT, f"<subdir>/<package>{BUNDLE_SUFFIX}.br", "the bundle as brotli"),
        (Kind.VARIANT, f"<subdir>/<package>{BUNDLE_SUFFIX}.zst", "the bundle as zstd"),
        (
            Kind.IMMUTABLE,
            f"<subdir>/{SHARD_FOLDER}/<sha256>{SHARD_SUFFIX}",
            "a shard: repodata and bundles of a package name (CEP 16), or of the current packages",
        ),
        (
            Kind.IMMUTABLE,
            f"{SNAPSHOT_FOLDER}/<sha256>{SNAPSHOT_SUFFIX}",
            "a snapshot: an interpreter with imported packages",
        ),
        # Bundles before the repodata: a client that has read the repodata asks for bundles next.
        (Kind.INDEX, "<subdir>/bundles.json", "the bundle of each package, with its sha256"),
        (Kind.INDEX, "<subdir>/repodata.json", "conda's index of the packages"),
        (Kind.INDEX, "<subdir>/repodata.json.zst", "the same index as zstd"),
        (Kind.INDEX, f"<subdir>/{SHARD_INDEX}", "the shard of each package name (CEP 16)"),
        (
            Kind.INDEX,
            "<subdir>/run_exports.json",
            "dependencies that packages built against each package inherit (CEP 12)",
        ),
        (Kind.ROOT, "imports.json", "the package that provides each module"),
        (Kind.ROOT, "snapshots.json", "the snapshots, with their sizes and sha256"),
        (Kind.ROOT, "default-lock.json", "the solution for the whole channel"),
        (Kind.ROOT, "pyodide-lock.json", "the same solution in Pyodide's form, for front ends"),
        (Kind.ROOT, "lock.json", "the solution for the packages that every page loads first"),
        (Kind.ROOT, "channeldata.json", "metadata of each package, in conda-index's format"),
        (Kind.ROOT, "packages.json", "versions and sizes of the packages, for `index.html`"),
        (Kind.ROOT, "feed.atom", "the newest packages, for feed readers"),
        (Kind.ROOT, "index.html", "a page of all packages, with links to the console"),
        (Kind.MANIFEST, MANIFEST, "the files that `publish` sent; at the target only"),
    )
)


def file_type(name: str) -> FileType | None:
    """The row of the file with this path in the channel; None if no channel has such a file."""
    return next((row for row in FILES if row.pattern.fullmatch(name)), None)


#: The files that pages read (loader/src): bundles instead of packages, shards instead of the
#: repodata.
_FOR_PAGES = frozenset(
    {
        f"<subdir>/<package>{BUNDLE_SUFFIX}",
        *(f"<subdir>/<package>{BUNDLE_SUFFIX}{suffix}" for suffix in VARIANT_SUFFIXES),
        f"<subdir>/{SHARD_FOLDER}/<sha256>{SHARD_SUFFIX}",
        "<subdir>/bundles.json",
        f"<subdir>/{SHARD_INDEX}",
        f"{SNAPSHOT_FOLDER}/<sha256>{SNAPSHOT_SUFFIX}",
        "snapshots.json",
        "imports.json",
        "default-lock.json",
        "pyodide-lock.json",
        "lock.json",
    }
)


def bundle_files(package: Path) -> list[Path]:
    """The files beside a package that are its bundle: one file, or parts, with their variants."""
    stem = re.escape(package.name.removesuffix(PACKAGE_SUFFIX))
    variants = "|".join(re.escape(suffix) for suffix in VARIANT_SUFFIXES)
    pattern = re.compile(rf"{stem}(\.\d+)?{re.escape(BUNDLE_SUFFIX)}({variants})?")
    return sorted(path for path in package.parent.iterdir() if pattern.fullmatch(path.name))


def is_for_pages(name: str) -> bool:
    """Whether pages read the file with this path in the channel."""
    row = file_type(name)
    return row is not None and row.name in _FOR_PAGES


def names_of(kind: Kind) -> tuple[str, ...]:
    """The file names of a kind, without their folder, in the table's order."""
    return tuple(PurePosixPath(row.name).name for row in FILES if row.kind == kind)


def headers(name: str) -> dict[str, str]:
    """Content-Type and Cache-Control of the file with this path in the channel (RFC 9110, 9111)."""
    row = file_type(name)
    is_immutable = row is not None and row.kind == Kind.IMMUTABLE
    return {
        "Content-Type": mime_type(name),
        "Cache-Control": CACHE_ONE_YEAR if is_immutable else REVALIDATE,
    }


def mime_type(name: str) -> str:
    """The Content-Type of a file, by its suffix; a variant has the type of its bundle."""
    path = PurePosixPath(name)
    if path.suffix in VARIANT_SUFFIXES and PurePosixPath(path.stem).suffix == BUNDLE_SUFFIX:
        name = path.stem
    return MIME_TYPES.get(PurePosixPath(name).suffix, "application/octet-stream")
