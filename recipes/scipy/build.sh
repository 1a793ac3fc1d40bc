#!/bin/bash
set -euo pipefail

# Without the tag "tests": the test suites, and the extension modules that only they use.
$PYTHON -m pip install . -vv --no-deps --no-build-isolation \
    -Cbuild-dir=build \
    -Csetup-args=-Dblas=openblas -Csetup-args=-Dlapack=openblas \
    -Csetup-args=-D_without-fortran=true -Csetup-args=-Duse-pythran=false \
    -Ccompile-args=-j"$CPU_COUNT" \
    -Cinstall-args=--tags=runtime,python-runtime,devel
