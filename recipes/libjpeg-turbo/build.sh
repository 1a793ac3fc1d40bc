#!/bin/bash
# Builds the static library. Its SIMD is assembler, and there is none for WebAssembly.
# Without :STRING its own GNUInstallDirs takes "lib" for a folder in the source tree.
set -euo pipefail

export CFLAGS="${CFLAGS} -fvisibility=hidden"  # each side module keeps its own copy
cmake -S . -B build -G Ninja ${CMAKE_ARGS} \
    -DCMAKE_POLICY_VERSION_MINIMUM=3.5 -DCMAKE_INSTALL_LIBDIR:STRING=lib \
    -DENABLE_SHARED=OFF -DWITH_SIMD=OFF -DWITH_TURBOJPEG=OFF
cmake --build build -j"${CPU_COUNT}"
cmake --install build
