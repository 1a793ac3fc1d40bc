#!/bin/bash
set -euo pipefail

known=$PWD/tests/known_failures.txt
cd "$PREFIX"/lib/python3.*/site-packages/statsmodels
pytest -q -p no:cacheprovider --known-failures "$known" regression/tests
