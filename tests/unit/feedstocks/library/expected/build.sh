#!/bin/bash
# Each side module keeps its own copy of the library.
export CFLAGS="${CFLAGS:-} -fvisibility=hidden" CXXFLAGS="${CXXFLAGS:-} -fvisibility=hidden"
set -ex
./configure --host="$HOST" --prefix="$PREFIX" \
    --enable-static --disable-shared
make -j"$CPU_COUNT"
make install
