#!/bin/bash
# Builds the static library, the database, and the side module that extension modules share.
set -euo pipefail

# The database is made with SQLite's program; Python of the build environment has the same library.
mkdir tools
cat > tools/sqlite3 <<EOF
#!${BUILD_PREFIX}/bin/python
import sqlite3, sys
sqlite3.connect(sys.argv[1]).executescript(sys.stdin.read())
EOF
chmod +x tools/sqlite3

# There is no network for grids, and no TIFF, the format of grids.
cmake -S . -B build -G Ninja ${CMAKE_ARGS} -DEXE_SQLITE3="${PWD}/tools/sqlite3" \
    -DSQLITE3_INCLUDE_DIR="${PREFIX}/include" -DSQLITE3_LIBRARY="${PREFIX}/lib/libsqlite3.a" \
    -DCMAKE_POLICY_VERSION_MINIMUM=3.5 \
    -DENABLE_TIFF=OFF -DENABLE_CURL=OFF -DUSE_THREAD=OFF -DBUILD_APPS=OFF -DBUILD_TESTING=OFF
cmake --build build -j"${CPU_COUNT}"
cmake --install build
rm -rf "${PREFIX:?}/bin" "${PREFIX}/lib/cmake/proj" "${PREFIX}/lib/cmake/proj4"
# In a folder of its own, or -lproj would put a copy of it into each side module.
mkdir "${PREFIX}/lib/static"
mv "${PREFIX}/lib/libproj.a" "${PREFIX}/lib/static/"

# -Bsymbolic: the interpreter has sqlite3_free, too, which fails before an import of sqlite3.
llvm-nm --defined-only --extern-only --just-symbol-name "${PREFIX}/lib/static/libproj.a" |
    grep -xE '(proj|geod|pj)_\w+' | sort -u | sed 's/^/_/' > exports.txt
"${CXX}" ${LDFLAGS} -O2 -sSIDE_MODULE=2 -sEXPORTED_FUNCTIONS=@exports.txt -Wl,--fatal-warnings,-Bsymbolic \
    "${PREFIX}/lib/static/libproj.a" -lsqlite3 -o "${PREFIX}/lib/libproj.so"

# Only a side module can be linked to the shared library. What configures one links a program to see what is there.
cat > "${PREFIX}/lib/pkgconfig/proj.pc" <<EOF
libdir=${PREFIX}/lib
includedir=${PREFIX}/include
datadir=${PREFIX}/share/proj
Name: PROJ
Description: Coordinate transformation software library
URL: https://proj.org/
Version: ${PKG_VERSION}
Libs: -L\${libdir} -lproj -sERROR_ON_UNDEFINED_SYMBOLS=0
Cflags: -I\${includedir}
EOF
