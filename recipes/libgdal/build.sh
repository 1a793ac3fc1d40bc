#!/bin/bash
# Builds the static library, and the side module that extension modules share.
set -euo pipefail

# Debian's source lacks two files with coordinate systems of drivers that are not built.
sed -i -E '/data\/(cubewerx_extra|ecw_cs)\.wkt/d' ogr/CMakeLists.txt

# Each driver costs bytes of every page. These are the formats of files that browsers and data portals exchange.
rasters=(AAIGRID DERIVED GIF JPEG PNG VRT XYZ)
features=(CSV DXF FLATGEOBUF GML GPKG GPX KML MAPML OSM SQLITE VRT XLSX)
drivers=()
for driver in "${rasters[@]}"; do drivers+=("-DGDAL_ENABLE_DRIVER_${driver}=ON"); done
for driver in "${features[@]}"; do drivers+=("-DOGR_ENABLE_DRIVER_${driver}=ON"); done
cmake -S . -B build.wasm -G Ninja ${CMAKE_ARGS} \
    -DGDAL_BUILD_OPTIONAL_DRIVERS=OFF -DOGR_BUILD_OPTIONAL_DRIVERS=OFF "${drivers[@]}" \
    -DGDAL_USE_EXTERNAL_LIBS=OFF -DGDAL_USE_INTERNAL_LIBS=WHEN_NO_EXTERNAL \
    -DGDAL_USE_EXPAT=ON -DGDAL_USE_GEOS=ON -DGDAL_USE_JPEG=ON -DGDAL_USE_PNG=ON -DGDAL_USE_SQLITE3=ON \
    -DGDAL_USE_ZLIB=ON -DACCEPT_MISSING_SQLITE3_RTREE=ON -DACCEPT_MISSING_SQLITE3_MUTEX_ALLOC=ON \
    -DBUILD_APPS=OFF -DBUILD_TESTING=OFF -DBUILD_CSHARP_BINDINGS=OFF -DBUILD_JAVA_BINDINGS=OFF \
    -DBUILD_PYTHON_BINDINGS=OFF -DENABLE_GNM=OFF
cmake --build build.wasm -j"${CPU_COUNT}"
cmake --install build.wasm
rm -rf "${PREFIX}/lib/cmake/gdal" "${PREFIX}/share/bash-completion" "${PREFIX}/share/man"
# In a folder of its own, or -lgdal would put a copy of it into each side module.
mkdir -p "${PREFIX}/lib/static"
mv "${PREFIX}/lib/libgdal.a" "${PREFIX}/lib/static/"

# -Bsymbolic: the interpreter has sqlite3_free, too, which fails before an import of sqlite3. PROJ and GEOS are linked
# statically: wasm-ld takes no archive in C++ together with a shared library that exports the same weak functions.
llvm-nm --defined-only --extern-only --just-symbol-name "${PREFIX}/lib/static/libgdal.a" |
    grep -xE '(CPL|CSL|GDAL|OCT|OGR|OSR|VSI)\w+' | sort -u | sed 's/^/_/' > exports.txt
"${CXX}" ${LDFLAGS} -O2 -sSIDE_MODULE=2 -sEXPORTED_FUNCTIONS=@exports.txt -Wl,--fatal-warnings,-Bsymbolic \
    "${PREFIX}"/lib/static/lib{gdal,geos_c,geos,proj}.a -lexpat -ljpeg -lpng -lsqlite3 -lz -o "${PREFIX}/lib/libgdal.so"

# Only a side module can be linked to the shared library. What configures one links a program to see what is there.
libs="-L${PREFIX}/lib -lgdal -sERROR_ON_UNDEFINED_SYMBOLS=0"
sed -i -e "s|^CONFIG_LIBS=.*|CONFIG_LIBS=\"${libs}\"|" -e 's|^CONFIG_DEP_LIBS=.*|CONFIG_DEP_LIBS=""|' \
    "${PREFIX}/bin/gdal-config"
cat > "${PREFIX}/lib/pkgconfig/gdal.pc" <<EOF
libdir=${PREFIX}/lib
includedir=${PREFIX}/include
datadir=${PREFIX}/share/gdal
Name: GDAL
Description: Geospatial Data Abstraction Library
URL: https://gdal.org/
Version: ${PKG_VERSION}
Libs: ${libs}
Cflags: -I\${includedir}
EOF
