#!/bin/bash
# Installs the headers and what CMake's find_package(Boost) reads; compiles nothing.
set -euo pipefail

cmake -S . -B build -G Ninja ${CMAKE_ARGS} -DBOOST_INCLUDE_LIBRARIES=headers -DBOOST_INSTALL_LAYOUT=system
cmake --install build
cp -R libs/*/include/boost libs/numeric/*/include/boost "${PREFIX}/include"
