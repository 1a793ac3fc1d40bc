#!/bin/bash
# Builds the extension module with a C library in place of google/crc32c, whose fast paths are for x86 and ARM.
set -euo pipefail

lib="${SRC_DIR}/lib"
"${CC}" ${CFLAGS} -c "${lib}/crc32c/crc32c.c" -o "${lib}/crc32c.o"
"${AR}" rcs "${lib}/libcrc32c.a" "${lib}/crc32c.o"
export CFLAGS="${CFLAGS} -I${lib}" LDFLAGS="-L${lib} ${LDFLAGS}"
export CRC32C_PURE_PYTHON=0  # else a failed compilation leaves the slower Python code
"${PYTHON}" -m pip install . -vv --no-deps --no-build-isolation
