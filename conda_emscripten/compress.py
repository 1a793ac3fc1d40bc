"""Which files of a channel have a compressed variant for web servers?

This module compresses bundles with zstd, which makes them a fifth smaller (docs/benchmarks.md).
Browsers decompress a variant while they receive it, so the loader sees and verifies the bundle's
own bytes. Requests for a part of a bundle are served from the bundle itself.
"""

from __future__ import annotations

from pathlib import Path

import zstandard

from conda_emscripten.channel_layout import BUNDLE_SUFFIX, PAGE_SUBDIRS
from conda_emscripten.files import atomic_write

#: The highest level with a window of at most 8 MB, the size that browsers must support (RFC 9659).
_LEVEL = 19


def compress_bundles(channel: Path) -> list[Path]:
    """Write the missing and stale ``<bundle>.zst`` of a channel.

    Returns:
        The written files. Bundles that zstd does not make smaller have no variant.

    Raises:
        OSError: a file cannot be read or written.
    """
    written = []
    bundles = [
        path for subdir in PAGE_SUBDIRS for path in (channel / subdir).glob(f"*{BUNDLE_SUFFIX}")
    ]
    for bundle in sorted(bundles):
        variant = bundle.with_name(bundle.name + ".zst")
        if variant.is_file() and variant.stat().st_mtime_ns >= bundle.stat().st_mtime_ns:
            continue
        content = bundle.read_bytes()
        packed = zstandard.compress(content, _LEVEL)
        if len(packed) < len(content):
            atomic_write(variant, packed)
            written.append(variant)
    return written
