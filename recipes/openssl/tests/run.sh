#!/bin/bash
# Links the libraries into a program, which runs, and as a whole into a side module, as -shared does.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "${work}"' EXIT
read -ra flags <<< "$(pkg-config --cflags --libs openssl)"

"${CC}" ${CFLAGS} "${here}/digest.c" "${flags[@]}" ${LDFLAGS} -o "${work}/digest.js"
node "${work}/digest.js"
"${CC}" ${CFLAGS} -shared "${here}/digest.c" "${flags[@]}" ${LDFLAGS} -o "${work}/digest.so"
