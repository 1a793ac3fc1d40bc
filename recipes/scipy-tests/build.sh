#!/bin/bash
set -euo pipefail

find scipy -name tests -prune -exec cp -r --parents {} "$SP_DIR" \;
# These tests compile with Meson when they run.
find "$SP_DIR" -name _cython_examples -prune -exec rm -r {} +
# The tables of scipy.special, as makenpz.py packs them; that wants NumPy, so the tests do it.
cp -r --parents scipy/special/utils "$SP_DIR"
