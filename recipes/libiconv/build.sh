#!/bin/bash
# Makes an empty library, and a file for pkg-config.
set -euo pipefail

mkdir -p "${PREFIX}/lib/pkgconfig"
"${AR}" rcs "${PREFIX}/lib/libiconv.a"
cat > "${PREFIX}/lib/pkgconfig/iconv.pc" <<PC
prefix=${PREFIX}

Name: iconv
Description: Converts text between encodings (Emscripten's C library)
Version: ${PKG_VERSION}
Libs: -L\${prefix}/lib -liconv
PC
