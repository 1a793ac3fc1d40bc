#!/bin/bash
# What do conda's specs match, and what is installed for one?
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

export PKG_CONFIG_LIBDIR="${PREFIX}/lib/pkgconfig"
"${CC}" ${CFLAGS} solve.c ${LDFLAGS} $(pkg-config --cflags --libs --static libsolvext libsolv) -o solve.js
check() {
    local expected=$1 found
    shift
    found=$(node solve.js repodata.json "$@")
    if [[ "${found}" != "${expected}" ]]; then
        echo "$*: ${found} instead of ${expected}" >&2
        return 1
    fi
}

check "lib-1.10-h_0 app-2.0-h_1" app
check "lib-1.2-h_0 app-1.0-h_0" "app <2"
check "lib-1.2-h_0 app-1.0-h_0" app lib=1.2
check "nothing fits: package app-2.0-h_0 requires lib >=1.10, but none of the providers can be installed" "app 2.*" lib=1.2
