#!/bin/bash
# Links a program with the flags of pkg-config, and runs it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

export PKG_CONFIG_LIBDIR="${PREFIX}/lib/pkgconfig"
read -ra flags <<< "$(pkg-config --cflags --libs --static glpk)"
"${CC}" ${CFLAGS} use.c ${LDFLAGS} "${flags[@]}" -o use.js
node use.js
