"""How is a snapshot a file?

This module reads the files of ``pyodide.snapshot()`` and compresses their blocks.
docs/reference/snapshot-format.md describes the format, and runtime/js/snapshot-file.ts reads the
files in pages.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, TypedDict

import lz4.block

from conda_emscripten.json_check import Count, Digest, checked
from conda_emscripten.json_formats import Lock

MAGIC = b"CESNAP1\n"
VERSION = 1
#: Raw bytes of each block but the last.
BLOCK = 64 * 1024
_PAGE = 4096
_DIGEST = 32
_HEAD_START = len(MAGIC) + 4 + _DIGEST


class _Pages(TypedDict):
    runs: list[list[Count]]
    blocks: list[Count]
    sha256: Digest


class _State(TypedDict):
    today: bool


class _Head(TypedDict):
    """The keys of a head that this package needs."""

    version: int
    core: Digest
    lock: Lock
    state: _State
    pages: _Pages


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A snapshot: its head, and the stored bytes of its blocks."""

    head: dict[str, Any]
    blocks: bytes

    @property
    def lock(self) -> Lock:
        """The packages."""
        lock: Lock = self.head["lock"]
        return lock

    @property
    def api(self) -> str:
        """The JavaScript API, as in ``loadPyodide({api})``."""
        return "314" if self.head["state"]["today"] else "0.16"


def read_snapshot(data: bytes) -> Snapshot:
    """The snapshot in a file.

    Raises:
        ValueError: the file is no snapshot, damaged or of another version; the message says what
            is wrong.
    """
    if not data.startswith(MAGIC) or len(data) < _HEAD_START:
        raise ValueError("it does not begin with CESNAP1")
    size = int.from_bytes(data[len(MAGIC) : len(MAGIC) + 4], "little")
    text, blocks = data[_HEAD_START : _HEAD_START + size], data[_HEAD_START + size :]
    if hashlib.sha256(text).digest() != data[len(MAGIC) + 4 : _HEAD_START]:
        raise ValueError("its head is damaged")
    head = json.loads(text)
    checked(head, _Head, "its head")
    if head["version"] != VERSION:
        raise ValueError(f"it has version {head['version']}, this program reads {VERSION}")
    if hashlib.sha256(blocks).hexdigest() != head["pages"]["sha256"]:
        raise ValueError("its pages are damaged")
    return Snapshot(head=head, blocks=blocks)


def compressed(snapshot: Snapshot) -> bytes:
    """The file of a snapshot with lz4 blocks. A block that lz4 does not make smaller stays raw."""
    raw = b"".join(_raw_blocks(snapshot))
    blocks = []
    for start in range(0, len(raw), BLOCK):
        block = raw[start : start + BLOCK]
        packed = lz4.block.compress(
            block, mode="high_compression", compression=12, store_size=False
        )
        blocks.append(packed if len(packed) < len(block) else block)
    stored = b"".join(blocks)
    pages = {
        **snapshot.head["pages"],
        "blocks": [len(block) for block in blocks],
        "sha256": hashlib.sha256(stored).hexdigest(),
    }
    head = json.dumps({**snapshot.head, "pages": pages}, separators=(",", ":")).encode()
    size = len(head).to_bytes(4, "little")
    return MAGIC + size + hashlib.sha256(head).digest() + head + stored


def _raw_blocks(snapshot: Snapshot) -> list[bytes]:
    pages = snapshot.head["pages"]
    left = sum(count for _, count in pages["runs"]) * _PAGE
    blocks = []
    start = 0
    for size in pages["blocks"]:
        stored, raw_size = snapshot.blocks[start : start + size], min(left, BLOCK)
        blocks.append(
            stored
            if len(stored) == raw_size
            else lz4.block.decompress(stored, uncompressed_size=raw_size)
        )
        start += size
        left -= raw_size
    return blocks
