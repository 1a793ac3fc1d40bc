#!/bin/bash
# Builds the static library without network and programs. Its encodings are those of the package libiconv: the iconv()
# of Emscripten's C library does not write Chinese and Korean ones. Without LIBXML2_WITH_THREADS it does not compile
# where pthread.h exists; Emscripten has that header, and functions for one thread.
set -euo pipefail

export CFLAGS="${CFLAGS} -fvisibility=hidden"  # each side module keeps its own copy
cmake -S . -B build -G Ninja ${CMAKE_ARGS} \
    -DBUILD_SHARED_LIBS=OFF -DLIBXML2_WITH_PROGRAMS=OFF -DLIBXML2_WITH_TESTS=OFF \
    -DLIBXML2_WITH_PYTHON=OFF -DLIBXML2_WITH_LZMA=OFF -DLIBXML2_WITH_THREADS=ON \
    -DLIBXML2_WITH_ICONV=ON -DIconv_IS_BUILT_IN=FALSE \
    -DLIBXML2_WITH_FTP=OFF -DLIBXML2_WITH_HTTP=OFF
cmake --build build -j"${CPU_COUNT}"
cmake --install build
# Whoever links this static library needs libiconv, too, and not all ask pkg-config for --static.
sed -i 's/^Libs:.*/& -liconv/' "${PREFIX}/lib/pkgconfig/libxml-2.0.pc"
