#!/bin/bash
# Links a program with the flags of pkg-config, and runs it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

export PKG_CONFIG_LIBDIR="${PREFIX}/lib/pkgconfig"
read -ra flags <<< "$(pkg-config --cflags --libs --static blosc)"
# blosclz keeps 64 KiB on the stack, which is all that a program gets by default.
"${CC}" ${CFLAGS} use.c ${LDFLAGS} "${flags[@]}" -sSTACK_SIZE=1MB -o use.js
node use.js
