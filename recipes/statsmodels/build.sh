#!/bin/bash
set -euo pipefail

$PYTHON -m pip install . -vv --no-deps --no-build-isolation -Cbuild-dir=build -Ccompile-args=-j"$CPU_COUNT"

cd "$SP_DIR/statsmodels"
# The package statsmodels-tests has them.
find . -name tests -prune -exec rm -r {} +
# What the package was compiled from, and what its data sets were made from.
find . \( -name '*.pyx*' -o -name '*.px[di]*' -o -name 'meson.build' \) -delete
rm -r datasets/*/src
