#!/bin/bash
# Builds the static library. Its config.sub is of 2012 and does not know Emscripten.
set -euo pipefail

cp "${BUILD_PREFIX}"/share/gnuconfig/config.* .
./configure --host="${HOST}" --prefix="${PREFIX}" --disable-shared
make -C src -j"${CPU_COUNT}" install
rm "${PREFIX}/lib/libglpk.la"
