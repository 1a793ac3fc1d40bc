#!/bin/bash
# Builds the static library with the channel's compressors.
set -euo pipefail

cmake -S . -B build -G Ninja ${CMAKE_ARGS} \
    -DCMAKE_POLICY_VERSION_MINIMUM=3.5 -DBUILD_SHARED=OFF -DBUILD_TESTS=OFF -DBUILD_FUZZERS=OFF -DBUILD_BENCHMARKS=OFF \
    -DPREFER_EXTERNAL_LZ4=ON -DPREFER_EXTERNAL_ZLIB=ON -DPREFER_EXTERNAL_ZSTD=ON
cmake --build build -j"${CPU_COUNT}"
cmake --install build
# Upstream's file is for the shared library.
sed -i 's/^Requires:.*/Requires.private: liblz4 libzstd zlib/' "${PREFIX}/lib/pkgconfig/blosc.pc"
