"""What is in a bundle file, and is a given file a sound bundle?

This module packs a tree of files into the bytes of a bundle, and reads a bundle. The format is
independent of conda. docs/reference/bundle-format.md describes the format and its reasons.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import struct
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, count, pairwise
from pathlib import Path
from typing import NotRequired, TypedDict

import lz4.block

from conda_emscripten.errors import BundleError
from conda_emscripten.file_tree import PLAIN_FILE, BundleFormatError, File, Tree, check_tree
from conda_emscripten.files import os_errors
from conda_emscripten.json_check import checked

#: The version of bundles that are one file.
WHOLE_VERSION = 2
#: The version of bundles in parts, and of ``bundles.json``.
FORMAT_VERSION = 3
#: The most raw bytes in a chunk. The first position in chunk ``n`` is ``n * CHUNK_SIZE``.
CHUNK_SIZE = 64 * 1024

_MAGIC = b"LZ4B"
#: Magic, format version, stored header size, raw header size.
_PREAMBLE = struct.Struct("<4sIII")
_DIGEST_SIZE = hashlib.sha256().digest_size
_MAX_CHUNK_SIZE = 1024 * 1024
#: LZ4 compresses to 1/255 at best. A larger raw size is damage, and must not be allocated.
_MAX_RATIO = 255
_ALL_PERMISSIONS = 0o7777


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
    parts: NotRequired[list[int]]


def pack(tree: Tree, *, package: str, package_sha256: str) -> bytes:
    """The bytes of a bundle; the same tree (and lz4 release) gives the same bytes.

    ``parts_of`` cuts the bytes of a bundle with late files into its parts.

    Raises:
        BundleFormatError: the tree cannot be mounted: a path leaves it or is used twice. Or a side
            module is late.
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
    late = {path for paths in tree.late for path in paths}
    if late & libraries:
        raise BundleFormatError(f"the library {min(late & libraries)} is not in the first part.")
    first = [path for path in tree.files if path not in libraries and path not in late]
    starts = libraries | {paths[0] for paths in tree.late}
    parts: list[int] = []  # the number of chunks before each further part
    for path in [*first, *tree.libraries, *(path for paths in tree.late for path in paths)]:
        file = tree.files[path]
        if path in starts and open_chunk:
            seal(bytes(open_chunk))
            open_chunk.clear()
        if path in starts and path in late:
            parts.append(len(chunks))
        position = len(chunks) * CHUNK_SIZE + len(open_chunk)
        open_chunk += file.content
        while len(open_chunk) >= CHUNK_SIZE:
            seal(bytes(open_chunk[:CHUNK_SIZE]))
            del open_chunk[:CHUNK_SIZE]
        directory, _, name = path.rpartition("/")
        entry = [position, len(file.content)]
        if file.mode != PLAIN_FILE:
            entry.append(file.mode)
        directories.setdefault(directory, {})[name] = entry
    if open_chunk:
        seal(bytes(open_chunk))

    counts = [end - start for start, end in pairwise([0, *parts, len(chunks)])]
    if parts and not all(counts):
        raise BundleFormatError("a part has no bytes.")
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
        }
        | ({"parts": counts} if parts else {}),
        separators=(",", ":"),
        sort_keys=True,
    ).encode()
    packed_header = lz4.block.compress(
        header, mode="high_compression", compression=12, store_size=False
    )
    body = b"".join(
        [
            _PREAMBLE.pack(
                _MAGIC,
                FORMAT_VERSION if parts else WHOLE_VERSION,
                len(packed_header),
                len(header),
            ),
            packed_header,
            *chunks,
        ]
    )
    return body + hashlib.sha256(body).digest()


def head_of(bundle: bytes) -> bytes:
    """The part of a bundle before its first chunk; ``bundle`` is what ``pack`` returned."""
    _, _, stored, _ = _PREAMBLE.unpack_from(bundle)
    return bundle[: _PREAMBLE.size + int(stored)]


def parts_of(bundle: bytes) -> list[bytes]:
    """The bytes of each part of a bundle; ``bundle`` is what ``pack`` returned.

    A bundle is the concatenation of its parts. A bundle of version 2 is its only part.
    """
    head = head_of(bundle)
    _, _, _, raw_size = _PREAMBLE.unpack_from(bundle)
    header: _Header = json.loads(_decompress(head[_PREAMBLE.size :], raw_size))
    sizes = [stored for stored, _ in header["chunks"]]
    ends = list(accumulate(header.get("parts", [])))[:-1]
    cuts = [len(head) + sum(sizes[:end]) for end in ends]
    return [bundle[start:end] for start, end in pairwise([0, *cuts, len(bundle)])]


def part_name(bundle: str, number: int) -> str:
    """The file name of a part, from 1, of a bundle in parts.

    Args:
        bundle: the file name of the bundle, if it was one file: ``numpy-2.2.6-h_0.lz4b``.
        number: of the part.
    """
    stem, suffix = bundle.rsplit(".", 1)
    return f"{stem}.{number}.{suffix}"


def read_bundle(path: Path) -> BundleFile:
    """Read a bundle, with every check of the format.

    Args:
        path: the bundle, or its first part beside the other parts.

    Raises:
        BundleError: the file is not a bundle, is of another version, truncated or damaged.
    """
    with os_errors(BundleError, f"{path} cannot be read", help="Check the path of the bundle."):
        data = path.read_bytes()
        if match := re.fullmatch(r"(.+)\.1(\.\w+)", path.name):
            for number in count(2):
                part = path.with_name(f"{match[1]}.{number}{match[2]}")
                if not part.is_file():
                    break
                data += part.read_bytes()
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
    if version not in (WHOLE_VERSION, FORMAT_VERSION):
        raise BundleFormatError(
            f"its format version is {version}; this program reads {WHOLE_VERSION} and "
            f"{FORMAT_VERSION}."
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
        content = json.loads(_decompress(packed_header, raw_size))
        header: _Header = checked(content, _Header, "JSON")
        if ("parts" in header) != (version == FORMAT_VERSION):
            raise BundleFormatError(f"its parts do not fit its format version {version}.")
        return _read(header, body[chunks_start:])
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
        mode = rest[0] if rest else PLAIN_FILE
        if not 0 <= mode <= _ALL_PERMISSIONS:
            raise BundleFormatError(f"{path} has impossible permissions.")
        files[path] = (position, File(content=content, mode=mode))
    ordered = {path: file for path, (_, file) in sorted(files.items(), key=lambda i: i[1][0])}
    late = _late(
        header, {path: (files[path][0], len(file.content)) for path, file in ordered.items()}
    )
    libraries = header["libraries"]
    for path in libraries:
        if path not in files:
            raise BundleFormatError(f"the library {path} is not among its files.")
        if files[path][0] % chunk_size:
            raise BundleFormatError(f"the library {path} does not start a chunk.")
        if any(path in paths for paths in late):
            raise BundleFormatError(f"the library {path} is not in the first part.")
    tree = Tree(
        files=ordered,
        late=late,
        symlinks=header["symlinks"],
        libraries=libraries,
    )
    check_tree(tree)
    return BundleFile(package=header["package"], package_sha256=header["package_sha256"], tree=tree)


def _late(header: _Header, extents: Mapping[str, tuple[int, int]]) -> list[list[str]]:
    """The paths of the files in each part but the first.

    Args:
        header: of the bundle.
        extents: path -> position and size, in the order of the positions.
    """
    counts = header.get("parts")
    if counts is None:
        return []
    if len(counts) < 2 or min(counts) < 1 or sum(counts) != len(header["chunks"]):
        raise BundleFormatError("its parts do not have its chunks.")
    starts = [chunk * header["chunk_size"] for chunk in accumulate(counts)][:-1]
    late: list[list[str]] = [[] for _ in starts]
    for path, (position, size) in extents.items():
        part = bisect_right(starts, position) if size else 0
        if size and bisect_right(starts, position + size - 1) != part:
            raise BundleFormatError(f"{path} is in two parts.")
        if part > 0:
            late[part - 1].append(path)
    return late


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
