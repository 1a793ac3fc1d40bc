#!/bin/bash
# Builds the static libraries with conda's repodata and specs. libsolv takes any qsort_r but glibc's for BSD's,
# whose arguments are in another order; musl's is like glibc's.
set -euo pipefail

cmake -S . -B build -G Ninja ${CMAKE_ARGS} -DENABLE_STATIC=ON -DDISABLE_SHARED=ON \
    -DENABLE_CONDA=ON -DWITHOUT_COOKIEOPEN=ON -DHAVE_QSORT_R=OFF -DHAVE___QSORT_R=OFF
cmake --build build --target libsolv libsolvext
for part in src ext; do cmake --install "build/${part}"; done
install -D -m 644 -t "${PREFIX}/lib/pkgconfig" build/libsolv.pc build/libsolvext.pc
