"""How large are bundles on the wire, beside the same files compressed as one?"""

from __future__ import annotations

import gzip
import io
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import zstandard

from benchmarks.channel import CHANNEL, newest
from benchmarks.report import megabytes, table
from conda_emscripten.bundle_format import read_bundle

PACKAGES = ("numpy", "networkx", "jedi", "six")


def measure() -> str:
    """Bundles, and their files as a tar, under the codings that browsers accept, as a table."""
    codings: dict[str, Callable[[bytes], float]] = {
        "gzip -9": lambda data: len(gzip.compress(data, 9)),
        "zstd -19": lambda data: len(zstandard.compress(data, 19)),
        "brotli -11": brotli,
    }
    rows = []
    for name in PACKAGES:
        record = newest(name)
        path = CHANNEL / record["subdir"] / record["bundle"]
        files, bundle = files_of(path), path.read_bytes()
        row: list[float] = [len(files), len(bundle)]
        row += [code(bundle) for code in codings.values()]
        row += [code(files) for label, code in codings.items() if label != "gzip -9"]
        rows.append([name, *map(megabytes, row)])
    head = ["", "files", "bundle", *(f"bundle, {label}" for label in codings)]
    return table([*head, "files, zstd -19", "files, brotli -11"], rows)


def files_of(bundle: Path) -> bytes:
    """The files that a bundle holds, as a tar."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, file in sorted(read_bundle(bundle).tree.files.items()):
            member = tarfile.TarInfo(name)
            member.size = len(file.content)
            archive.addfile(member, io.BytesIO(file.content))
    return buffer.getvalue()


_BROTLI = """
const { brotliCompressSync, constants } = require("node:zlib");
const input = require("node:fs").readFileSync(0);
const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24,
  [constants.BROTLI_PARAM_SIZE_HINT]: input.length };
console.log(brotliCompressSync(input, { params }).length);
"""


def brotli(data: bytes) -> float:
    """Bytes of what brotli makes of it at its best; Node has it, Python's library not."""
    done = subprocess.run(["node", "-e", _BROTLI], input=data, capture_output=True, check=True)
    return float(done.stdout)
