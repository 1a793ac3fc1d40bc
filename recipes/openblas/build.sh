#!/bin/bash
# Builds libopenblas: all of BLAS, CBLAS and LAPACK, the latter translated to C by upstream.
set -euo pipefail
cd OpenBLAS

# WebAssembly traps on a call whose type is not exactly the function's. Nearly every subroutine returns nothing here,
# and is declared so by its callers; make it every one. And xerbla gets the length of the name from everybody.
netlib=(lapack-netlib/{SRC,SRC/DEPRECATED,INSTALL}/*.c)
mapfile -t subroutines < <(grep -lE '^(int NAME\(|/\* Subroutine \*/ int)' interface/lapack/*.c "${netlib[@]}")
sed -i -E 's/^int +(NAME\()/void \1/; s/\breturn 0;/return;/' "${subroutines[@]}"
sed -i -E 's/^int +BLASFUNC/void BLASFUNC/; s/return 0;//' common_interface.h driver/others/xerbla.c
sed -i -E 's/\bint (xerbla_\()/void \1/; s|(/\* Subroutine \*/) int|\1 void|g; s/^( *extern) int ([a-z0-9]+_\()/\1 void \2/' "${netlib[@]}"
sed -i -z -E 's/(xerbla_\(\s*char\s*\*,\s*integer\s*\*\s*)\)/\1, ftnlen)/g; s/(xerbla_\("[A-Z0-9]+",\s*&\w+)\);/\1, 6);/g' "${netlib[@]}"

# 3,700 files, most of them small: Emscripten's driver takes longer to start than the compiler that it starts. This is
# the command that it would use.
touch empty.c
compile=$("${CC}" ${CFLAGS} '-###' -c empty.c 2>&1 | sed -n '1s/ "-###".*//; 1s/"//g; 1p')
# HOSTCC: getarch runs here, and says what the target's processor is like.
options=(TARGET=WASM128_GENERIC CC="${compile}" AR="llvm-ar" RANLIB="llvm-ranlib"
    HOSTCC=cc HOST_CFLAGS=-O1 NOFORTRAN=1 NO_LAPACKE=1 USE_THREAD=0 NO_AFFINITY=1 NO_WARMUP=1 NO_SHARED=1)
export CFLAGS=
make -j"${CPU_COUNT}" "${options[@]}" libs lapack_prebuild
# Without what tests LAPACK (tmglib).
make -j"${CPU_COUNT}" -C lapack-netlib C_LAPACK=1 lapacklib
make "${options[@]}" PREFIX="${PREFIX}" install
# In a folder of its own, or -lopenblas would put a copy of it into each side module.
mkdir "${PREFIX}/lib/static"
rm "${PREFIX}/lib/libopenblas.a"
mv "${PREFIX}"/lib/libopenblas_*.a "${PREFIX}/lib/static/libopenblas.a"

# The library that NumPy, SciPy and others share. It exports what is documented, and not the kernels.
llvm-nm --defined-only --extern-only --just-symbol-name "${PREFIX}/lib/static/libopenblas.a" |
    grep -xE '\w+_|(cblas|openblas)_\w+' | sort -u | sed 's/^/_/' > exports.txt
# A mismatch of types is a warning of the linker's.
"${CC}" ${LDFLAGS} -O2 -sSIDE_MODULE=2 -sEXPORTED_FUNCTIONS=@exports.txt -Wl,--fatal-warnings \
    -Wl,--whole-archive "${PREFIX}/lib/static/libopenblas.a" -Wl,--no-whole-archive -o "${PREFIX}/lib/libopenblas.so"

# Only a side module can be linked to the shared library. What configures one links a program to see what is there.
cat > "${PREFIX}/lib/pkgconfig/openblas.pc" <<EOF
libdir=${PREFIX}/lib
includedir=${PREFIX}/include
Name: openblas
Description: BLAS, CBLAS and LAPACK
URL: https://www.openblas.net/
Version: ${PKG_VERSION}
Libs: -L\${libdir} -lopenblas -sERROR_ON_UNDEFINED_SYMBOLS=0
Cflags: -I\${includedir}
EOF
sed -i 's/libopenblas\.a/libopenblas.so/' "${PREFIX}/lib/cmake/openblas/OpenBLASConfig.cmake"
