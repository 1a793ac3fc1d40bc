#!/bin/bash
set -euo pipefail

here=$PWD
cd "$PREFIX"/lib/python3.*/site-packages
# conftest.py leaves a folder there.
export NPY_AVAILABLE_MEM=1GB TMPDIR=$here/tmp
mkdir "$TMPDIR"
status=0
# What the recipe numpy leaves, the slow tests, too. A process for each, so that the memory of one is not that of all.
for tests in _core lib ma matrixlib testing tests; do
    pytest -q -p no:cacheprovider -c "$here/pytest.ini" --rootdir . -o addopts= "numpy/$tests" || status=$?
done
exit "$status"
