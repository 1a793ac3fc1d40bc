#!/bin/bash
set -euo pipefail

# The compiler's wrapper looks for -shared among the arguments themselves, not in a file of arguments.
export MESON_RSP_THRESHOLD=1000000
# Without the tag "tests": the test suites, and the extension modules that only they use.
$PYTHON -m pip install . -vv --no-deps --no-build-isolation \
    -Cbuild-dir=build \
    -Csetup-args=-Dblas=openblas -Csetup-args=-Dlapack=openblas \
    -Csetup-args=-D_without-fortran=true -Csetup-args=-Duse-pythran=false \
    -Ccompile-args=-j"$CPU_COUNT" \
    -Cinstall-args=--tags=runtime,python-runtime,devel
