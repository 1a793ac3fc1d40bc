#!/bin/bash
# Builds the static libraries, the high-level one included, without programs.
set -euo pipefail

export CFLAGS="${CFLAGS} -fvisibility=hidden"  # each side module keeps its own copy
cmake -S . -B build -G Ninja ${CMAKE_ARGS} \
    -DHDF5_USE_GNU_DIRS=ON -DHDF5_INSTALL_CMAKE_DIR=lib/cmake/hdf5 -DHDF5_INSTALL_DATA_DIR=share/hdf5 \
    -DHDF5_ENABLE_Z_LIB_SUPPORT=ON -DHDF5_ENABLE_SZIP_SUPPORT=OFF \
    -DHDF5_BUILD_TOOLS=OFF -DHDF5_BUILD_EXAMPLES=OFF -DBUILD_TESTING=OFF
cmake --build build -j"${CPU_COUNT}"
cmake --install build
# Release notes, and programs: compiler wrappers that name the build's compiler, servers of what is not built.
rm -r "${PREFIX:?}/share/hdf5" "${PREFIX:?}/bin"
# Upstream's files name the libraries only where they are shared, and zlib by a name of CMake's.
for name in hdf5 hdf5_hl; do
    sed -i "s/^Libs:.*/& -l${name}/; s/-lzlib-static/-lz/" "${PREFIX}/lib/pkgconfig/${name}.pc"
done
