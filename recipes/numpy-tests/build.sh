#!/bin/bash
set -euo pipefail

# Of the extension modules only those that have the tag "tests" are compiled.
suffix=$($PYTHON -c 'import sysconfig; print(sysconfig.get_config_var("EXT_SUFFIX"))')
modules=(_{multiarray,operand_flag,rational,struct_ufunc,umath}_tests _simd)
modules=("${modules[@]/#/-Ccompile-args=numpy/_core/}")
$PYTHON -m pip install . -vv --no-deps --no-build-isolation \
    -Cbuild-dir=build \
    -Csetup-args=-Dblas=blas -Csetup-args=-Dlapack=lapack -Csetup-args=-Dallow-noblas=false \
    -Ccompile-args=-j"$CPU_COUNT" "${modules[@]/%/$suffix}" \
    -Cinstall-args=--tags=tests

# These are the recipe numpy's.
rm -r "$SP_DIR"/numpy-*.dist-info "$PREFIX"/bin/{f2py,numpy-config}
# These tests run compilers, PyInstaller and mypy.
rm -r "$SP_DIR"/numpy/{f2py,_pyinstaller,typing}
