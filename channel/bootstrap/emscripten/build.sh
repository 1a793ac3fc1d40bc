#!/bin/bash
set -euo pipefail

: "${EXISTING_EMSDK:=}"
emsdk=$PREFIX/opt/emsdk
upstream=$emsdk/upstream
mkdir -p "$PREFIX/bin" "$PREFIX/opt"

unpack_debian() {
    for deb in *.deb; do dpkg-deb -x "$deb" root; done
    mkdir -p "$upstream"/{bin,lib}

    # Of the programs those that emcc runs, and those that look into what it made (less llvm-objdump and
    # llvm-symbolizer, which want libcurl for debuginfod).
    local llvm=root/usr/lib/llvm-19
    cp -L "$llvm"/bin/{clang,lld,llc,opt} "$llvm"/bin/llvm-{ar,as,cxxfilt,dis,dwarfdump,dwp,link,nm,objcopy} \
        "$llvm"/bin/llvm-{profdata,readobj,size,strings} \
        root/usr/bin/wasm-{as,ctor-eval,dis,emscripten-finalize,merge,metadce,opt,split} \
        root/usr/bin/wasm2js "$upstream/bin/"
    (
        cd "$upstream/bin"
        ln -s clang clang++
        ln -s lld wasm-ld
        ln -s llvm-ar llvm-ranlib
        ln -s llvm-objcopy llvm-strip
        ln -s llvm-readobj llvm-readelf
    )
    cp -r "$llvm/lib/clang" "$upstream/lib/"
    for library in libLLVM.so.19.1 libclang-cpp.so.19.1 libbinaryen.so libbsd.so.0 libedit.so.2 \
        libffi.so.8 libmd.so.0 libtinfo.so.6 libz3.so.4; do
        cp -L "root/usr/lib/x86_64-linux-gnu/$library" "$upstream/lib/"
    done

    # DT_RPATH of a program counts also for the libraries that it loads, if they have no run path of
    # their own, and comes before LD_LIBRARY_PATH.
    patchelf --remove-rpath "$upstream"/lib/*.so*
    find "$upstream/bin" -type f -exec patchelf \
        --set-interpreter "$PREFIX/lib/debian-libc/ld-linux-x86-64.so.2" \
        --force-rpath --set-rpath '$ORIGIN/../lib:$ORIGIN/../../../../lib:$ORIGIN/../../../../lib/debian-libc' {} +

    cp -r root/usr/share/emscripten "$upstream/"
    mkdir "$upstream/emscripten/node_modules"
    cp -rL root/usr/share/nodejs/acorn "$upstream/emscripten/node_modules/"
    cp "$RECIPE_DIR/dot-emscripten" "$emsdk/.emscripten"
    cd "$upstream/emscripten"
    # Node takes the type of a .js file from the nearest package.json above it, here or in a checkout.
    echo '{}' > package.json

    # Documentation, tests, and the sources of the libraries that come compiled.
    rm -r .emscripten ChangeLog* README* bootstrap docs embuilder* eslint.config.mjs media out system/lib test wrapper
    # Variants of the libraries that the ABI does not use: threads and Wasm Workers, 64 bit memory, link
    # time optimization, sanitizers, WasmFS. What stays is complete: with and without -fPIC, -g,
    # exceptions, and any optimization level.
    cd cache
    rm -r cache.lock symbol_lists symbol_lists.lock
    cd sysroot/lib
    find . -name 'lto*' -type d -prune -exec rm -r {} +
    rm -rf wasm64-emscripten
    find . \( -name '*-mt*' -o -name '*-ww*' -o -name '*-asan*' -o -name '*san_*' -o -name 'libsanitizer*' \
        -o -name 'libwasmfs*' \) -delete
}

if [ -z "$EXISTING_EMSDK" ]; then
    (unpack_debian)
    python -m compileall -q -j "$CPU_COUNT" --invalidation-mode unchecked-hash -s "$PREFIX" "$upstream/emscripten"
else
    found=$(tr -d '"\n' < "$EXISTING_EMSDK/upstream/emscripten/emscripten-version.txt" || true)
    if [ "$found" != "$PKG_VERSION" ]; then
        echo "EMSDK=$EXISTING_EMSDK holds Emscripten '$found', but the ABI is that of $PKG_VERSION." >&2
        echo "Run 'emsdk install $PKG_VERSION && emsdk activate $PKG_VERSION' there, or unset EMSDK." >&2
        exit 1
    fi
    ln -s "$EXISTING_EMSDK" "$emsdk"
fi

# Emscripten's own starters take the Python that PYTHON names. In a cross build that is the target's.
launcher() {
    printf '#!/bin/sh\nunset _PYTHON_SYSCONFIGDATA_NAME _PYTHON_HOST_PLATFORM\nexec "%s" -E "%s" "$@"\n' \
        "$PREFIX/bin/python3.13" "$upstream/emscripten/$2" > "$1"
    chmod +x "$1"
}
for tool in em++ em-config emar emcc emcmake emconfigure emmake emranlib emscons emsize emstrip; do
    launcher "$PREFIX/bin/$tool" "$tool.py"
done
for tool in emdump emdwp emnm emprofile; do
    launcher "$PREFIX/bin/$tool" "tools/$tool.py"
done
launcher "$PREFIX/bin/file_packager" tools/file_packager.py
if [ -z "$EXISTING_EMSDK" ]; then
    # CMake's toolchain file names the compilers in this folder.
    for tool in "$upstream"/emscripten/em*.py "$upstream"/emscripten/tools/em*.py; do
        name=$(basename "$tool" .py)
        [ ! -e "$PREFIX/bin/$name" ] || ln -sf "../../../../bin/$name" "$upstream/emscripten/$name"
    done
    # emcc runs this for --embed-file.
    ln -sf ../../../../../bin/file_packager "$upstream/emscripten/tools/"
fi
for tool in "$upstream"/bin/{llvm-*,wasm-*,wasm2js}; do
    ln -s "../opt/emsdk/upstream/bin/${tool##*/}" "$PREFIX/bin/"
done
