#!/bin/bash
# Cross-builds CPython: libpython3.13.a, the standard library, and bin/python for Node.
set -euo pipefail

python="${BUILD_PREFIX}/bin/python3.13"
stdlib="${PREFIX}/lib/python3.13"
config="${stdlib}/config-3.13-wasm32-emscripten"

# --- Configure -------------------------------------------------------------------------------------------

# NODIST: for the interpreter, not for the extension modules built against it later. PY_CALL_TRAMPOLINE:
# WebAssembly traps on a call through a function pointer of another type, which extension modules do a lot.
export CFLAGS_NODIST="-O3 -DPY_CALL_TRAMPOLINE" OPT="-Wall"
# Without these configure takes Emscripten's ports, which are downloaded.
# sqlite3_randomness: a restored snapshot seeds SQLite's generator again (runtime/core/restore.js).
export ZLIB_LIBS=-lz BZIP2_LIBS=-lbz2 LIBSQLITE3_LIBS="-lsqlite3 -Wl,--export=sqlite3_randomness"
export CONFIG_SITE="${RECIPE_DIR}/config.site"

# Large modules that few programs import are side modules: pages start without them. The lines are CPython's.
shared='unicodedata|_decimal|_sqlite3|pyexpat|_elementtree|_codecs_(cn|hk|iso2022|jp|kr|tw)'
# config.site denies sys/ioctl.h, because of FIOCLEX; the module fcntl itself does not need that.
cat > Modules/Setup.local <<EOF
*static*
fcntl fcntlmodule.c -DHAVE_SYS_IOCTL_H
*shared*
$(sed -nE "s/^@MODULE_[A-Z0-9_]+_TRUE@((${shared}) )/\\1/p" Modules/Setup.stdlib.in)
EOF

./configure --prefix="${PREFIX}" \
    --host="${HOST}" --build=x86_64-pc-linux-gnu --with-build-python="${python}" \
    --with-emscripten-target=node --with-suffix=no --enable-wasm-dynamic-linking \
    --enable-big-digits=30 --with-pymalloc --without-mimalloc --disable-test-modules --without-ensurepip

# --- Compile and link ------------------------------------------------------------------------------------

make -j"${CPU_COUNT}" libpython3.13.a Programs/python.o platform
# L: its members. Whoever embeds Python then needs, besides it, only libraries that are packages.
make Modules/_hacl/libHacl_Hash_SHA2.a
"${AR}" qcsL libpython3.13.a Modules/_hacl/libHacl_Hash_SHA2.a
# SIDE_MODULE=2: of libraries only what is used, not all. The file is <module>.cpython-313-….so.
make -j"${CPU_COUNT}" sharedmods BLDSHARED='$(CC) $(PY_CORE_LDFLAGS) -O2 -sSIDE_MODULE=2 \
    -sEXPORTED_FUNCTIONS=_PyInit_$(basename $(basename $(@F)))'

for source in libc/*.c; do
    "${CC}" ${CFLAGS} -O2 -std=c17 -Wall -c "${source}" -o "${source%.c}.o"
done

# em++ and MAIN_MODULE=1: all of libc, libc++ and of the libraries here is there for extension modules.
# --stack-first: a stack overflow traps instead of overwriting data.
# AUTO_*_LIBRARIES=0: no OpenGL, OpenAL, GLUT, SDL 1 and X11, which are for pages.
libraries=(-lbz2 -lffi -llzma -lz)
"${CXX}" ${LDFLAGS} -O2 Programs/python.o libc/*.o libpython3.13.a "${libraries[@]}" -o python.js \
    -sMAIN_MODULE=1 -sENVIRONMENT=node -sNODERAWFS=1 -sEXIT_RUNTIME=1 \
    -sAUTO_NATIVE_LIBRARIES=0 -sAUTO_JS_LIBRARIES=0 \
    $(printf -- '--js-library %s ' "${SRC_DIR}"/libc/*.js "${RECIPE_DIR}"/{files,node}.js) \
    -Wl,--wrap=clock_nanosleep,--wrap=times,--wrap=pthread_getcpuclockid \
    -sALLOW_MEMORY_GROWTH=1 -sMAXIMUM_MEMORY=4GB -sSTACK_SIZE=5MB -Wl,--stack-first

# --- Install ---------------------------------------------------------------------------------------------

# -o all: the programs that it links are not wanted. RUNSHARED=: keeps libinstall from byte-compiling thrice.
make -o all inclinstall libinstall libainstall sharedinstall RUNSHARED=:
mv "${config}/libpython3.13.a" "${PREFIX}/lib/"
# Not .js: that would be an ES module below a package.json that says so.
install -D -m 644 python.js "${PREFIX}/libexec/python3.13/python.cjs"
install -m 644 python.wasm "${PREFIX}/libexec/python3.13/python.wasm"
install -m 755 "${RECIPE_DIR}/python.sh" "${PREFIX}/bin/python3.13"
ln -sf python3.13 "${PREFIX}/bin/python3"
ln -sf python3.13 "${PREFIX}/bin/python"
ln -sf python3.13-config "${PREFIX}/bin/python3-config"
sed -i "s/^Libs:.*/& ${libraries[*]}/" "${PREFIX}/lib/pkgconfig/python-3.13-embed.pc"
for name in python python-embed; do
    ln -sf "${name/python/python-3.13}.pc" "${PREFIX}/lib/pkgconfig/${name/python/python3}.pc"
done

# What cannot work without windows, processes or curses, and the documentation texts of help().
rm -rf "${stdlib}"/{idlelib,tkinter,turtle.py,turtledemo,curses,ensurepip,venv,pydoc_data,test}
rm -rf "${PREFIX}"/bin/{idle,pydoc}3.13 "${config}"/{python.o,install-sh,makesetup,config.c,config.c.in,Setup*}
# The build's own paths mean nothing later.
sed -i -e "s|${BUILD_PREFIX}/bin/||g" -e "s|${BUILD_PREFIX}||g" -e "s|${SRC_DIR}|.|g" \
    "${stdlib}"/_sysconfigdata_*.py "${config}"/{Makefile,python-config.py} "${PREFIX}/bin/python3.13-config"

# unchecked-hash: a mounted bundle has other times than these files. The paths are those of a browser, where
# the prefix is /; elsewhere Python puts its own in their place.
find "${stdlib}" -name __pycache__ -prune -exec rm -rf {} +
"${python}" -m compileall -q -j "${CPU_COUNT}" --invalidation-mode unchecked-hash \
    -s "${PREFIX}" -p / "${stdlib}"
