"""How does the build script of a feedstock build for this platform?

This module rewrites scripts by patterns: libraries become static, and the tests of upstream do not
run on the build machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from conda_emscripten.recipe_port.evaluate import Notice

_REWRITES = (
    # The first Python of a cross-build is the build platform's.
    (re.compile(r"^(\s*)python3?(?= -m pip )"), r"\1$PYTHON"),
    (re.compile(r"--disable-static\b"), "--enable-static --disable-shared"),
    (re.compile(r"--enable-shared(?:=yes)?(?![\w=-])"), "--disable-shared"),
    (re.compile(r"(-D ?BUILD_SHARED_LIBS(?::BOOL)?=)(?:ON|TRUE|YES|1)\b", re.IGNORECASE), r"\1OFF"),
    (re.compile(r"(-D ?BUILD_STATIC_LIBS(?::BOOL)?=)(?:OFF|FALSE|NO|0)\b", re.IGNORECASE), r"\1ON"),
    (re.compile(r"(--?D ?default_library=)shared\b"), r"\1static"),
)
_SELF_TEST = re.compile(
    r"""^\s*(?: make\s+(?:\S+\s+)*(?:check|test) | ctest | ninja\s+(?:\S+\s+)*test
    | cmake\ --build\ .*--target\ (?:check|test) )\b""",
    re.VERBOSE,
)
_DELETED = re.compile(
    r"^\s*conda (?:list|info)\b|meson_cross_file\.txt|\bBUILD_PREFIX/share/gnuconfig\b"
)
_CROSS = re.compile(r"CONDA_BUILD_CROSS_COMPILATION|CROSSCOMPILING_EMULATOR")
_IF = re.compile(r"^\s*if\b")
_FI = re.compile(r"^\s*fi\b")
_HIDDEN = """\
# Each side module keeps its own copy of the library.
export CFLAGS="${CFLAGS:-} -fvisibility=hidden" CXXFLAGS="${CXXFLAGS:-} -fvisibility=hidden"
"""


def port_script(text: str, file: str, notices: list[Notice], *, library: bool) -> str:
    """The script ``file`` with its patterns rewritten.

    Args:
        text: the script.
        file: its name in messages.
        notices: what a person must look at is added here.
        library: whether the package is a static library.
    """
    lines = port_lines(text.splitlines())
    result = "\n".join(lines).rstrip() + "\n"
    if not result.startswith("#!"):
        result = "#!/bin/bash\n" + result
    if library:
        shebang, _, rest = result.partition("\n")
        result = f"{shebang}\n{_HIDDEN}{rest}"
    for word, message in (
        (
            "autoreconf",
            f"{file} calls autoreconf: `configure` may need a config.sub that knows wasm32",
        ),
        ("patchelf", f"{file} calls patchelf: there are no ELF files"),
        ("install_name_tool", f"{file} calls install_name_tool"),
    ):
        if word in result:
            notices.append(Notice(line=1, message=message))
    if left := _CROSS.search(result):
        notices.append(
            Notice(
                line=1, message=f"{file} depends on {left[0]}: read its branches for this platform"
            )
        )
    return result


def port_lines(script: list[str]) -> list[str]:
    """The lines of a script with their patterns rewritten."""
    lines = list(_without_tests(script))
    for number, line in enumerate(lines):
        for pattern, new in _REWRITES:
            lines[number] = pattern.sub(new, lines[number])
        lines[number] = re.sub(r"(--disable-shared)( --disable-shared)+", r"\1", lines[number])
        if re.search(r"(?:^|\s)\./configure\b", line) and "--host" not in _command(lines, number):
            lines[number] = re.sub(r"\./configure\b", './configure --host="$HOST"', line, count=1)
    return lines


def _command(lines: list[str], number: int) -> str:
    """A command with its continuation lines."""
    command = lines[number]
    while command.endswith("\\") and number + 1 < len(lines):
        number += 1
        command = command[:-1] + lines[number]
    return command


def _without_tests(lines: list[str]) -> Iterator[str]:
    """The lines without upstream's tests, and without blocks that only run them."""
    number = 0
    while number < len(lines):
        end = _block(lines, number)
        block = lines[number : end + 1]
        if end > number and _CROSS.search(block[0]) and _only_tests(block[1:-1]):
            number = end + 1
            continue
        line = lines[number]
        if not _SELF_TEST.search(line) and not _DELETED.search(line):
            yield line
        number += 1


def _block(lines: list[str], start: int) -> int:
    """The line of the ``fi`` that belongs to the ``if`` of a line; ``start`` if there is none."""
    if not _IF.search(lines[start]):
        return start
    depth = 0
    for number in range(start, len(lines)):
        depth += bool(_IF.search(lines[number])) - bool(_FI.search(lines[number]))
        if not depth:
            return number
    return start


def _only_tests(body: list[str]) -> bool:
    commands = [line.strip() for line in body if line.strip() and not line.strip().startswith("#")]
    return bool(commands) and all(_SELF_TEST.search(line) for line in commands)
