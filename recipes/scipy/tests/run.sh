#!/bin/bash
set -euo pipefail

here=$PWD
# These tests compile with Meson when they run.
rm -r scipy/{linalg,special}/tests/_cython_examples
cp -r scipy "$PREFIX"/lib/python3.*/site-packages/
cd "$PREFIX"/lib/python3.*/site-packages
for tables in boost gsl local; do
    python scipy/special/utils/makenpz.py --outdir scipy/special/tests/data "$tables"
done
# Two files import extension modules that are compiled for the suite alone, with Meson's tag "tests".
pytest -q -p no:cacheprovider -c "$here/pytest.ini" --rootdir . -o addopts= -m "not slow" \
    --ignore=scipy/special/tests/test_dd.py --ignore=scipy/special/tests/test_round.py \
    --known-failures "$here/tests/known_failures.txt" scipy/{cluster,constants,linalg,special}
