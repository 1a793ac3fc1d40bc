#!/bin/bash
# Builds the solvers as static libraries, and the extension modules that link them.
set -euo pipefail

# Each solver's Makefile is part of its patch, and names the compiler, its flags and ar.
sed -i -E 's/^\+(CC|CXX) +:=/+\1 ?=/; s/^\+(CFLAGS|CXXFLAGS) +:=/+\1 +=/; s/^(\+\s+@-)ar /\1$(AR) /' solvers/patches/*.patch
export MAKEFLAGS="-j${CPU_COUNT}"
"${PYTHON}" -m pip install . -vv --no-deps --no-build-isolation
