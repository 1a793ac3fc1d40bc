#!/bin/bash
set -euo pipefail

# The packages tests are left out below, and out of what a page loads; each frontend imports its own.
find yt -name api.py -exec sed -i -E '/^from \.(\.amrex)? import tests$/d; s/^(from \. import .*), tests$/\1/' {} +
export MAX_BUILD_CORES="$CPU_COUNT"
$PYTHON -m pip install . -vv --no-deps --no-build-isolation

# Sources are of use only where there is a compiler; what other packages build against are .pxd files and headers.
find "$SP_DIR/yt" -name tests -type d -prune -exec rm -r {} +
find "$SP_DIR/yt" \( -name '*.c' -o -name '*.cpp' -o -name '*.pyx' \) -delete
