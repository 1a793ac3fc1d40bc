# Undoes activate.sh.
for _name in CARGO_BUILD_TARGET CARGO_TARGET_WASM32_UNKNOWN_EMSCRIPTEN_LINKER \
    CARGO_TARGET_WASM32_UNKNOWN_EMSCRIPTEN_RUSTFLAGS CARGO_PROFILE_RELEASE_PANIC CARGO_NET_OFFLINE HOST_CC HOST_CXX \
    HOST_AR HOST_CFLAGS HOST_CXXFLAGS \
    PKG_CONFIG_ALLOW_CROSS CARGO_HOME CARGO_BUILD_JOBS PYO3_CROSS PYO3_CROSS_LIB_DIR PYO3_CROSS_PYTHON_VERSION; do
    eval "_former=\${_RUST_BACKUP_$_name-}"
    if [ -n "$_former" ]; then
        export "$_name=$_former"
    else
        unset "$_name"
    fi
    unset "_RUST_BACKUP_$_name"
done
unset _name _former
