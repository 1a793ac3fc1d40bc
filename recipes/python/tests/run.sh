#!/bin/bash
# Tests bin/python as a process, then the interpreter from within, with extension modules made here.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bash "${here}/process.sh"

EXTENSIONS=$(mktemp -d)
export EXTENSIONS
trap 'rm -rf "${EXTENSIONS}"' EXIT
include="-I${PREFIX}/include/python3.13"
suffix=$(python -c 'import sysconfig; print(sysconfig.get_config_var("EXT_SUFFIX"))')
"${CC}" ${CFLAGS} "${include}" -shared "${here}/extension.c" -o "${EXTENSIONS}/extension${suffix}" ${LDFLAGS}
"${CXX}" ${CXXFLAGS} "${include}" -shared "${here}/exceptions.cpp" -o "${EXTENSIONS}/exceptions${suffix}" ${LDFLAGS}
python "${here}/test_interpreter.py"
