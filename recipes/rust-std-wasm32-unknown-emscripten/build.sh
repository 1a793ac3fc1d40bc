#!/bin/bash
# Compiles std and what it needs with -Zbuild-std, as no other way makes std without the sources of the whole compiler.
set -euo pipefail

dpkg-deb -x rust-web-src.deb root
source=$SRC_DIR/root/usr/src/rustc-$PKG_VERSION
sysroot=$BUILD_PREFIX/opt/rust
mkdir -p "$sysroot/lib/rustlib/src"
ln -sfn "$source" "$sysroot/lib/rustlib/src/rust"

export CARGO_HOME=$SRC_DIR/cargo
mkdir -p "$CARGO_HOME" all/src
cat > "$CARGO_HOME/config.toml" <<EOF
[source.crates-io]
replace-with = "vendored"
[source.vendored]
directory = "$source/library/vendor"
EOF
cat > all/Cargo.toml <<'EOF'
[package]
name = "all-of-std"
version = "1.0.0"
edition = "2021"
EOF
touch all/src/lib.rs

# -Zbuild-std is for nightly compilers only, of which this is none.
export RUSTC_BOOTSTRAP=1
# The flags of rust_emscripten-wasm32's activation. Bitcode, which cargo leaves out, is for crates with link time
# optimization. The paths of the sources are in messages of panics.
export RUSTFLAGS="-Crelocation-model=pic -Ctarget-cpu=mvp \
-Ctarget-feature=+mutable-globals,+sign-ext,+nontrapping-fptoint,+simd128 \
-Cembed-bitcode=yes --remap-path-prefix=$sysroot/lib/rustlib/src/rust=/rustc/$PKG_VERSION \
--remap-path-prefix=$source=/rustc/$PKG_VERSION"
cargo build --offline --release --manifest-path all/Cargo.toml --target wasm32-unknown-emscripten \
    -Zbuild-std=std,panic_abort,panic_unwind -j "$CPU_COUNT"

target=$PREFIX/opt/rust/lib/rustlib/wasm32-unknown-emscripten/lib
mkdir -p "$target"
cp all/target/wasm32-unknown-emscripten/release/deps/*.rlib "$target/"
rm "$target"/liball_of_std-*

# Packages that contain std carry its licences.
licenses=$PREFIX/opt/rust/share/licenses/std
mkdir -p "$licenses" licenses
cp "$source/COPYRIGHT" licenses/
cp root/usr/share/doc/rust-web-src/copyright licenses/copyright.Debian
cp licenses/* "$licenses/"
