#!/bin/bash
# Builds the static libraries.
set -euo pipefail

export CFLAGS="${CFLAGS} -fvisibility=hidden"  # each side module keeps its own copy
cmake -S . -B build -G Ninja ${CMAKE_ARGS} \
    -DBUILD_SHARED_LIBS=OFF -DLIBXSLT_WITH_PROGRAMS=OFF -DLIBXSLT_WITH_TESTS=OFF \
    -DLIBXSLT_WITH_PYTHON=OFF -DLIBXSLT_WITH_CRYPTO=OFF -DLIBXSLT_WITH_MODULES=OFF \
    -DIconv_IS_BUILT_IN=FALSE  # libxml2 uses the package libiconv
cmake --build build -j"${CPU_COUNT}"
cmake --install build
