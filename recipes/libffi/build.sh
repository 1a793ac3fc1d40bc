#!/bin/bash
# Builds a static libffi.
#
# Written out instead of ./configure && make: the repository's archive carries no configure script,
# and for wasm32 there is no assembler and nothing to detect. What is set here is what configure
# finds for --host=wasm32-unknown-emscripten (configure.host, configure.ac).
set -euo pipefail

mkdir -p build
cat > build/fficonfig.h <<'EOF'
#define STDC_HEADERS 1
#define HAVE_ALLOCA_H 1
#define HAVE_INTTYPES_H 1
#define HAVE_MEMCPY 1
#define HAVE_STDINT_H 1
#define HAVE_LONG_DOUBLE 1
#define EH_FRAME_FLAGS "a"
#define FFI_HIDDEN __attribute__((visibility("hidden")))
EOF
sed -e "s/@VERSION@/${PKG_VERSION}/" -e 's/@TARGET@/wasm32/' -e 's/@HAVE_LONG_DOUBLE@/1/' \
    -e 's/@FFI_EXEC_TRAMPOLINE_TABLE@/0/' include/ffi.h.in > build/ffi.h
# A later version with further placeholders must not pass unnoticed.
! grep -n '@[A-Z_]*@' build/ffi.h

objects=()
for source in prep_cif types raw_api java_raw_api closures tramp wasm32/ffi; do
    object="build/${source//\//_}.o"
    "${CC}" ${CPPFLAGS:-} ${CFLAGS} -DHAVE_CONFIG_H -Ibuild -Iinclude -Isrc/wasm32 \
        -c "src/${source}.c" -o "${object}"
    objects+=("${object}")
done
"${AR}" rcs build/libffi.a "${objects[@]}"

install -D -m 644 build/libffi.a "${PREFIX}/lib/libffi.a"
install -D -m 644 -t "${PREFIX}/include" build/ffi.h src/wasm32/ffitarget.h
mkdir -p "${PREFIX}/lib/pkgconfig"
cat > "${PREFIX}/lib/pkgconfig/libffi.pc" <<EOF
prefix=${PREFIX}
libdir=\${prefix}/lib
includedir=\${prefix}/include

Name: libffi
Description: Library supporting Foreign Function Interfaces
Version: ${PKG_VERSION}
Libs: -L\${libdir} -lffi
Cflags: -I\${includedir}
EOF
