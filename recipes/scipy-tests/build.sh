#!/bin/bash
set -euo pipefail

find scipy -name tests -prune -exec cp -r --parents {} "$SP_DIR" \;
# These tests compile with Meson when they run.
find "$SP_DIR" -name _cython_examples -prune -exec rm -r {} +
# For the tests of scipy.special: makenpz.py, which wants NumPy, packs their tables.
cp -r --parents scipy/special/utils "$SP_DIR"
