"""What is in a bundle file, and is a given file a sound bundle?

This module packs a tree of files into the bytes of a bundle, and reads a bundle. The format is
independent of conda. docs/reference/bundle-format.md describes the format and its reasons.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TypedDict

import lz4.block

from conda_emscripten.errors import BundleError
from conda_emscripten.files import os_errors
from conda_emscripten.json_check import checked

FORMAT_VERSION = 2
#: The most raw bytes in a chunk. The first position in chunk ``n`` is ``n * CHUNK_SIZE``.
CHUNK_SIZE = 64 * 1024

_MAGIC = b"LZ4B"
#: Magic, format version, stored header size, raw header size.
_PREAMBLE = struct.Struct("<4sIII")
_DIGEST_SIZE = hashlib.sha256().digest_size
_MAX_CHUNK_SIZE = 1024 * 1024
#: LZ4 compresses to 1/255 at best. A larger raw size is damage, and must not be allocated.
_MAX_RATIO = 255
_PLAIN_FILE = 0o644
_ALL_PERMISSIONS = 0o7777


class BundleFormatError(ValueError):
    """Bytes are not a sound bundle, or a tree cannot become a bundle.

    The message does not name the file.
    """


@dataclass(frozen=True, kw_only=True)
class File:
    """One regular file: its bytes and its permission bits."""

    content: bytes
    mode: int = _PLAIN_FILE


@dataclass(frozen=True, kw_only=True)
class Tree:
    """The files that a bundle holds; all paths are relative to the mount point.

    Attributes:
        files: path -> file, in the order of their bytes in the bundle.
        symlinks: path -> target, relative to the link's folder.
        libraries: the paths of the side modules in ``files``; each of them starts a chunk.
    """

    files: Mapping[str, File] = field(default_factory=dict)
    symlinks: Mapping[str, str] = field(default_factory=dict)
    libraries: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class BundleFile:
    """The content of a bundle: the tree, and the file name and sha256 of the conda package."""

    package: str
    package_sha256: str
    tree: Tree


class _Header(TypedDict):
    package: str
    package_sha256: str
    chunk_size: int
    chunks: list[list[int]]
    digests: str
    directories: dict[str, dict[str, list[int]]]
    symlinks: dict[str, str]
    libraries: list[str]


def pack(tree: Tree, *, package: str, package_sha256: str) -> bytes:
    """The bytes of a bundle; the same tree (and lz4 release) gives the same bytes.

    Raises:
        BundleFormatError: the tree cannot be mounted: a path leaves it or is used twice.
    """
    check_tree(tree)
    chunks: list[bytes] = []
    table: list[tuple[int, int]] = []
    directories: dict[str, dict[str, list[int]]] = {}

    def seal(raw: bytes) -> None:
        packed = lz4.block.compress(raw, mode="high_compression", compression=12, store_size=False)
        stored = packed if len(packed) < len(raw) else raw
        chunks.append(stored)
        table.append((len(stored), len(raw)))

    open_chunk = bytearray()
    libraries = set(tree.libraries)
    for path in [*(p for p in tree.files if p not in libraries), *tree.libraries]:
        file = tree.files[path]
        if path in libraries and open_chunk:
            seal(bytes(open_chunk))
            open_chunk.clear()
        position = len(chunks) * CHUNK_SIZE + len(open_chunk)
        open_chunk += file.content
        while len(open_chunk) >= CHUNK_SIZE:
            seal(bytes(open_chunk[:CHUNK_SIZE]))
            del open_chunk[:CHUNK_SIZE]
        directory, _, name = path.rpartition("/")
        entry = [position, len(file.content)]
        if file.mode != _PLAIN_FILE:
            entry.append(file.mode)
        directories.setdefault(directory, {})[name] = entry
    if open_chunk:
        seal(bytes(open_chunk))

    header = json.dumps(
        {
            "package": package,
            "package_sha256": package_sha256,
            "chunk_size": CHUNK_SIZE,
            "chunks": table,
            "digests": base64.b64encode(
                b"".join(hashlib.sha256(chunk).digest() for chunk in chunks)
            ).decode(),
            "directories": directories,
            "symlinks": dict(sorted(tree.symlinks.items())),
            "libraries": list(tree.libraries),
        },
        separators=(",", ":"),
        sort_keys=True,
    ).encode()
    packed_header = lz4.block.compress(
        header, mode="high_compression", compression=12, store_size=False
    )
    body = b"".join(
        [
            _PREAMBLE.pack(_MAGIC, FORMAT_VERSION, len(packed_header), len(header)),
            packed_header,
            *chunks,
        ]
    )
    return body + hashlib.sha256(body).digest()


def head_of(bundle: bytes) -> bytes:
    """The part of a bundle before its first chunk; ``bundle`` is what ``pack`` returned."""
    _, _, stored, _ = _PREAMBLE.unpack_from(bundle)
    return bundle[: _PREAMBLE.size + int(stored)]


def read_bundle(path: Path) -> BundleFile:
    """Read a bundle, with every check of the format.

    Raises:
        BundleError: the file is not a bundle, is of another version, truncated or damaged.
    """
    with os_errors(BundleError, f"{path} cannot be read", help="Check the path of the bundle."):
        data = path.read_bytes()
    try:
        return unpack(data)
    except BundleFormatError as error:
        raise BundleError(
            f"{path}: {error}", help="Delete the file and run 'conda-emscripten index'."
        ) from error


def unpack(data: bytes) -> BundleFile:
    """The inverse of ``pack``.

    Raises:
        BundleFormatError: the bytes are not a bundle, or are damaged.
    """
    if len(data) < _PREAMBLE.size + _DIGEST_SIZE:
        raise BundleFormatError(f"{len(data)} bytes are too few for a bundle: it is truncated.")
    magic, version, stored_size, raw_size = _PREAMBLE.unpack_from(data)
    if magic != _MAGIC:
        raise BundleFormatError(f"it starts with {magic!r}, not {_MAGIC!r}: it is not a bundle.")
    if version != FORMAT_VERSION:
        raise BundleFormatError(
            f"its format version is {version}; this program reads {FORMAT_VERSION}."
        )
    body, digest = data[:-_DIGEST_SIZE], data[-_DIGEST_SIZE:]
    if hashlib.sha256(body).digest() != digest:
        raise BundleFormatError(
            "its sha256 differs from the digest at its end: it is truncated or damaged."
        )
    # The digest is right, so the writer of the bundle caused every fault from here on.
    chunks_start = _PREAMBLE.size + stored_size
    packed_header = body[_PREAMBLE.size : chunks_start]
    try:
        if chunks_start > len(body) or raw_size > _MAX_RATIO * (stored_size + 1):
            raise BundleFormatError("its header has an impossible size.")
        header = json.loads(_decompress(packed_header, raw_size))
        return _read(checked(header, _Header, "JSON"), body[chunks_start:])
    except BundleFormatError:
        raise
    except (ValueError, RecursionError) as error:
        raise BundleFormatError(f"its header is malformed ({error}).") from error


def _read(header: _Header, stored: bytes) -> BundleFile:
    chunk_size = header["chunk_size"]
    if not 0 < chunk_size <= _MAX_CHUNK_SIZE:
        raise BundleFormatError(f"its chunks of {chunk_size} bytes are of an impossible size.")
    digests = base64.b64decode(header["digests"], validate=True)
    chunks = list(_chunks(header["chunks"], digests, stored, chunk_size))
    entries = {
        f"{directory}/{name}" if directory else name: entry
        for directory, listed in header["directories"].items()
        for name, entry in listed.items()
    }
    for path, entry in entries.items():
        if len(entry) not in {2, 3}:
            raise BundleFormatError(f"{path} does not have a position and a size.")
    # Before the contents are copied: with shared bytes, they could have any size.
    _check_disjoint({path: (entry[0], entry[1]) for path, entry in entries.items()})
    files: dict[str, tuple[int, File]] = {}
    for path, (position, size, *rest) in entries.items():
        content = _slice(chunks, chunk_size, position, size)
        if content is None:
            raise BundleFormatError(f"{path} is outside the chunks.")
        mode = rest[0] if rest else _PLAIN_FILE
        if not 0 <= mode <= _ALL_PERMISSIONS:
            raise BundleFormatError(f"{path} has impossible permissions.")
        files[path] = (position, File(content=content, mode=mode))
    libraries = header["libraries"]
    for path in libraries:
        if path not in files:
            raise BundleFormatError(f"the library {path} is not among its files.")
        if files[path][0] % chunk_size:
            raise BundleFormatError(f"the library {path} does not start a chunk.")
    tree = Tree(
        files={path: file for path, (_, file) in sorted(files.items(), key=lambda i: i[1][0])},
        symlinks=header["symlinks"],
        libraries=libraries,
    )
    check_tree(tree)
    return BundleFile(package=header["package"], package_sha256=header["package_sha256"], tree=tree)


def _check_disjoint(extents: Mapping[str, tuple[int, int]]) -> None:
    """Refuse files that share bytes; ``extents`` is path -> position and size."""
    end = min((position for position, _ in extents.values()), default=0)
    for path, (position, size) in sorted(extents.items(), key=lambda item: item[1]):
        if size == 0:
            continue
        if position < end:
            raise BundleFormatError(f"{path} shares bytes with another file.")
        end = position + size


def _chunks(
    table: Sequence[list[int]], digests: bytes, stored: bytes, chunk_size: int
) -> Iterator[bytes]:
    if len(digests) != len(table) * _DIGEST_SIZE:
        raise BundleFormatError("it does not have one digest for each chunk.")
    offset = 0
    for number, sizes in enumerate(table):
        if len(sizes) != 2:
            raise BundleFormatError(f"chunk {number} does not have two sizes.")
        stored_size, raw_size = sizes
        if not 0 < stored_size <= raw_size <= min(chunk_size, _MAX_RATIO * stored_size):
            raise BundleFormatError(f"chunk {number} has an impossible size.")
        chunk = stored[offset : offset + stored_size]
        offset += stored_size
        digest = digests[number * _DIGEST_SIZE : (number + 1) * _DIGEST_SIZE]
        if hashlib.sha256(chunk).digest() != digest:
            raise BundleFormatError(f"chunk {number} differs from its digest.")
        yield chunk if stored_size == raw_size else _decompress(chunk, raw_size)
    if offset != len(stored):
        raise BundleFormatError(f"its chunks have {len(stored)} bytes, its header says {offset}.")


def _decompress(packed: bytes, raw_size: int) -> bytes:
    try:
        raw: bytes = lz4.block.decompress(packed, uncompressed_size=raw_size)
    except lz4.block.LZ4BlockError as error:
        raise ValueError(f"lz4: {error}") from error
    if len(raw) != raw_size:
        raise ValueError(f"lz4: {len(raw)} bytes instead of {raw_size}")
    return raw


def _slice(chunks: list[bytes], chunk_size: int, position: int, size: int) -> bytes | None:
    """``size`` raw bytes from ``position``; None if the chunks end before."""
    if position < 0 or size < 0:
        return None
    parts: list[bytes] = []
    while size > 0:
        number, offset = divmod(position, chunk_size)
        part = chunks[number][offset : offset + size] if number < len(chunks) else b""
        if not part:
            return None
        parts.append(part)
        position += len(part)
        size -= len(part)
    return b"".join(parts)


def check_tree(tree: Tree) -> None:
    """Refuse a tree that cannot be mounted, or that would reach outside its mount point.

    Raises:
        BundleFormatError: a path is unsafe or used twice; the message names the path.
    """
    folders: set[str] = set()
    for path in [*tree.files, *tree.symlinks]:
        if not is_inside(path):
            raise BundleFormatError(f"the path {path!r} is not a plain relative path.")
        folders.update(str(p) for p in PurePosixPath(path).parents)
    for path in [*tree.files, *tree.symlinks]:
        if path in folders or (path in tree.files and path in tree.symlinks):
            raise BundleFormatError(f"the path {path!r} is used twice, for different things.")
    for path, target in tree.symlinks.items():
        joined = os.path.normpath(f"{PurePosixPath(path).parent}/{target}")
        inside = joined == "." or is_inside(joined)  # ".": the mount point itself
        if target.startswith("/") or "\0" in target or not target or not inside:
            raise BundleFormatError(f"the symbolic link {path} points outside, to {target!r}.")


def is_inside(path: str) -> bool:
    """Whether ``path`` is relative, has no ``.``, ``..`` or empty part, and is valid UTF-8."""
    return (
        "\0" not in path
        and "\\" not in path
        and path.isprintable()
        and all(part not in ("", ".", "..") for part in path.split("/"))
    )
