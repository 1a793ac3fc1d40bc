#!/bin/bash
# Builds the static library. Its SIMD is assembler or intrinsics of other processors, so the C code is taken.
set -euo pipefail

export CFLAGS="${CFLAGS} -fvisibility=hidden"  # each side module keeps its own copy
export CXXFLAGS="${CXXFLAGS} -fvisibility=hidden"
cmake -S . -B build.wasm -G Ninja ${CMAKE_ARGS} \
    -DAOM_TARGET_CPU=generic -DCONFIG_MULTITHREAD=0 -DCONFIG_RUNTIME_CPU_DETECT=0 -DCONFIG_WEBM_IO=0 \
    -DENABLE_DOCS=OFF -DENABLE_EXAMPLES=OFF -DENABLE_TESTS=OFF -DENABLE_TOOLS=OFF
cmake --build build.wasm -j"${CPU_COUNT}"
cmake --install build.wasm
rm -rf "${PREFIX}/lib/cmake/AOM"
