#!/bin/bash
# Builds the static libraries.
set -euo pipefail

export CFLAGS="${CFLAGS} -fvisibility=hidden"  # each side module keeps its own copy
cmake -S . -B build -G Ninja ${CMAKE_ARGS} \
    -DCMAKE_POLICY_VERSION_MINIMUM=3.5 -DBUILD_SHARED_LIBS=OFF -DBUILD_STATIC_LIBS=ON -DBUILD_APPLICATIONS=OFF
cmake --build build -j"${CPU_COUNT}"
cmake --install build
# The reentrant library under the name that its users ask for, which is the shared one's.
sed -i 's/-lqhull_r/-lqhullstatic_r/' "${PREFIX}/lib/pkgconfig/qhull_r.pc"
