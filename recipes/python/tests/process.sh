#!/bin/bash
# Is bin/python a well-behaved process? Run in an environment that holds the package, with node in PATH.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "${work}"' EXIT
cd "${work}"

# check NAME EXPECTED ACTUAL
check() {
    [ "$2" = "$3" ] || { printf 'FAILED: %s\n  expected: %q\n  actual:   %q\n' "$1" "$2" "$3" >&2; exit 1; }
    echo "ok: $1"
}
# status COMMAND...: the exit code of a command that may fail
status() { local code=0; "$@" >/dev/null 2>&1 || code=$?; echo "${code}"; }

check "it is the environment's python" "${PREFIX}/bin/python" "$(command -v python)"
check "its version" "Python 3.13" "$(python --version | cut -d. -f1-2)"
check "python3 and python3.13 are the same" "3.13 3.13" \
    "$(for p in python3 python3.13; do "$p" -c 'import sys; print("%d.%d" % sys.version_info[:2])'; done | xargs)"

check "sys.executable" "${PREFIX}/bin/python" "$(python -c 'import sys; print(sys.executable)')"
check "sys.prefix" "${PREFIX}" "$(python -c 'import sys; print(sys.prefix)')"
ln -s "${PREFIX}/bin/python" linked
check "sys.prefix through a symbolic link" "${PREFIX}" "$(./linked -c 'import sys; print(sys.prefix)')"

check "arguments" "['-c', 'a b', '--x', 'ü', '']" "$(python -c 'import sys; print(sys.argv)' 'a b' --x ü '')"
check "working directory" "${work}" "$(python -c 'import os; print(os.getcwd())')"
check "environment variable" "grün" "$(COLOUR=grün python -c 'import os; print(os.environ["COLOUR"])')"
check "environment is the process's own" "$(env -i PATH="${PATH}" "$(command -v python)" -c \
    'import os; print(sorted(set(os.environ) - {"PATH", "PWD", "SHLVL", "_", "OLDPWD"}))')" "[]"
check "-E ignores PYTHONHOME" 0 "$(PYTHONHOME=/nowhere status python -E -c pass)"
check "PYTHONPATH" "${work}/lib" "$(PYTHONPATH=${work}/lib python -c 'import sys; print(sys.path[1])')"

check "exit code 0" 0 "$(status python -c pass)"
check "exit code 7" 7 "$(status python -c 'raise SystemExit(7)')"
check "exit code of an exception" 1 "$(status python -c 1/0)"
check "exit code of a usage error" 2 "$(status python --no-such-option)"
check "exit code of os._exit" 9 "$(status python -c 'import os; os._exit(9)')"
check "a timer does not delay the end" 3 "$(status timeout 30 python -c 'import ctypes; ctypes.CDLL(None).alarm(2500); raise SystemExit(3)')"
check "atexit runs, output is flushed" "bye" "$(python -c 'import atexit; atexit.register(print, "bye")')"

check "program from a pipe" "42" "$(echo 'print(6 * 7)' | python)"
echo 'print(6 * 7)' > program.py
check "program from a file as stdin" "42" "$(python < program.py)"
check "program from a file" "42" "$(python program.py)"
check "input from a pipe" "[b'one\\n', b'two']" "$(printf 'one\ntwo' | python -c 'import sys; print(list(sys.stdin.buffer))')"
check "input()" "hello hello" "$(echo hello | python -c 'print(*[input()] * 2)')"
head -c 1000000 /dev/urandom > random.bin
check "binary in, binary out" "$(sha256sum < random.bin)" \
    "$(python -c 'import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())' < random.bin | sha256sum)"
check "output after a closed pipe ends it" "y" "$( (yes | python -c 'import sys
for line in sys.stdin: print(line, end="")' 2>/dev/null || true) | head -n 1)"
check "stderr" "oops" "$(python -c 'import sys; print("oops", file=sys.stderr)' 2>&1 >/dev/null)"
check "stdout appends" "a b" "$( { echo a; python -c 'print("b")'; } > out; xargs < out)"
check "neither pipe is a terminal" "False False" "$(: | python -c 'import sys; print(sys.stdin.isatty(), sys.stdout.isatty())')"
check "closed stdin is empty" "''" "$(python -c 'import sys; print(repr(sys.stdin.read()))' <&-)"

mkdir pkg; echo 'import sys; print(__name__, sys.argv[1:])' > pkg/__main__.py
check "-m of a package" "__main__ ['x']" "$(python -m pkg x)"
check "-m json.tool" '{"a":1}' "$(echo '{"a": 1}' | python -m json.tool --compact)"
printf '#!%s\nimport sys; print(sys.argv[1:])\n' "${PREFIX}/bin/python" > script; chmod +x script
check "shebang script" "['x', 'y z']" "$(./script x 'y z')"
python -m zipfile -c app.zip pkg/__main__.py
check "program in a zip file" "zipped" "$(mkdir z; echo 'print("zipped")' > z/__main__.py; python -m zipapp z -o z.pyz; python z.pyz)"
check "-O, -B, -S, -I" "False" "$(python -O -B -S -I -c 'print(__debug__)')"

python -c 'import time; print("up", flush=True); time.sleep(60)' > up & pid=$!
for _ in $(seq 100); do [ -s up ] && break; sleep 0.1; done
kill -INT "${pid}" 2>/dev/null || true
kill -TERM "${pid}" 2>/dev/null || true
code=0; wait "${pid}" || code=$?
check "a signal ends it" "up true" "$(cat up) $([ "${code}" -gt 128 ] && echo true || echo "${code}")"

mkdir no-node; for tool in sh dirname readlink; do ln -s "$(command -v "${tool}")" no-node/; done
check "no node: exit code" 127 "$(PATH=${work}/no-node status "${PREFIX}/bin/python" -c pass)"
check "no node: message" "python: needs Node.js 20 or newer, but there is no 'node' in PATH" \
    "$(PATH=${work}/no-node "${PREFIX}/bin/python" -c pass 2>&1 || true)"
