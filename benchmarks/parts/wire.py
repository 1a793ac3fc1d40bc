"""Sizes of bundles under HTTP encodings, beside the same files compressed as one archive."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import zstandard

from benchmarks.brotli import brotli
from benchmarks.channel import CHANNEL, bundle_bytes, newest
from benchmarks.report import megabytes, table
from conda_emscripten.bundle_format import read_bundle

REPEATS = "sizes, of one run"
PACKAGES = ("numpy", "networkx", "jedi", "six")


def measure() -> str:
    """Bundles, and their files as a tar, under the encodings that browsers accept, as a table."""
    encodings: dict[str, Callable[[bytes], float]] = {
        "gzip -9": lambda data: len(gzip.compress(data, 9)),
        "zstd -19": lambda data: len(zstandard.compress(data, 19)),
        "brotli -11": brotli,
    }
    rows = []
    for name in PACKAGES:
        record = newest(name)
        files = files_of(CHANNEL / record["subdir"] / record["bundle"])
        bundle = bundle_bytes(record)
        row: list[float] = [len(files), len(bundle)]
        row += [code(bundle) for code in encodings.values()]
        row += [code(files) for label, code in encodings.items() if label != "gzip -9"]
        rows.append([name, *map(megabytes, row)])
    head = ["", "files", "bundle", *(f"bundle, {label}" for label in encodings)]
    return table([*head, "files, zstd -19", "files, brotli -11"], rows)


def files_of(bundle: Path) -> bytes:
    """The files of a bundle, as a tar; of a bundle in parts, ``bundle`` is the first part."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, file in sorted(read_bundle(bundle).tree.files.items()):
            member = tarfile.TarInfo(name)
            member.size = len(file.content)
            archive.addfile(member, io.BytesIO(file.content))
    return buffer.getvalue()
