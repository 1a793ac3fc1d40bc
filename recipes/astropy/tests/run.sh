#!/bin/bash
set -euo pipefail

tests=$PWD/tests
# Hypothesis: the same examples each time, and no limit of time for one.
export CI=1
cd "$PREFIX"/lib/python3.*/site-packages
# As upstream's plugins do without an option: neither the network, nor slow tests, nor those that want much memory.
pytest -q -p no:cacheprovider -c "$tests/pytest.ini" --rootdir . --known-failures "$tests/known_failures.txt" \
    -m "not remote_data and not slow and not hugemem" astropy/units/tests astropy/io/fits/tests
