#!/bin/bash
# Builds the static libraries, and the side module that extension modules share.
set -euo pipefail

cmake -S . -B build -G Ninja ${CMAKE_ARGS} \
    -DBUILD_TESTING=OFF -DBUILD_GEOSOP=OFF -DBUILD_BENCHMARKS=OFF -DBUILD_DOCUMENTATION=OFF -DGEOS_BUILD_DEVELOPER=OFF
cmake --build build -j"${CPU_COUNT}"
cmake --install build
# geos-config names the static libraries, and CMake's files name them by targets.
rm -r "${PREFIX:?}/bin" "${PREFIX}/lib/cmake/GEOS"
# In a folder of its own, or -lgeos_c would put a copy of it into each side module.
mkdir "${PREFIX}/lib/static"
mv "${PREFIX}"/lib/libgeos*.a "${PREFIX}/lib/static/"

llvm-nm --defined-only --extern-only --just-symbol-name "${PREFIX}/lib/static/libgeos_c.a" |
    grep -xE '(GEOS|initGEOS|finishGEOS)\w*' | sort -u | sed 's/^/_/' > exports.txt
"${CXX}" ${LDFLAGS} -O2 -sSIDE_MODULE=2 -sEXPORTED_FUNCTIONS=@exports.txt -Wl,--fatal-warnings \
    "${PREFIX}/lib/static/libgeos_c.a" "${PREFIX}/lib/static/libgeos.a" -o "${PREFIX}/lib/libgeos_c.so"

# Only a side module can be linked to the shared library. What configures one links a program to see what is there.
cat > "${PREFIX}/lib/pkgconfig/geos.pc" <<EOF
libdir=${PREFIX}/lib
includedir=${PREFIX}/include
Name: geos
Description: Geometry Engine, Open Source: the C API
URL: https://libgeos.org/
Version: ${PKG_VERSION}
Libs: -L\${libdir} -lgeos_c -sERROR_ON_UNDEFINED_SYMBOLS=0
Cflags: -I\${includedir}
EOF
