#!/bin/bash
set -euo pipefail

known=$PWD/tests/known_failures.txt
cd "$PREFIX"/lib/python3.*/site-packages/statsmodels
# The options of its pyproject.toml are those of plugins.
pytest -q -p no:cacheprovider -o addopts= --known-failures "$known" regression/tests
