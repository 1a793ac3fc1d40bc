#!/bin/bash
# Builds a program with the flags of pkg-config, and with CMake, and runs it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

export PKG_CONFIG_LIBDIR="${PREFIX}/lib/pkgconfig"
read -ra flags <<< "$(pkg-config --cflags --libs --static iconv)"
"${CC}" ${CFLAGS} use.c ${LDFLAGS} "${flags[@]}" -o use.js
node use.js

cmake -S . -B build -G Ninja ${CMAKE_ARGS}
cmake --build build
node build/use.js
