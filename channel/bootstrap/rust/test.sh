# The compiler works and needs no library of the machine.
set -euo pipefail

loader=$CONDA_PREFIX/lib/debian-libc/ld-linux-x86-64.so.2
for program in "$CONDA_PREFIX"/opt/rust/bin/*; do
    if "$loader" --list "$program" | grep -v -e "$CONDA_PREFIX/" -e linux-vdso; then
        echo "$program needs a library of the machine" >&2
        exit 1
    fi
done
test "$(rustc --print sysroot)" = "$CONDA_PREFIX/opt/rust"
rustc --print target-list | grep -x wasm32-unknown-emscripten

# With a build script and a procedural macro, which run on this machine.
export CARGO_HOME=$PWD/cargo
mkdir -p demo/src macros/src
cat > macros/Cargo.toml <<'EOF'
[package]
name = "macros"
version = "1.0.0"
edition = "2021"
[lib]
proc-macro = true
EOF
cat > macros/src/lib.rs <<'EOF'
#[proc_macro]
pub fn seven(_: proc_macro::TokenStream) -> proc_macro::TokenStream { "7".parse().unwrap() }
EOF
cat > demo/Cargo.toml <<'EOF'
[package]
name = "demo"
version = "1.0.0"
edition = "2021"
[dependencies]
macros = { path = "../macros" }
EOF
echo 'fn main() { println!("cargo:rustc-env=NUMBER=6"); }' > demo/build.rs
echo 'fn main() { println!("{} {}", env!("NUMBER"), macros::seven!()); }' > demo/src/main.rs
cargo build --offline --manifest-path demo/Cargo.toml
test "$(demo/target/debug/demo)" = "6 7"
# What it cannot do, it says.
! cargo fetch --manifest-path demo/Cargo.toml --config 'patch.crates-io.macros.git="https://localhost/nothing"' 2> error
grep -q 'no network and no git here' error
