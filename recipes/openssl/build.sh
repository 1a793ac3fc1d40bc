#!/bin/bash
# Builds static libcrypto and libssl, without what takes threads, UDP, a terminal or dlopen.
set -euo pipefail

# Each side module has its own copy. If their symbols were visible, the dynamic loader would give a second
# module the first one's.
export CFLAGS="${CFLAGS} -fvisibility=hidden"

# no-module: the legacy provider is in libcrypto, as nothing can be loaded later.
options=(
    no-apps no-asm no-async no-docs no-dso no-engine no-module no-quic no-secure-memory
    no-shared no-tests no-threads no-ui-console
)
# gcc: OpenSSL's name for a Unix of which it knows nothing.
./Configure gcc --prefix="${PREFIX}" --libdir=lib --openssldir="${PREFIX}/ssl" "${options[@]}"
make -j"${CPU_COUNT}" build_libs
make install_dev
