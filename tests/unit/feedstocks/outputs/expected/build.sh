#!/bin/bash
# Each side module keeps its own copy of the library.
export CFLAGS="${CFLAGS:-} -fvisibility=hidden" CXXFLAGS="${CXXFLAGS:-} -fvisibility=hidden"
make install
