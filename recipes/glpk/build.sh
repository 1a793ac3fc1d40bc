#!/bin/bash
# Builds the static library, and makes a file for pkg-config. Its config.sub is of 2012 and does not know Emscripten.
set -euo pipefail

cp "${BUILD_PREFIX}"/share/gnuconfig/config.* .
./configure --host="${HOST}" --prefix="${PREFIX}" --disable-shared
make -C src -j"${CPU_COUNT}" install
rm "${PREFIX}/lib/libglpk.la"
mkdir "${PREFIX}/lib/pkgconfig"
cat > "${PREFIX}/lib/pkgconfig/glpk.pc" <<PC
prefix=${PREFIX}

Name: glpk
Description: Linear and mixed integer programming
Version: ${PKG_VERSION}
Libs: -L\${prefix}/lib -lglpk
Cflags: -I\${prefix}/include
PC
