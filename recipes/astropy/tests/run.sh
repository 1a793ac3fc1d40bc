#!/bin/bash
set -euo pipefail

tests=$PWD/tests
# Hypothesis: the same examples each time, and no limit of time for one.
export CI=1
cd "$PREFIX"/lib/python3.*/site-packages
status=0
# As upstream's plugins do without an option: neither the network, nor slow tests, nor those that want much memory; one
# file imports the plugin for the network. A process for each package, so that the memory of one is not that of all.
for package in astropy/*/; do
    if [[ $(find "$package" -name 'test_*.py') ]]; then
        pytest -q -p no:cacheprovider -c "$tests/pytest.ini" --rootdir . --known-failures "$tests/known_failures.txt" \
            -m "not remote_data and not slow and not hugemem" \
            --ignore astropy/coordinates/tests/test_name_resolve.py "$package" || status=$?
    fi
done
exit "$status"
