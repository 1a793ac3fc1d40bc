#!/bin/bash
set -euo pipefail

here=$PWD
cd "$PREFIX"/lib/python3.*/site-packages
# These import extension modules that are compiled for the suite alone, with Meson's tag "tests".
compiled=(_lib/tests/test_ccallback.py integrate/tests/test_quadpack.py ndimage/tests/test_c_api.py)
status=0
# What the recipe scipy leaves, but for datasets, which are downloaded, and the slow ones, which upstream leaves out, too.
# A process for each, so that the memory of one is not that of all.
for package in _lib differentiate fft fftpack integrate interpolate io ndimage optimize signal sparse spatial stats; do
    pytest -q -p no:cacheprovider -c "$here/pytest.ini" --rootdir . -o addopts= -m "not slow" \
        "${compiled[@]/#/--ignore=scipy/}" --known-failures "$here/tests/known_failures.txt" "scipy/$package" || status=$?
done
exit "$status"
