#!/bin/bash
# Writes the tables as C source, with the Python that Emscripten runs on, and compiles the static library. The names of
# its functions are those of GNU libiconv, so that both these and those of Emscripten's C library can be in one program.
set -euo pipefail

src="${RECIPE_DIR}/src"
python3 "${src}/make_tables.py" "${RECIPE_DIR}/tables" data.c
objects=()
for file in "${src}"/*.c data.c; do
    object="$(basename "${file}" .c).o"
    ${CC} ${CFLAGS} ${CPPFLAGS} -std=c11 -Wall -Wextra -Werror -fvisibility=hidden -I"${src}" -c "${file}" \
        -o "${object}"
    objects+=("${object}")
done
mkdir -p "${PREFIX}/lib/pkgconfig" "${PREFIX}/include"
"${AR}" rcs "${PREFIX}/lib/libiconv.a" "${objects[@]}"
cp "${src}/iconv.h" "${PREFIX}/include/"
cat > "${PREFIX}/lib/pkgconfig/iconv.pc" <<PC
prefix=\${pcfiledir}/../..

Name: iconv
Description: Converts text between encodings
Version: ${PKG_VERSION}
Requires.private: zlib
Libs: -L\${prefix}/lib -liconv -lz
Cflags: -I\${prefix}/include
PC
