#!/bin/bash
# Builds the static library, which has libaom in it: who links one archive needs no other.
set -euo pipefail

export CFLAGS="${CFLAGS} -fvisibility=hidden"  # each side module keeps its own copy
cmake -S . -B build -G Ninja ${CMAKE_ARGS} \
    -DAVIF_CODEC_AOM=SYSTEM -DAVIF_LIBYUV=OFF -DAVIF_LIBSHARPYUV=OFF -DAVIF_LIBXML2=OFF
cmake --build build -j"${CPU_COUNT}"
cmake --install build
rm -rf "${PREFIX}/lib/cmake/libavif"

emar -M <<EOF
create libavif.a
addlib ${PREFIX}/lib/libavif.a
addlib ${PREFIX}/lib/libaom.a
save
end
EOF
mv libavif.a "${PREFIX}/lib/libavif.a"
sed -i '/^Requires.private:/d' "${PREFIX}/lib/pkgconfig/libavif.pc"
