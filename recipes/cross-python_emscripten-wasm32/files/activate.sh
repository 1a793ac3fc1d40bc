# shellcheck shell=bash
# Makes python, pip, setuptools, Meson and CMake of the build environment build Python packages for the host
# environment. Sourced after the activation of emscripten_emscripten-wasm32, which brings compiler and flags.

if [ "${CONDA_BUILD_STATE-}" = BUILD ]; then
    _python=python@PY_VER@
    _cross="$BUILD_PREFIX/lib/cross-python"
    export _PYTHON_HOST_PLATFORM=emscripten-@EMSCRIPTEN_VERSION@-wasm32
    export _PYTHON_SYSCONFIGDATA_NAME=_sysconfigdata__emscripten_wasm32-emscripten

    # There lies sitecustomize.py. Of the host's standard library sysconfig needs one module, and no other may be
    # found before the interpreter's own.
    export PYTHONPATH="$_cross"
    ln -sf "$PREFIX/lib/$_python/$_PYTHON_SYSCONFIGDATA_NAME.py" "$_cross/"

    # Recipes call $PYTHON, and pip writes it into scripts: the host's python, which during the build starts the
    # build environment's. Removed first, as it can be a hard link into the package cache.
    export PYTHON="$PREFIX/bin/python"
    _target=$(readlink -f "$PYTHON")
    rm "$_target"
    printf '#!/bin/sh\nexec "%s" "$@"\n' "$BUILD_PREFIX/bin/$_python" > "$_target"
    chmod +x "$_target"

    # setuptools: these would come from sysconfig, without the wrapper of emcc that knows -shared. And CFLAGS in
    # the environment replaces sysconfig's, which has NDEBUG.
    export LDSHARED="$CC -shared" LDCXXSHARED="$CXX -shared"
    export CPPFLAGS="$CPPFLAGS -DNDEBUG"

    # Meson. meson-python is not told of MESON_ARGS, so pip hands it the cross file; other build backends ignore
    # the setting, and scikit-build-core does so when it is told to.
    # shellcheck disable=SC2154 # the compiler's activation sets it
    sed -i -e "/^\[binaries\]/a python = '$PYTHON'" -e "/^\[properties\]/a longdouble_format = 'IEEE_QUAD_LE'" \
        "$_meson_cross_file"
    export PIP_CONFIG_SETTINGS="setup-args=--cross-file=$_meson_cross_file"
    export SKBUILD_STRICT_CONFIG=false
    # Where Meson's dependency('numpy') looks.
    export PKG_CONFIG_PATH="$PREFIX/lib/$_python/site-packages/numpy/_core/lib/pkgconfig"

    # How a build script written for Pyodide knows what it builds for.
    export PYODIDE_PACKAGE_ABI=1

    # Dates the files of wheels, and makes .pyc files refer to their source's hash instead of its date.
    export SOURCE_DATE_EPOCH=315532800

    # CMake's FindPython and FindPython3 ask this interpreter for everything else.
    export CMAKE_ARGS="$CMAKE_ARGS -DPython_EXECUTABLE=$PYTHON -DPython3_EXECUTABLE=$PYTHON"

    unset _python _cross _target
fi
