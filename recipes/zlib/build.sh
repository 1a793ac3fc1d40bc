#!/bin/bash
# Builds a static libz; its own configure script is enough, and knows no --host.
set -euo pipefail

CHOST="${HOST}" ./configure --static --prefix="${PREFIX}"
make -j"${CPU_COUNT}" libz.a
make install
