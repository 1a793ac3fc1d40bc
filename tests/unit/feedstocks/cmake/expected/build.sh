#!/bin/bash
# Each side module keeps its own copy of the library.
export CFLAGS="${CFLAGS:-} -fvisibility=hidden" CXXFLAGS="${CXXFLAGS:-} -fvisibility=hidden"
cmake -S . -B build $CMAKE_ARGS -D BUILD_SHARED_LIBS=OFF -DBUILD_STATIC_LIBS=ON
cmake --build build
if [[ "$CONDA_BUILD_CROSS_COMPILATION" == "1" ]]; then
  export EXTRA=1
fi
cmake --install build
