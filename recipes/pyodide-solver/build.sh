#!/bin/bash
# Links libsolv and runtime/solver to a module that needs no JavaScript of Emscripten's.
set -euo pipefail

export PKG_CONFIG_LIBDIR="${PREFIX}/lib/pkgconfig"
mkdir -p "${PREFIX}/lib/pyodide"
"${CC}" ${CFLAGS} -O2 -std=c17 -Wall ${LDFLAGS} solver/solver.c $(pkg-config --cflags --libs --static libsolv) \
    -o "${PREFIX}/lib/pyodide/solver.wasm" --no-entry -sSTANDALONE_WASM -sEXPORTED_FUNCTIONS=_malloc,_solve \
    -sALLOW_MEMORY_GROWTH=1 -sINITIAL_MEMORY=2MB -sSTACK_SIZE=512KB
