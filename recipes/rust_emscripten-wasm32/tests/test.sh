# Programs and libraries of Rust: their panics are caught, threads are refused, licences are written.
set -euo pipefail

mkdir -p src/bin
cat > Cargo.toml <<'EOF'
[package]
name = "side"
version = "1.0.0"
edition = "2021"
[lib]
crate-type = ["cdylib"]
EOF
cat > src/lib.rs <<'EOF'
#[no_mangle]
pub extern "C" fn checked(index: i32) -> i32 {
    std::panic::catch_unwind(|| [10, 20][std::hint::black_box(index as usize)]).unwrap_or(-1)
}
EOF
cat > src/bin/program.rs <<'EOF'
fn main() {
    assert!(std::panic::catch_unwind(|| { let v: Vec<i32> = vec![]; v[0] }).is_err());
    assert!(std::thread::Builder::new().spawn(|| ()).is_err());
    let bytes: Vec<String> = std::env::args().collect();
    println!("{} argument", bytes.len());
}
EOF
cat > main.c <<'EOF'
#include <dlfcn.h>
#include <stdio.h>
int main(void) {
    void *side = dlopen("side.wasm", RTLD_NOW);
    if (!side) { puts(dlerror()); return 1; }
    int (*checked)(int) = (int (*)(int))dlsym(side, "checked");
    for (int index = 0; index < 4; index++) printf("%d%c", checked(index), index < 3 ? ' ' : '\n');
    return 0;
}
EOF
export CARGO_HOME=$PWD/cargo
cargo build --release 2> log || { cat log; exit 1; }
built=target/wasm32-unknown-emscripten/release
test "$(node $built/program.js)" = "1 argument"
cp $built/side.wasm .
if wasm-dis side.wasm | grep '"GOT'; then
    echo "side.wasm shares these symbols with other libraries of Rust" >&2
    exit 1
fi
$CC $CFLAGS $LDFLAGS -sMAIN_MODULE=1 -sNODERAWFS main.c -o main.js
test "$(node main.js 2> panics)" = "10 20 -1 -1"
grep -c 'index out of bounds' panics | grep -qx 2

if wasm32-unknown-emscripten-rust-linker -pthread -o nothing.wasm 2> error; then exit 1; fi
grep -q 'has no threads' error

cargo bundle-licenses --format yaml --output THIRDPARTY.yml
grep -q 'package_name: std' THIRDPARTY.yml
