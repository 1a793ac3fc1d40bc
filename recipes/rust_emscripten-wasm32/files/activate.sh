# shellcheck shell=bash
# Makes cargo, maturin and setuptools-rust compile for emscripten-wasm32. Sourced after the activation of
# emscripten_emscripten-wasm32, which brings the linker and the compiler for C code of crates.

# Sets a variable and keeps its former value for the deactivation.
_rust_export() {
    eval "_RUST_BACKUP_$1=\${$1-}"
    export "$1=$2"
}

_rust_export CARGO_BUILD_TARGET wasm32-unknown-emscripten
_rust_export CARGO_TARGET_WASM32_UNKNOWN_EMSCRIPTEN_LINKER wasm32-unknown-emscripten-rust-linker
# LLVM 22 knows features of WebAssembly that Binaryen 120 does not, so the processor is the first one, with the
# features of Emscripten 3.1.69.
_rust_export CARGO_TARGET_WASM32_UNKNOWN_EMSCRIPTEN_RUSTFLAGS "-Crelocation-model=pic -Clink-self-contained=no \
-Ctarget-cpu=mvp -Ctarget-feature=+mutable-globals,+sign-ext,+nontrapping-fptoint,+simd128"
# A panic is an exception of Python, also in projects with `panic = "abort"` in Cargo.toml.
_rust_export CARGO_PROFILE_RELEASE_PANIC unwind
_rust_export CARGO_NET_OFFLINE true

# CC and CFLAGS are for C code of crates; build scripts run here. Libraries of the target are static.
_rust_export HOST_CC cc
_rust_export HOST_CXX c++
_rust_export HOST_AR ar
_rust_export HOST_CFLAGS -O1
_rust_export HOST_CXXFLAGS -O1
_rust_export PKG_CONFIG_ALLOW_CROSS 1

if [ "${CONDA_BUILD_STATE-}" = BUILD ]; then
    _rust_export CARGO_HOME "$BUILD_PREFIX/share/cargo"
    _rust_export CARGO_BUILD_JOBS "${CPU_COUNT:-1}"
    # Paths of this machine do not belong into messages of panics.
    CARGO_TARGET_WASM32_UNKNOWN_EMSCRIPTEN_RUSTFLAGS="$CARGO_TARGET_WASM32_UNKNOWN_EMSCRIPTEN_RUSTFLAGS \
--remap-path-prefix=$SRC_DIR=. --remap-path-prefix=$BUILD_PREFIX=."

    for _python in "$PREFIX"/lib/python3.*/; do
        if [ -d "$_python" ]; then
            _python=${_python%/}
            _rust_export PYO3_CROSS 1
            _rust_export PYO3_CROSS_LIB_DIR "$PREFIX/lib"
            _rust_export PYO3_CROSS_PYTHON_VERSION "${_python##*/python}"
        fi
    done
    unset _python

    # The crates among the recipe's sources. The shell is that of the build script, which must not go on without them.
    if [ -d "$SRC_DIR/crate-sources" ]; then
        env -u PYTHONPATH -u _PYTHON_SYSCONFIGDATA_NAME -u _PYTHON_HOST_PLATFORM "$BUILD_PREFIX/bin/python" \
            "$BUILD_PREFIX/share/rust_emscripten-wasm32/crates.py" || exit 1
    fi
fi

unset -f _rust_export
