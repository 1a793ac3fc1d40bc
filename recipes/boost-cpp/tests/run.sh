#!/bin/bash
# Builds a program with CMake, and runs it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

cmake -S . -B build -G Ninja ${CMAKE_ARGS}
cmake --build build
node build/use.js
