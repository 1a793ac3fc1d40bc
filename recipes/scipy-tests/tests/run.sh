#!/bin/bash
set -euo pipefail

here=$PWD
cd "$PREFIX"/lib/python3.*/site-packages
for tables in boost gsl local; do
    python scipy/special/utils/makenpz.py --outdir scipy/special/tests/data "$tables"
done
# These import extension modules that are compiled for the suite alone, with Meson's tag "tests".
compiled=(_lib/tests/test_ccallback.py integrate/tests/test_quadpack.py ndimage/tests/test_c_api.py
    special/tests/test_dd.py special/tests/test_round.py)
export PYTHONPATH="$here/tests"
status=0
# All but datasets, which are downloaded, and the slow ones, which upstream leaves out, too. A process for each, so that
# the memory of one is not that of all.
for package in _lib cluster constants differentiate fft fftpack integrate interpolate io linalg ndimage \
    optimize signal sparse spatial special stats; do
    pytest -q -p no:cacheprovider -c "$here/pytest.ini" --rootdir . -o addopts= -m "not slow" -p native_id \
        "${compiled[@]/#/--ignore=scipy/}" --known-failures "$here/tests/known_failures.txt" "scipy/$package" || status=$?
done
exit "$status"
