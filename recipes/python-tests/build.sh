#!/bin/bash
# Installs Lib/test, and compiles the extension modules that only the tests use.
set -euo pipefail

suffix=$("${PYTHON}" -c 'import sysconfig; print(sysconfig.get_config_var("EXT_SUFFIX"))')
include="${PREFIX}/include/python${PY_VER}"
stdlib="${PREFIX}/lib/python${PY_VER}"

# CPython's own list of these modules: a line is the module and its sources.
sed -n '/^# Test modules/,$s/^@MODULE_[A-Z0-9_]*_TRUE@//p' Modules/Setup.stdlib.in > modules
while read -r module sources; do
    # SIDE_MODULE=1: some of them have several modules, or functions for ctypes.
    (cd Modules && "${CC}" ${CPPFLAGS} ${CFLAGS} "-I${include}" "-I${include}/internal" -I. ${sources} \
        ${LDFLAGS} -sSIDE_MODULE=1 -o "${stdlib}/lib-dynload/${module}${suffix}")
done < modules
# In site-packages, because a page gets no tests of the standard library; a link is where CPython has them.
cp -R Lib/test "${SP_DIR}/test"
ln -s site-packages/test "${stdlib}/test"
