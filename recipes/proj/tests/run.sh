#!/bin/bash
# Links a program with the static library and runs it; links a side module with the shared library.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

"${CC}" ${CPPFLAGS} ${CFLAGS} -c use.c -o use.o
"${CC/%-cc/-c++}" use.o "${PREFIX}/lib/static/libproj.a" ${LDFLAGS} -lsqlite3 -sALLOW_MEMORY_GROWTH -sNODERAWFS -o use.js
node use.js "${PREFIX}/share/proj"

export PKG_CONFIG_LIBDIR="${PREFIX}/lib/pkgconfig"
read -ra flags <<< "$(pkg-config --cflags --libs proj)"
echo '#include <proj.h>
PJ_INFO info(void) { return proj_info(); }' > side.c
"${CC}" ${CFLAGS} -shared side.c ${LDFLAGS} "${flags[@]}" -o side.so
grep -q libproj.so side.so
test "$(stat -c %s side.so)" -lt 2000
