"""Compresses with brotli at its highest quality, by Node's zlib: Python's library has no brotli."""

from __future__ import annotations

import subprocess

_PROGRAM = """
const { brotliCompressSync, constants } = require("node:zlib");
const input = require("node:fs").readFileSync(0);
const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24,
  [constants.BROTLI_PARAM_SIZE_HINT]: input.length };
console.log(brotliCompressSync(input, { params }).length);
"""


def brotli(data: bytes) -> float:
    """The size of the compressed data, in bytes."""
    done = subprocess.run(["node", "-e", _PROGRAM], input=data, capture_output=True, check=True)
    return float(done.stdout)
