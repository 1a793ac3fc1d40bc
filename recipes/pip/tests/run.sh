#!/bin/bash
# Does pip do under Node what needs neither a network nor a process, and end the rest with one error?
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "${work}"' EXIT
cd "${work}"
# No configuration but pip's defaults, and the whole of its output.
for name in "${!PIP_@}"; do unset "${name}"; done
export HOME=${work} PIP_CONFIG_FILE=/dev/null PIP_ROOT_USER_ACTION=ignore

# check NAME EXPECTED ACTUAL
check() {
    [ "$2" = "$3" ] || { printf 'FAILED: %s\n  expected: %q\n  actual:   %q\n' "$1" "$2" "$3" >&2; exit 1; }
    echo "ok: $1"
}
# fails NAME ERROR COMMAND...: it ends with exit code 1 and this error alone, and the ways to get a package.
ways='Packages of a channel: conda-emscripten env create PREFIX python NAME
In a page:             await micropip.install("NAME")
Wheels in a folder:    pip install --no-index --find-links FOLDER NAME'
fails() {
    local name=$1 error=$2 code=0
    shift 2
    "$@" > out 2> err || code=$?
    check "${name}" "1 ERROR: ${error}
${ways}" "${code} $(cat err)"
}

python "${here}/make_wheels.py" wheels

check "its version, as pip and as a module" "pip 25.3 pip 25.3" \
    "$(for pip in "pip" "python -m pip"; do ${pip} --version | cut -d' ' -f1-2; done | xargs)"
check "what conda installed is consistent" "No broken requirements found." "$(pip check)"

pip install wheels/single-1.0-py3-none-any.whl > out 2> err
check "a wheel is installed, without a warning" "Successfully installed single-1.0 " "$(tail -n 1 out) $(cat err)"
check "its program runs" "single 1.0" "$(single-program)"
check "its installer is recorded" "pip" "$(cat "${PREFIX}"/lib/python3.*/site-packages/single-1.0.dist-info/INSTALLER)"
pip install --no-index --find-links wheels needs-base > out 2> err
check "two wheels from a folder, the newest" "Successfully installed base-2.0 needs-base-1.0 " \
    "$(tail -n 1 out) $(cat err)"
check "they are imported" "2.0" "$(python -c 'import needs_base; print(needs_base.base.version)')"
pip install wheels/compiled-1.0-*.whl > out
check "a wheel with the tag of this platform" "Successfully installed compiled-1.0" "$(tail -n 1 out)"
code=0; pip install wheels/elsewhere-1.0-*.whl > out 2> err || code=$?
check "not one of another platform" \
    "1 ERROR: elsewhere-1.0-cp313-cp313-manylinux_2_28_x86_64.whl is not a supported wheel on this platform." \
    "${code} $(cat err)"
check "all are listed, and pip" "base==2.0 compiled==1.0 needs-base==1.0 pip==25.3 single==1.0" \
    "$(pip list --format=freeze | xargs)"

pip uninstall --yes base single compiled > out
check "nothing is left of what was uninstalled" "" \
    "$(cd "${PREFIX}" && ls -d bin/{base,single,compiled}-program lib/python3.*/site-packages/{base,single,compiled}[-.]* 2>/dev/null)"
code=0; pip check > out || code=$?
check "a missing requirement is found" "1 needs-base 1.0 requires base, which is not installed." "${code} $(cat out)"

export PIP_INDEX_URL=https://user:secret@index.invalid/simple
index='https://user:****@index.invalid/simple'
fails "a name" "Cannot fetch ${index}/six/: WebAssembly has no sockets." pip install six
fails "a wheel that needs a name" "Cannot fetch ${index}/base/: WebAssembly has no sockets." \
    pip install --force-reinstall wheels/needs_base-1.0-py3-none-any.whl
fails "a URL" "Cannot fetch https://index.invalid/x-1-py3-none-any.whl: WebAssembly has no sockets." \
    pip install https://index.invalid/x-1-py3-none-any.whl
build="the build needs a process of its own, and WebAssembly has none. Build a wheel on another platform."
tar -czf source-1.0.tar.gz -C wheels source-1.0
fails "a source archive" "Cannot build file://${work}/source-1.0.tar.gz: ${build}" pip install ./source-1.0.tar.gz
fails "a source folder to edit" "Cannot build file://${work}/wheels/source-1.0: ${build}" \
    pip install --editable ./wheels/source-1.0
fails "a repository" "Cannot run 'git version': WebAssembly has no processes." \
    pip install git+https://index.invalid/x.git
check "debug ends well" "sys.platform: emscripten" "$(pip debug 2>/dev/null | grep '^sys.platform')"
