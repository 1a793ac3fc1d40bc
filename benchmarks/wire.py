"""How large are bundles on the wire, beside the same files compressed as one?"""

from __future__ import annotations

import gzip
import io
import subprocess
import tarfile
from pathlib import Path

import zstandard

from conda_emscripten.bundle import read_bundle

_BROTLI = """
const { brotliCompressSync, constants } = require("node:zlib");
const input = require("node:fs").readFileSync(0);
const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24,
  [constants.BROTLI_PARAM_SIZE_HINT]: input.length };
console.log(brotliCompressSync(input, { params }).length);
"""


def measure_sizes(bundle: Path) -> dict[str, float]:
    """Bytes of a bundle, of the same files as a tar, and of both compressed."""
    data = bundle.read_bytes()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, file in sorted(read_bundle(bundle).tree.files.items()):
            member = tarfile.TarInfo(name)
            member.size = len(file.content)
            archive.addfile(member, io.BytesIO(file.content))
    files = buffer.getvalue()
    return {
        "files": len(files),
        "files zstd -19": len(zstandard.compress(files, 19)),
        "files brotli -11": _brotli(files),
        "bundle": len(data),
        "bundle gzip -9": len(gzip.compress(data, 9)),
        "bundle zstd -19": len(zstandard.compress(data, 19)),
        "bundle brotli -11": _brotli(data),
    }


def _brotli(data: bytes) -> float:
    done = subprocess.run(["node", "-e", _BROTLI], input=data, capture_output=True, check=True)
    return float(done.stdout)
