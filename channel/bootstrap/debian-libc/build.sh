#!/bin/bash
set -euo pipefail

# What no program of a build environment asks its C library for; and `manual`, which Debian's tarball lacks.
sed -i -E '/^all-subdirs = /,/ elf$/ s/\b(catgets|conform|iconvdata|localedata|manual|po|support|timezone)\b//g' \
    glibc/Makeconfig
# Shared libraries are made of .os; everything would be compiled once more for the static ones.
sed -i '/^object-suffixes += \.o$/d' glibc/Makeconfig

# The loader must not have the run path that conda gives to everything that is linked.
unset LD_RUN_PATH LDFLAGS

# With this prefix it looks for nothing in the machine's folders: neither libraries nor their cache.
mkdir objects
cd objects
../glibc/configure --prefix=/nowhere --enable-kernel=5.10 --disable-werror --disable-profile --disable-nscd \
    --disable-build-nscd --disable-timezone-tools --without-selinux
make -j"$CPU_COUNT" lib
for folder in math dlfcn nptl rt; do
    make -j"$CPU_COUNT" -C ../glibc/$folder objdir="$PWD" others
done

target=$PREFIX/lib/debian-libc
install -D -t "$target" elf/ld-linux-x86-64.so.2
install libc.so "$target/libc.so.6"
install -t "$target" math/libm.so.6 dlfcn/libdl.so.2 nptl/libpthread.so.0 rt/librt.so.1
strip --strip-unneeded "$target"/*

cd ..
for deb in *.deb; do dpkg-deb -x "$deb" root; done
cp -a root/usr/lib/x86_64-linux-gnu/lib{gcc_s,stdc++,zstd}.so.* "$target/"
