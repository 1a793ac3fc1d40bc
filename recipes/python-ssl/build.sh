#!/bin/bash
# Compiles the two extension modules against the host's Python and OpenSSL.
set -euo pipefail

suffix=$("${PYTHON}" -c 'import sysconfig; print(sysconfig.get_config_var("EXT_SUFFIX"))')
include="${PREFIX}/include/python${PY_VER}"
target="${PREFIX}/lib/python${PY_VER}/lib-dynload"

# OPENSSL_THREADS: _ssl.c wants an OpenSSL with threads, but here Python has none either.
# SIDE_MODULE=2: of the libraries only what is used, not all.
build() {
    local module=$1 source=$2
    shift 2
    "${CC}" ${CPPFLAGS} ${CFLAGS} -DPy_BUILD_CORE_MODULE -DOPENSSL_THREADS \
        "-I${include}" "-I${include}/internal" "Modules/${source}" \
        "$@" ${LDFLAGS} -sSIDE_MODULE=2 "-sEXPORTED_FUNCTIONS=_PyInit_${module}" \
        -o "${target}/${module}${suffix}"
}

build _hashlib _hashopenssl.c -lcrypto
build _ssl _ssl.c -lssl -lcrypto
