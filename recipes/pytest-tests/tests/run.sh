#!/bin/bash
set -euo pipefail

status=0
for suite in iniconfig/testing packaging/tests pluggy/testing pygments/tests pytest/testing; do
    known=$PWD/tests/${suite%/*}.txt
    (cd "${suite%/*}" && pytest -q -p no:cacheprovider --known-failures "$known" "${suite#*/}") || status=$?
done
exit "$status"
