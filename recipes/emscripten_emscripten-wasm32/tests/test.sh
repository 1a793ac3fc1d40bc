# Each build system makes a program that runs under Node, a static library and a side module.
set -euo pipefail
cd tests

check() {
    test "$(node "$1")" = "half of 42 is 21, caught 43 is odd"
    # The section that only a side module has; a fake library has none.
    grep -q 'Name: dylink.0' <<< "$(llvm-readobj --sections "$2")"
}

echo "--- environment"
test "$HOST" = wasm32-unknown-emscripten
"$CC" --version | grep 3.1.69

echo "--- compiler"
"$CXX" $CPPFLAGS $CXXFLAGS -c half.cpp -o half.o
"$AR" rcs libhalf.a half.o
"$CXX" $CXXFLAGS main.cpp libhalf.a $LDFLAGS -o main.js
"$CXX" $LDFLAGS -shared half.o -o half.so
check main.js half.so
echo "-shared half.o -o half-of-file.so" > arguments
"$CXX" $LDFLAGS @arguments
check main.js half-of-file.so

echo "--- CMake"
cmake $CMAKE_ARGS -G Ninja -S . -B build-cmake
ninja -C build-cmake
check build-cmake/main.js build-cmake/libhalf_side.so

echo "--- Meson"
meson setup $MESON_ARGS build-meson
ninja -C build-meson
meson test -C build-meson
check build-meson/main.js build-meson/half_side.so

echo "--- deactivation"
before=$PATH
. "$CONDA_PREFIX/etc/conda/deactivate.d/emscripten_emscripten-wasm32.sh"
test -z "${CC-}${CFLAGS-}${MESON_ARGS-}${_EMSCRIPTEN_BACKUP_CC-}"
test "$PATH" = "$before"
