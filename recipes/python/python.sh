#!/bin/sh
# Runs CPython, compiled to WebAssembly, under Node on the real file system.
command -v node >/dev/null || {
    echo "python: needs Node.js 20 or newer, but there is no 'node' in PATH" >&2
    exit 127
}
bin=$(dirname -- "$(readlink -f -- "$0")")
exec node "$bin/../libexec/python3.13/python.cjs" "$0" "$@"
