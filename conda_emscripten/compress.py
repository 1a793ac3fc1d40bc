"""Which files have a compressed variant for web servers?

This module compresses files beside which servers look for a variant (serve.py,
channel/hosting/nginx.conf): with brotli what every page fetches, with zstd the other bundles, which
takes less time. Browsers decompress a variant while they receive it, so the loader sees and
verifies the file's own bytes. Requests for a part of a file are served from the file itself.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import brotli
import zstandard

from conda_emscripten.channel_layout import BUNDLE_SUFFIX, PAGE_SUBDIRS
from conda_emscripten.files import atomic_write

#: The highest level with a window of at most 8 MB, the size that browsers must support (RFC 9659).
_ZSTD_LEVEL = 19
#: The files of a site that shrink.
_TEXT = frozenset({".css", ".html", ".js", ".json", ".mjs", ".svg", ".wasm"})
#: In bytes. A smaller file needs as many packets with compression as without.
_LEAST = 1400


def compress_bundles(channel: Path) -> list[Path]:
    """Write the missing and stale ``<bundle>.zst`` of a channel.

    Returns:
        The written files. Bundles that zstd does not make smaller have no variant.

    Raises:
        OSError: a file cannot be read or written.
    """
    bundles = [
        path for subdir in PAGE_SUBDIRS for path in (channel / subdir).glob(f"*{BUNDLE_SUFFIX}")
    ]
    return _compress(sorted(bundles), ".zst", _zstd)


def compress_start(channel: Path) -> list[Path]:
    """Write the missing and stale ``<bundle>.br`` of the packages in ``lock.json``.

    Returns:
        As ``compress_bundles``.

    Raises:
        OSError: a file cannot be read or written.
        ValueError: ``lock.json`` is damaged.
    """
    lock: Any = json.loads((channel / "lock.json").read_bytes())
    bundles = [
        channel / package["subdir"] / file["bundle"]
        for package in lock["packages"]
        for file in (package, *package.get("bundle_parts", ()))
        if file.get("bundle")
    ]
    return _compress(bundles, ".br", _brotli)


def compress_site(site: Path, before: Path | None = None) -> list[Path]:
    """Write the missing and stale ``.br`` of the text and WebAssembly files of a site.

    Args:
        site: the folder of the site.
        before: the site that a new site replaces; variants of unchanged files are taken from there.

    Returns:
        The written files.

    Raises:
        OSError: a file cannot be read or written.
    """
    paths = [
        path
        for path in sorted(site.rglob("*"))
        if path.suffix in _TEXT and path.is_file() and path.stat().st_size >= _LEAST
    ]
    changed = [
        path for path in paths if not (before and _take(path, before / path.relative_to(site)))
    ]
    return _compress(changed, ".br", _brotli)


def _take(path: Path, before: Path) -> bool:
    """Take the variant of an equal file. Returns whether it has one."""
    variant = before.with_name(before.name + ".br")
    if not (variant.is_file() and before.is_file() and _is_current(variant, before)):
        return False
    if before.read_bytes() != path.read_bytes():
        return False
    shutil.copyfile(variant, path.with_name(variant.name))
    return True


def _compress(paths: Iterable[Path], suffix: str, encode: Callable[[bytes], bytes]) -> list[Path]:
    """Compress files in parallel: both libraries release the lock of the interpreter."""

    def compress(path: Path) -> Path | None:
        variant = path.with_name(path.name + suffix)
        if variant.is_file() and _is_current(variant, path):
            return None
        content = path.read_bytes()
        packed = encode(content)
        if len(packed) >= len(content):
            return None
        atomic_write(variant, packed)
        return variant

    # The largest first: the last file takes the others' time.
    ordered = sorted(paths, key=lambda path: path.stat().st_size, reverse=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return sorted(path for path in pool.map(compress, ordered) if path)


def _is_current(variant: Path, path: Path) -> bool:
    return variant.stat().st_mtime_ns >= path.stat().st_mtime_ns


def _zstd(content: bytes) -> bytes:
    return zstandard.compress(content, _ZSTD_LEVEL)


def _brotli(content: bytes) -> bytes:
    packed: bytes = brotli.compress(content)  # at the highest quality
    return packed
