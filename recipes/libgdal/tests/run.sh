#!/bin/bash
# Links a program with the static library and runs it; links a side module with the shared library.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

"${CC}" ${CPPFLAGS} ${CFLAGS} -c use.c -o use.o
"${CC/%-cc/-c++}" use.o "${PREFIX}"/lib/static/lib{gdal,geos_c,geos,proj}.a ${LDFLAGS} \
    -lexpat -ljpeg -lpng -lsqlite3 -lz -sALLOW_MEMORY_GROWTH -sNODERAWFS -o use.js
node use.js "${PREFIX}/share/gdal" "${PREFIX}/share/proj"

export PKG_CONFIG_LIBDIR="${PREFIX}/lib/pkgconfig"
test "$("${PREFIX}/bin/gdal-config" --version)" = "$(pkg-config --modversion gdal)"
read -ra flags <<< "$(pkg-config --cflags --libs gdal)"
echo '#include <gdal.h>
const char *version(void) { return GDALVersionInfo("RELEASE_NAME"); }' > side.c
"${CC}" ${CFLAGS} -shared side.c ${LDFLAGS} "${flags[@]}" -o side.so
grep -q libgdal.so side.so
test "$(stat -c %s side.so)" -lt 2000
