#!/bin/bash
# Builds the static library.
set -euo pipefail

export CFLAGS="${CFLAGS} -fvisibility=hidden"  # each side module keeps its own copy
cmake -S . -B build -G Ninja ${CMAKE_ARGS} \
    -DCMAKE_POLICY_VERSION_MINIMUM=3.5 -DBUILD_SHARED_LIBS=OFF -DBUILD_TESTING=OFF
cmake --build build -j"${CPU_COUNT}"
cmake --install build
# Only its other build system, which would need autoconf, makes the file for pkg-config.
mkdir -p "${PREFIX}/lib/pkgconfig"
sed -e "s|@prefix@|${PREFIX}|; s|@exec_prefix@|\${prefix}|; s|@libdir@|\${prefix}/lib|" \
    -e "s|@includedir@|\${prefix}/include|; s|@PACKAGE_VERSION@|${PKG_VERSION}|" \
    yaml-0.1.pc.in > "${PREFIX}/lib/pkgconfig/yaml-0.1.pc"
