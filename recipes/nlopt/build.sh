#!/bin/bash
# Builds the static library.
set -euo pipefail

# Also for the scripts that the build runs with cmake -P.
export CMAKE_POLICY_VERSION_MINIMUM=3.5
cmake -S . -B build -G Ninja ${CMAKE_ARGS} \
    -DNLOPT_TESTS=OFF -DNLOPT_SWIG=OFF \
    -DNLOPT_PYTHON=OFF -DNLOPT_OCTAVE=OFF -DNLOPT_MATLAB=OFF -DNLOPT_GUILE=OFF
cmake --build build -j"${CPU_COUNT}"
cmake --install build
