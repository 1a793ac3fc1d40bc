#!/bin/bash
# Builds the solvers as static libraries, and the extension modules that link them.
set -euo pipefail

# Each solver's Makefile is part of its patch, and names the compiler, its flags and ar.
sed -i -E 's/^\+(CC|CXX) +:=/+\1 ?=/; s/^\+(CFLAGS|CXXFLAGS) +:=/+\1 +=/; s/^(\+\s+@-)ar /\1$(AR) /' solvers/patches/*.patch
# Two solvers change their heuristics after 2500 seconds: by an alarm, which cannot interrupt WebAssembly, and would keep
# the process from its end. The patches guard that for another compiler.
sed -i '/^+#ifndef _MSC_VER/ { N; /SIGALRM_switch/ s/_MSC_VER/__EMSCRIPTEN__/ }' solvers/patches/maple{chrono,cm}.patch
export MAKEFLAGS="-j${CPU_COUNT}"
"${PYTHON}" -m pip install . -vv --no-deps --no-build-isolation
