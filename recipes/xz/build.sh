#!/bin/bash
# Builds a static liblzma, without the command-line tools, which need processes and signals.
set -euo pipefail

./configure --host="${HOST}" --prefix="${PREFIX}" \
    --disable-shared --enable-static --disable-threads --disable-nls --disable-doc --disable-scripts \
    --disable-xz --disable-xzdec --disable-lzmadec --disable-lzmainfo
make -j"${CPU_COUNT}"
make install
rm "${PREFIX}/lib/liblzma.la"
