#!/bin/bash
set -euo pipefail

here=$PWD
cd "$PREFIX"/lib/python3.*/site-packages
for tables in boost gsl local; do
    python scipy/special/utils/makenpz.py --outdir scipy/special/tests/data "$tables"
done
status=0
# A process for each, so that the memory of one is not that of all. Slow tests are those that upstream leaves out, too.
for package in _lib cluster constants datasets differentiate fft fftpack integrate interpolate io linalg ndimage \
    optimize signal sparse spatial special stats; do
    pytest -q -p no:cacheprovider -c "$here/pytest.ini" --rootdir . -o addopts= -m "not slow" \
        --known-failures "$here/tests/known_failures.txt" "scipy/$package" || status=$?
done
exit "$status"
