#!/bin/bash
# Builds a static libsqlite3 from the amalgamation, one C file.
#
# Called directly, not through its configure script: the amalgamation is the same file in
# sqlite-autoconf and in DBD-SQLite, from where channel/mirrors.yaml may have taken it.
set -euo pipefail

# Options as in conda-forge's and Debian's builds. There are no threads, no shared memory (so no WAL
# except in exclusive locking mode) and no dlopen of SQL extensions.
OPTIONS=(
    -DSQLITE_THREADSAFE=0 -DSQLITE_OMIT_LOAD_EXTENSION
    -DSQLITE_ENABLE_COLUMN_METADATA -DSQLITE_ENABLE_DBSTAT_VTAB -DSQLITE_ENABLE_FTS3
    -DSQLITE_ENABLE_FTS3_PARENTHESIS -DSQLITE_ENABLE_FTS4 -DSQLITE_ENABLE_FTS5
    -DSQLITE_ENABLE_GEOPOLY -DSQLITE_ENABLE_MATH_FUNCTIONS -DSQLITE_ENABLE_RTREE
    -DSQLITE_ENABLE_UNLOCK_NOTIFY -DSQLITE_MAX_VARIABLE_NUMBER=250000 -DSQLITE_SECURE_DELETE
)

grep -q "define SQLITE_VERSION  *\"${PKG_VERSION}\"" sqlite3.h
"${CC}" ${CFLAGS} "${OPTIONS[@]}" -c sqlite3.c -o sqlite3.o
"${AR}" rcs libsqlite3.a sqlite3.o
install -D -m 644 libsqlite3.a "${PREFIX}/lib/libsqlite3.a"
install -D -m 644 -t "${PREFIX}/include" sqlite3.h sqlite3ext.h
mkdir -p "${PREFIX}/lib/pkgconfig"
cat > "${PREFIX}/lib/pkgconfig/sqlite3.pc" <<EOF
prefix=${PREFIX}
libdir=\${prefix}/lib
includedir=\${prefix}/include

Name: SQLite
Description: SQL database engine
Version: ${PKG_VERSION}
Libs: -L\${libdir} -lsqlite3
Cflags: -I\${includedir}
EOF
