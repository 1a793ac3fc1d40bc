#!/bin/bash
# Makes lib$1.so and $1.pc, other names for OpenBLAS.
set -euo pipefail

# A side module is known by its file's name: a symbolic link would be a second copy of the library. This one is empty
# and needs OpenBLAS, whose functions it so brings.
touch empty.c
"${CC}" ${CFLAGS} ${LDFLAGS} -shared empty.c -lopenblas -o "lib$1.so"
install -D -m 755 -t "${PREFIX}/lib" "lib$1.so"

mkdir -p "${PREFIX}/lib/pkgconfig"
cat > "${PREFIX}/lib/pkgconfig/$1.pc" <<EOF
Name: $1
Description: The interface $1 of OpenBLAS
Version: ${PKG_VERSION}
Requires: openblas
EOF
