#!/bin/bash
# Without BLAS and LAPACK: NumPy's own loops and its lapack_lite.
set -euo pipefail

# The tag "tests" is left out: test suites and the extension modules that only they use.
$PYTHON -m pip install . -vv --no-deps --no-build-isolation \
    -Csetup-args=-Dblas=none -Csetup-args=-Dlapack=none \
    -Ccompile-args=-j"${CPU_COUNT}" \
    -Cinstall-args=--tags=runtime,python-runtime,devel
