#!/bin/bash
# Tests the interpreter from within, with extension modules made here, and bin/python as a process.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
EXTENSIONS=$(mktemp -d)
export EXTENSIONS
trap 'rm -rf "${EXTENSIONS}"' EXIT
include="-I${PREFIX}/include/python3.13"
suffix=$("${PREFIX}/bin/python" -c 'import sysconfig; print(sysconfig.get_config_var("EXT_SUFFIX"))')
"${CC}" ${CFLAGS} "${include}" -shared "${here}/extension.c" -o "${EXTENSIONS}/extension${suffix}" ${LDFLAGS}
"${CXX}" ${CXXFLAGS} "${include}" -shared "${here}/exceptions.cpp" -o "${EXTENSIONS}/exceptions${suffix}" ${LDFLAGS}

# The compiler's environment has a python of its own, and is first in PATH.
export PATH="${PREFIX}/bin:${PATH}"
bash "${here}/process.sh"
python "${here}/test_interpreter.py"
python "${here}/test_extensions.py"
python "${here}/test_evaluation_loop.py"
python "${here}/test_optional_parts.py"
python "${here}/test_files.py"
python "${here}/test_libc.py"
python "${here}/test_recursion.py"
