#!/bin/bash
# Builds the static libraries, the high-level one included, and side modules of them, without programs.
set -euo pipefail

cmake -S . -B build -G Ninja ${CMAKE_ARGS} \
    -DHDF5_USE_GNU_DIRS=ON -DHDF5_INSTALL_CMAKE_DIR=lib/cmake/hdf5 -DHDF5_INSTALL_DATA_DIR=share/hdf5 \
    -DHDF5_ENABLE_Z_LIB_SUPPORT=ON -DHDF5_ENABLE_SZIP_SUPPORT=OFF \
    -DHDF5_BUILD_TOOLS=OFF -DHDF5_BUILD_EXAMPLES=OFF -DBUILD_TESTING=OFF
cmake --build build -j"${CPU_COUNT}"
cmake --install build
# Release notes, and programs: compiler wrappers that name the build's compiler, servers of what is not built.
rm -r "${PREFIX:?}/share/hdf5" "${PREFIX:?}/bin"
# In a folder of its own, or -lhdf5 would put a copy of it into each side module.
mkdir "${PREFIX}/lib/static"
mv "${PREFIX}"/lib/libhdf5*.a "${PREFIX}/lib/static/"
sed -i 's|/lib/libhdf5|/lib/static/libhdf5|' "${PREFIX}"/lib/cmake/hdf5/hdf5-targets*.cmake

# h5py has 20 extension modules, which share the library's open files and its identifiers.
link() {
    llvm-nm --defined-only --extern-only --just-symbol-name "${PREFIX}/lib/static/$1.a" |
        grep -xE 'H5[A-Z]*[a-z]\w*|H5\w+_g|H5FD_\w+_init' | sort -u | sed 's/^/_/' > exports.txt
    "${CC}" ${LDFLAGS} -O2 -sSIDE_MODULE=2 -sEXPORTED_FUNCTIONS=@exports.txt -Wl,--fatal-warnings \
        -Wl,--whole-archive "${PREFIX}/lib/static/$1.a" -Wl,--no-whole-archive "${@:2}" -o "${PREFIX}/lib/$1.so"
}
link libhdf5 -lz
link libhdf5_hl "${PREFIX}/lib/libhdf5.so"

# Only a side module can be linked to the shared libraries. What configures one links a program to see what is there.
for name in hdf5 hdf5_hl; do
    sed -i "s|^Libs:.*|Libs: -L${PREFIX}/lib -l${name} -sERROR_ON_UNDEFINED_SYMBOLS=0|; /^Libs.private/d" \
        "${PREFIX}/lib/pkgconfig/${name}.pc"
done
