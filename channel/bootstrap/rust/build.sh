#!/bin/bash
# Lays rustc and cargo out as rustc expects its sysroot, in opt/rust. What they need besides is in lib/private: cargo
# puts lib/ into LD_LIBRARY_PATH of everything that it starts.
set -euo pipefail

for deb in *.deb; do dpkg-deb -x "$deb" root; done
rust=$PREFIX/opt/rust
libraries=root/usr/lib/x86_64-linux-gnu
mkdir -p "$rust"/{bin,lib/private} "$PREFIX/bin"
cp root/usr/bin/{cargo,rustc} "$rust/bin/"
cp "$libraries"/librustc_driver-*.so "$rust/lib/"
cp -r root/usr/lib/rustlib "$rust/lib/"
for library in libLLVM.so.22.1 libbsd.so.0 libedit.so.2 libffi.so.8 libmd.so.0 libtinfo.so.6 libz3.so.4; do
    cp -L "$libraries/$library" "$rust/lib/private/"
done

# cargo also needs libgit2, curl, OpenSSL, libssh2 and SQLite, with some twenty libraries of their own, for sources from
# the network. In a build it has none, and Debian keeps most of these files only until the next security update.
# So each function of these libraries is one that ends the program and says so, but for what cargo calls at its start,
# or to find out whether a folder is in a repository.
declare -A returns=(
    [0]='curl_global_init|curl_multi_(cleanup|setopt)|git_error_clear|git_error_last|git_libgit2_opts|libssh2_(exit|init)|sqlite3_threadsafe'
    [1]='OPENSSL_init_ssl|git_libgit2_init'
    [-3]='git_config_(new|open_default)|git_repository_(discover|open)' # GIT_ENOTFOUND
    [nothing]='curl_multi_init|curl_version_info'
)
cat > absent.c <<'EOF'
#include <stdio.h>
#include <stdlib.h>
#define ABSENT(name) void name(void) { fputs("cargo: " #name ": no network and no git here\n", stderr); exit(1); }
#define RETURNS(value, name) long name(void) { return (long)(value); }
static const char *nothing[32] = {0, "0"}; // the version of curl, which cargo asks for
EOF
stub() { # SONAME, pattern of the names, version of the symbols
    local names name value
    names=$(nm -D --undefined-only root/usr/bin/cargo | sed 's/^ *U //; s/@.*//' | grep -E "^($2)")
    cp absent.c stub.c
    for name in $names; do
        line="ABSENT($name)"
        for value in "${!returns[@]}"; do
            if [[ $name =~ ^(${returns[$value]})$ ]]; then line="RETURNS($value, $name)"; fi
        done
        echo "$line"
    done >> stub.c
    echo "${3-} { global: *; };" > stub.map
    gcc -shared -fPIC -O1 -nostartfiles -Wl,-soname,"$1" ${3+-Wl,--version-script=stub.map} stub.c \
        -o "$rust/lib/private/$1"
}
stub libcurl.so.4 curl_ CURL_OPENSSL_4
stub libgit2.so.1.9 git_
stub libsqlite3.so.0 sqlite3_
stub libssh2.so.1 libssh2_
stub libssl.so.3 OPENSSL_ OPENSSL_3.0.0
gcc -shared -nostdlib -Wl,-soname,libcrypto.so.3 -o "$rust/lib/private/libcrypto.so.3" -x c /dev/null

# DT_RPATH of a program counts also for the libraries that it loads, if they have no run path of their own.
patchelf --remove-rpath "$rust"/lib/*.so "$rust"/lib/private/*
patchelf --set-interpreter "$PREFIX/lib/debian-libc/ld-linux-x86-64.so.2" --force-rpath --set-rpath \
    '$ORIGIN/../lib:$ORIGIN/../lib/private:$ORIGIN/../../../lib:$ORIGIN/../../../lib/debian-libc' "$rust"/bin/*
for tool in cargo rustc; do ln -s "../opt/rust/bin/$tool" "$PREFIX/bin/$tool"; done
