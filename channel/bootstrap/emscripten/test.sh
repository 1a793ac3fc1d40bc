# The compiler works, needs no library of the machine, and writes nothing into its own folder. (An emsdk
# that was there before may do both.)
set -euo pipefail

if [ ! -L "$CONDA_PREFIX/opt/emsdk" ]; then
    loader=$CONDA_PREFIX/lib/debian-libc/ld-linux-x86-64.so.2
    find "$CONDA_PREFIX/opt/emsdk/upstream/bin" -type f | while read -r program; do
        if "$loader" --list "$program" | grep -v -e "$CONDA_PREFIX/" -e linux-vdso; then
            echo "$program needs a library of the machine" >&2
            exit 1
        fi
    done
fi
sleep 1 && touch started

for tool in emar emnm emranlib emstrip llvm-nm wasm-ld wasm-opt; do "$tool" --version > /dev/null; done
em-config EMSCRIPTEN_ROOT

abi='-fPIC -msimd128 -fwasm-exceptions -sSUPPORT_LONGJMP=wasm'
for level in -O0 -O2 -Os '-O0 -g'; do
    em++ $abi $level exception.cpp -o exception.js
    test "$(node exception.js)" = "caught thrown"
done
# Several builds at once.
for number in 1 2 3 4; do em++ $abi -sWASM_BIGINT -sSIDE_MODULE=1 -O2 side.cpp -o "side$number.so" & done
wait
for number in 2 3 4; do cmp side1.so "side$number.so"; done
mv side1.so side.so
for level in -O0 -O2; do
    em++ $abi -sWASM_BIGINT -sMAIN_MODULE=1 -sNODERAWFS $level main.cpp -o main.js
    node main.js > output
    printf 'half of 42 is 21\ncaught 43 is odd\n' | diff - output
done

# In a cross build PYTHON is the host's, on which the compiler cannot run.
PYTHON=/nowhere em++ $abi exception.cpp --embed-file side.cpp -o embed.js

# Without -L: not into an emsdk that is only linked to.
if find "$CONDA_PREFIX/opt/emsdk" -newer started | grep .; then
    echo "These files of the compiler were written by using it." >&2
    exit 1
fi
