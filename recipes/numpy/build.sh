#!/bin/bash
set -euo pipefail

# Without the tag "tests": the test suites, and the extension modules that only they use.
$PYTHON -m pip install . -vv --no-deps --no-build-isolation \
    -Cbuild-dir=build \
    -Csetup-args=-Dblas=blas -Csetup-args=-Dlapack=lapack -Csetup-args=-Dallow-noblas=false \
    -Ccompile-args=-j"$CPU_COUNT" \
    -Cinstall-args=--tags=runtime,python-runtime,devel

# Sources are of use only where there is a compiler. The headers stay, for packages built against NumPy, and what f2py
# adds to each module that it makes.
rm -r "$SP_DIR"/numpy/{_pyinstaller,random/_examples}
find "$SP_DIR/numpy" -name '*.c' ! -name fortranobject.c -delete
