"""Which files of a channel also lie compressed beside themselves, for servers that send them so?

A bundle is a fifth smaller as zstd (docs/benchmarks.md), and browsers undo that while it arrives.
The loader sees the bundle's own bytes, and verifies these. Whoever asks for a part gets it out of
the bundle itself.
"""

from __future__ import annotations

from pathlib import Path

import zstandard

from conda_emscripten.channel_layout import BUNDLE_SUFFIX, COMPRESSED_BUNDLE_SUFFIX, PAGE_SUBDIRS
from conda_emscripten.files import atomic_write

# The highest whose window is not above the 8 MB that a browser must have (RFC 9659).
_LEVEL = 19


def compress_bundles(channel: Path) -> list[Path]:
    """Write ``<bundle>.zst`` where it is missing or older than its bundle.

    Returns:
        What was written; nothing for a bundle that would not become smaller.
    """
    written = []
    bundles = [
        path for subdir in PAGE_SUBDIRS for path in (channel / subdir).glob(f"*{BUNDLE_SUFFIX}")
    ]
    for bundle in sorted(bundles):
        variant = bundle.with_suffix(COMPRESSED_BUNDLE_SUFFIX)
        if variant.is_file() and variant.stat().st_mtime_ns >= bundle.stat().st_mtime_ns:
            continue
        content = bundle.read_bytes()
        packed = zstandard.compress(content, _LEVEL)
        if len(packed) < len(content):
            atomic_write(variant, packed)
            written.append(variant)
    return written
