#!/bin/bash
# Links a program, and runs it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

"${CC}" ${CPPFLAGS} ${CFLAGS} use.c "${PREFIX}/lib/static/libopenblas.a" ${LDFLAGS} -sALLOW_MEMORY_GROWTH -o use.js
node use.js

# A side module needs the shared library and has no copy of it.
export PKG_CONFIG_LIBDIR="${PREFIX}/lib/pkgconfig"
read -ra flags <<< "$(pkg-config --cflags --libs openblas)"
types='int*, int*, double*, int*, int*, double*, int*, int*'
link() {
    echo "$1 dgesv_(${types}); void solve(void) { dgesv_(0, 0, 0, 0, 0, 0, 0, 0); }" > side.c
    "${CC}" ${CFLAGS} -shared side.c ${LDFLAGS} "${flags[@]}" -o side.so
}
link void
grep -q libopenblas.so side.so
test "$(stat -c %s side.so)" -lt 1000
# Another type than the library's is an error already here.
if link int; then exit 1; fi
