#!/bin/bash
set -euo pipefail

export MAX_BUILD_CORES="$CPU_COUNT"
$PYTHON -m pip install . -vv --no-deps --no-build-isolation

# Sources are of use only where there is a compiler; what other packages build against are .pxd files and headers.
find "$SP_DIR/yt" \( -name '*.c' -o -name '*.cpp' -o -name '*.pyx' \) -delete
