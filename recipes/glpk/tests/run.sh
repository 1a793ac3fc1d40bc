#!/bin/bash
# Links a program, and runs it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

"${CC}" ${CPPFLAGS} ${CFLAGS} use.c ${LDFLAGS} -lglpk -o use.js
node use.js
