#!/bin/bash
set -euo pipefail

# What no build tool needs stays out, so that the package asks less of the machine.
for module in _curses _curses_panel _dbm _gdbm _tkinter _uuid nis readline; do
    export "py_cv_module_$module=n/a"
done

# One level of byte code that never goes stale, without the build prefix inside: a package's files
# change their modification times and may be on a read-only disk.
sed -i 's|-o 0 -o 1 -o 2 $(COMPILEALL_OPTS) -d $(LIBDEST)|-o 0 -j $(CPU_COUNT) --invalidation-mode unchecked-hash -d lib/python3.13|' \
    Makefile.pre.in

./configure --prefix="$PREFIX" --disable-test-modules --with-ensurepip=no OPT="-O2 -DNDEBUG"
make -j"$CPU_COUNT"
make install

ln -s python3.13 "$PREFIX/bin/python"
strip "$PREFIX"/bin/python3.13 "$PREFIX"/lib/python3.13/lib-dynload/*.so
rm -r "$PREFIX"/lib/python3.13/{idlelib,tkinter,turtledemo} "$PREFIX"/bin/idle3* "$PREFIX"/share
# These hold the prefix, which installation replaces: their byte code must not outlive that.
rm "$PREFIX"/lib/python3.13/__pycache__/_sysconfigdata_*.pyc
# Embedding is nothing that a build environment does.
rm "$PREFIX"/lib/libpython3.13.a "$PREFIX"/lib/python3.13/config-3.13-*/libpython3.13.a
