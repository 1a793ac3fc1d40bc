#!/bin/bash
set -ex
./configure --prefix="$PREFIX" \
    --disable-static --enable-shared
make -j"$CPU_COUNT"
if [[ "${CONDA_BUILD_CROSS_COMPILATION:-}" != "1" ]]; then
  make check
fi
make install
