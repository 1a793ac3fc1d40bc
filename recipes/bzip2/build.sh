#!/bin/bash
# Builds a static libbz2; the Makefile knows no pkg-config file, which CPython's configure asks for.
set -euo pipefail

make -j"${CPU_COUNT}" libbz2.a CC="${CC}" AR="${AR}" RANLIB="${RANLIB}" CFLAGS="${CFLAGS}"
install -D -m 644 libbz2.a "${PREFIX}/lib/libbz2.a"
install -D -m 644 bzlib.h "${PREFIX}/include/bzlib.h"
mkdir -p "${PREFIX}/lib/pkgconfig"
cat > "${PREFIX}/lib/pkgconfig/bzip2.pc" <<EOF
prefix=${PREFIX}
libdir=\${prefix}/lib
includedir=\${prefix}/include

Name: bzip2
Description: Lossless, block-sorting data compression
Version: ${PKG_VERSION}
Libs: -L\${libdir} -lbz2
Cflags: -I\${includedir}
EOF
