#!/bin/bash
# Links a program with the static libraries and runs it; links a side module with the shared library.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

static="${PREFIX}/lib/static"
"${CC}" ${CPPFLAGS} ${CFLAGS} -c use.c -o use.o
"${CC/%-cc/-c++}" use.o "${static}/libgeos_c.a" "${static}/libgeos.a" ${LDFLAGS} -sALLOW_MEMORY_GROWTH -o use.js
node use.js

export PKG_CONFIG_LIBDIR="${PREFIX}/lib/pkgconfig"
read -ra flags <<< "$(pkg-config --cflags --libs geos)"
echo '#include <geos_c.h>
const char *version(void) { return GEOSversion(); }' > side.c
"${CC}" ${CFLAGS} -shared side.c ${LDFLAGS} "${flags[@]}" -o side.so
grep -q libgeos_c.so side.so
test "$(stat -c %s side.so)" -lt 2000
