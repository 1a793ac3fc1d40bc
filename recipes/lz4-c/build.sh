#!/bin/bash
# Builds the static library.
set -euo pipefail

export CFLAGS="${CFLAGS} -fvisibility=hidden"  # each side module keeps its own copy
cmake -S build/cmake -B build -G Ninja ${CMAKE_ARGS} \
    -DBUILD_SHARED_LIBS=OFF -DBUILD_STATIC_LIBS=ON -DLZ4_BUILD_CLI=OFF
cmake --build build -j"${CPU_COUNT}"
cmake --install build
