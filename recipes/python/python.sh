#!/bin/sh
# Runs CPython, compiled to WebAssembly, under Node on the real file system.
command -v node >/dev/null || {
    echo "python: needs Node.js 20 or newer, but there is no 'node' in PATH" >&2
    exit 127
}
# WebAssembly runs on V8's stack, which is 984 KiB unless Node is told otherwise; the process has 8 MiB, as a rule.
# Recursion in C needs more of both: 64 MiB, or what the system permits, of which 1 MiB is Node's own.
stack=64512
ulimit -S -s 65536 2>/dev/null || {
    stack=$(ulimit -s)
    if [ "$stack" = unlimited ]; then stack=64512; else stack=$((stack > 2048 ? stack - 1024 : 984)); fi
}
# glibc gives back what V8's compiler has freed: a third of the memory of a process that waits.
export MALLOC_TRIM_THRESHOLD_="${MALLOC_TRIM_THRESHOLD_-131072}"
bin=$(dirname -- "$(readlink -f -- "$0")")
exec node --stack-size="$stack" "$bin/../libexec/python3.13/python.cjs" "$0" "$@"
