#!/bin/bash
set -euo pipefail

$PYTHON -m pip install . -vv --no-deps --no-build-isolation -Cbuild-dir=build -Ccompile-args=-j"$CPU_COUNT"

# Twice as large as the package.
rm -r "$SP_DIR/pandas/tests"
