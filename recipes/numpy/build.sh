#!/bin/bash
# Without BLAS and LAPACK: NumPy's own loops and its lapack_lite.
set -euo pipefail

# Without the tag "tests": the test suites, and the extension modules that only they use.
$PYTHON -m pip install . -vv --no-deps --no-build-isolation \
    -Csetup-args=-Dblas=none -Csetup-args=-Dlapack=none \
    -Ccompile-args=-j"$CPU_COUNT" \
    -Cinstall-args=--tags=runtime,python-runtime,devel

# Sources are of use only where there is a compiler. The headers stay, for packages built against NumPy.
rm -r "$SP_DIR"/numpy/{_pyinstaller,f2py/src,random/_examples}
find "$SP_DIR/numpy" -name '*.c' -delete
