#!/bin/bash
set -euo pipefail

$PYTHON -m pip install . -vv --no-deps --no-build-isolation \
    -Cbuild-dir=build -Ccompile-args=-j"$CPU_COUNT"

# The whole source tree is installed. The .pxd files stay, for packages built against it.
cd "$SP_DIR/sklearn"
find . \( -name tests -o -name src \) -type d -prune -exec rm -r {} +
find . \( -name '*.pyx' -o -name '*.tp' -o -name '*.pxi.in' -o -name meson.build \) -delete
rm -r conftest.py _build_utils
