# Makes configure, CMake, Meson and setuptools compile for emscripten-wasm32. Sourced by bash, zsh or dash,
# in a build (PREFIX is the host environment) or in an environment of its own.

_emscripten_prefix="${PREFIX:-$CONDA_PREFIX}"

# The ABI. -fPIC everywhere: any static library may end up in a side module.
_emscripten_abi="-fPIC -msimd128 -fwasm-exceptions -sSUPPORT_LONGJMP=wasm"

_meson_cross_file="$CONDA_PREFIX/meson_cross_file.txt"
cat > "$_meson_cross_file" <<EOF
[binaries]
c = 'wasm32-unknown-emscripten-cc'
cpp = 'wasm32-unknown-emscripten-c++'
ar = 'emar'
nm = 'emnm'
ranlib = 'emranlib'
strip = 'emstrip'
pkg-config = 'pkg-config'
cmake = 'cmake'
exe_wrapper = '$CONDA_PREFIX/bin/node'

[host_machine]
system = 'emscripten'
cpu_family = 'wasm32'
cpu = 'wasm32'
endian = 'little'

[properties]
needs_exe_wrapper = true
EOF

# Sets a variable and keeps its former value for the deactivation.
_emscripten_export() {
    eval "_EMSCRIPTEN_BACKUP_$1=\${$1-}"
    export "$1=$2"
}

_emscripten_export HOST wasm32-unknown-emscripten
_emscripten_export CC wasm32-unknown-emscripten-cc
_emscripten_export CXX wasm32-unknown-emscripten-c++
_emscripten_export AR emar
_emscripten_export LD wasm-ld
_emscripten_export NM emnm
_emscripten_export RANLIB emranlib
_emscripten_export STRIP emstrip

_emscripten_export CPPFLAGS "-I$_emscripten_prefix/include"
_emscripten_export CFLAGS "-O2 $_emscripten_abi"
_emscripten_export CXXFLAGS "-O2 $_emscripten_abi"
_emscripten_export LDFLAGS "-L$_emscripten_prefix/lib $_emscripten_abi -sWASM_BIGINT"
# For what says explicitly which kind of module it links.
_emscripten_export MAIN_MODULE_LDFLAGS -sMAIN_MODULE=1
_emscripten_export SIDE_MODULE_CFLAGS "$_emscripten_abi"
_emscripten_export SIDE_MODULE_LDFLAGS -sSIDE_MODULE=1

_emscripten_export PKG_CONFIG_LIBDIR "$_emscripten_prefix/lib/pkgconfig:$_emscripten_prefix/share/pkgconfig"
_emscripten_export CMAKE_ARGS "-DCMAKE_TOOLCHAIN_FILE=$CONDA_PREFIX/share/emscripten-wasm32/Platform/Emscripten.cmake \
-DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF -DCMAKE_INSTALL_PREFIX=$_emscripten_prefix \
-DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_FIND_ROOT_PATH=$_emscripten_prefix"
_emscripten_export MESON_ARGS "--buildtype=release --default-library=static --prefix=$_emscripten_prefix \
--libdir=lib --cross-file=$_meson_cross_file"

# conda-emscripten says in the output folder where compiled objects are kept. No variable reaches a build.
_ccache_conf="${BUILD_PREFIX-}/../../../ccache.conf"
if [ -x "$CONDA_PREFIX/bin/ccache" ] && [ -n "${BUILD_PREFIX-}" ] && [ -f "$_ccache_conf" ]; then
    _emscripten_export EM_COMPILER_WRAPPER "$CONDA_PREFIX/bin/ccache"
    _emscripten_export CCACHE_CONFIGPATH "$_ccache_conf"
fi

unset -f _emscripten_export
unset _emscripten_prefix _emscripten_abi _ccache_conf
