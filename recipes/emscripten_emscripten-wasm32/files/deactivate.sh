# Undoes activate.sh.
for _name in HOST CC CXX AR LD NM RANLIB STRIP CPPFLAGS CFLAGS CXXFLAGS LDFLAGS MAIN_MODULE_LDFLAGS \
    SIDE_MODULE_CFLAGS SIDE_MODULE_LDFLAGS PKG_CONFIG_LIBDIR CMAKE_ARGS MESON_ARGS EM_COMPILER_WRAPPER CCACHE_CONFIGPATH; do
    eval "_former=\${_EMSCRIPTEN_BACKUP_$_name-}"
    if [ -n "$_former" ]; then
        export "$_name=$_former"
    else
        unset "$_name"
    fi
    unset "_EMSCRIPTEN_BACKUP_$_name"
done
unset _name _former _meson_cross_file
