#!/bin/bash
# Links libpython and runtime/core to the module that pages load: pyodide.asm.mjs and pyodide.asm.wasm.
set -euo pipefail

python="${BUILD_PREFIX}/bin/python3.13"
export PKG_CONFIG_LIBDIR="${PREFIX}/lib/pkgconfig"
out="${PREFIX}/lib/pyodide"

# The package pyodide is in the module's own file system: it belongs to exactly this core.
"${python}" -m compileall -q --invalidation-mode unchecked-hash \
    -s py -p /lib/python3.13/site-packages py

for source in core/*.c libc/*.c; do
    "${CC}" ${CFLAGS} -O2 -std=c17 -Wall $(pkg-config --cflags python-3.13-embed) -c "${source}"
done

# The members of the module, of Emscripten and of the core, that runtime/js and front ends use.
methods=FS,PATH,PATH_FS,ENV,ERRNO_CODES,UTF8ToString,stringToNewUTF8,wasmExports
methods+=,apiMode,awaitInput,callAsync,checkAlive,checkInterrupt,importModule,registerLibrary,setInterruptBuffer
methods+=,startInterpreter,withInterpreter,PyProxy_getPtr
methods+=,coreHash,holdLibraries,nameValues,restoreSnapshot,saveSnapshot,snapshotBusy,snapshotCall
methods+=,jsValues,jsFreeIndices # for tests of leaks

# em++ and MAIN_MODULE=1: all of libc, libc++ and of the libraries here is there for extension modules.
# FS_DEBUG: FS.trackingDelegate tells programs of opened and closed files.
# AUTO_*_LIBRARIES=0: no OpenGL, OpenAL, GLUT, SDL 1 and X11, of which no package of the channel uses anything.
# --stack-first: a stack overflow traps instead of overwriting data.
mkdir -p "${out}"
node "${RECIPE_DIR}/dependencies.mjs" core libc > dependencies.js
"${CXX}" ${LDFLAGS} -O2 ./*.o $(pkg-config --static --libs python-3.13-embed) -o "${out}/pyodide.asm.mjs" \
    -sMAIN_MODULE=1 -sENVIRONMENT=web,worker,node --no-entry -sFS_DEBUG=1 \
    -sAUTO_NATIVE_LIBRARIES=0 -sAUTO_JS_LIBRARIES=0 \
    -sMODULARIZE=1 -sEXPORT_ES6=1 -sEXPORT_NAME=createPyodideCore \
    -sALLOW_MEMORY_GROWTH=1 -sMAXIMUM_MEMORY=4GB -sINITIAL_MEMORY=32MB -sSTACK_SIZE=5MB -Wl,--stack-first \
    -Wl,--wrap=dlopen,--wrap=clock_nanosleep,--wrap=times,--wrap=pthread_getcpuclockid \
    -Wl,--wrap=sleep_until_signal,--wrap=__wasi_fd_read \
    $(printf -- '--js-library %s ' libc/*.js memfs/*.js core/*.js dependencies.js) -lnodefs.js -lidbfs.js \
    -sEXPORTED_RUNTIME_METHODS="${methods}" \
    --embed-file py/pyodide@/lib/python3.13/site-packages/pyodide

# Emscripten copies the 10,000 exports before it replaces some of them: here the copy inherits them.
copy='wasmExports=Object.assign({},wasmExports)'
grep -q "${copy}" "${out}/pyodide.asm.mjs"
sed -i "s/${copy}/wasmExports=Object.create(wasmExports)/" "${out}/pyodide.asm.mjs"

hash="$(cat "${out}"/pyodide.asm.{wasm,mjs} | sha256sum | cut -c 1-64)"
sed -i "s/@core-hash@/${hash}/" "${out}/pyodide.asm.mjs"
