#!/bin/bash
set -euo pipefail

$PYTHON -m pip install . -vv --no-deps --no-build-isolation

cd "$SP_DIR/astropy"
# The package astropy-tests has them. The folder astropy.tests is part of the API.
find . -name tests -not -path ./tests -prune -exec rm -r {} +
find . \( -name '*.pyx' -o -name '*.c' \) -delete
