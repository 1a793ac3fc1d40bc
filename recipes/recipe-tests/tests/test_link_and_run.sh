#!/bin/bash
# Links programs in C and C++ with a library that is made here, and checks the errors of link-and-run.
set -euo pipefail

mkdir -p "${PREFIX}/lib/pkgconfig"
echo 'int half(int number) { return number / 2; }' > half.c
"${CC}" ${CFLAGS} -c half.c -o half.o
"${AR}" rcs "${PREFIX}/lib/libhalf.a" half.o
cat > "${PREFIX}/lib/pkgconfig/half.pc" << EOF
Name: half
Description: half of a number
Version: 1
Cflags: -DWHOLE=42
Libs: -L${PREFIX}/lib
Libs.private: -lhalf
EOF
use='#include <assert.h>
#ifdef __cplusplus
extern "C"
#endif
int half(int);
int main(void) { assert(half(WHOLE) == EXPECTED); return 0; }'
echo "${use}" > use.c
echo "${use}" > use.cpp
echo "int nothing;" > more.c

# check NAME EXPECTED COMMAND...: the command ends with the exit code and the first line of standard error
check() {
    local name=$1 expected=$2 code=0
    shift 2
    "$@" > out 2> err || code=$?
    if [[ "${code} $(grep -v '^+' err | head -n 1)" != "${expected}" ]]; then
        printf 'FAILED: %s\n  expected: %s\n  actual:   %s %s\n' "${name}" "${expected}" "${code}" "$(cat err)" >&2
        exit 1
    fi
    echo "ok: ${name}"
}

check "a program in C" "0 " link-and-run half use.c -- -DEXPECTED=21
check "a program in C++" "0 " link-and-run half use.cpp -- -DEXPECTED=21
check "a program of two files, and two libraries" "0 " link-and-run "half half" use.c more.c -- -DEXPECTED=21
code=0
link-and-run half use.c -- -DEXPECTED=22 > /dev/null 2>&1 || code=$?
[[ ${code} != 0 ]]
echo "ok: a program that fails"
check "no file" "2 link-and-run: LIBRARY and FILE are missing." link-and-run half
check "a missing file" "2 link-and-run: There is no none.c in ${PWD}." link-and-run half none.c
check "a flag before --" "2 link-and-run: -O2 is neither C nor C++." link-and-run half -O2
check "two languages" "2 link-and-run: The files are in C and in C++." link-and-run half more.c use.cpp
check "no compiler" "2 link-and-run: There is no compiler for use.c." env -u CC link-and-run half use.c
link-and-run none use.c > out 2> err && exit 1
grep -q "pkg-config does not find none" err
grep -q "half.pc" err
echo "ok: a missing library"
# Not with a pipe: grep -q ends at the first match, and the program gets SIGPIPE.
link-and-run --help > out
grep -q "^usage: link-and-run LIBRARY FILE" out
run-suite --help > out
grep -q "^usage: run-suite" out
