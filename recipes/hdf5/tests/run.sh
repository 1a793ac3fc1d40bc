#!/bin/bash
# Links a program with the static libraries and runs it; links a side module with the shared library.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

static="${PREFIX}/lib/static"
"${CC}" ${CPPFLAGS} ${CFLAGS} use.c "${static}/libhdf5_hl.a" "${static}/libhdf5.a" ${LDFLAGS} -lz -sALLOW_MEMORY_GROWTH \
    -o use.js
node use.js

export PKG_CONFIG_LIBDIR="${PREFIX}/lib/pkgconfig"
read -ra flags <<< "$(pkg-config --cflags --libs hdf5_hl hdf5)"
echo '#include <hdf5.h>
hid_t type(void) { return H5Tcopy(H5T_NATIVE_DOUBLE); }' > side.c
"${CC}" ${CFLAGS} -shared side.c ${LDFLAGS} "${flags[@]}" -o side.so
grep -q libhdf5.so side.so
test "$(stat -c %s side.so)" -lt 2000
