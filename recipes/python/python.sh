#!/bin/sh
# Runs CPython, compiled to WebAssembly, under Node on the real file system.
command -v node >/dev/null || {
    echo "python: needs Node.js 20 or newer, but there is no 'node' in PATH" >&2
    exit 127
}
bin=$(dirname -- "$(readlink -f -- "$0")")
# Deep recursion in C needs more than V8's 984 KiB of stack; V8 must stay below the process's limit.
ulimit -S -s 65536 2>/dev/null
stack=$(ulimit -S -s)
[ "$stack" = unlimited ] && stack=65536
exec node --stack-size=$((stack * 3 / 4)) "$bin/../libexec/python3.13/python.cjs" "$0" "$@"
