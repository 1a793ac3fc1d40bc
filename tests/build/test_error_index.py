"""Do other programs print the messages that docs/errors.md explains?

tests/unit/test_error_index.py finds the project's own messages in the sources.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.frontends.document import blocks
from tests.harness.built import ROOT, require
from tests.harness.compiler import compiler
from tests.harness.wasm_python import WasmPython

QUOTED = {
    block.text.strip()
    for block in blocks("errors", folder=ROOT / "docs")
    if block.language == "console"
}

#: Files in C and arguments of emcc -> the message.
COMPILED = [
    ({"a.c": "#include <zlib.h>"}, "-c", "fatal error: 'zlib.h' file not found"),
    ({"a.c": "#include <emmintrin.h>"}, "-c", 'error: "SSE2 instruction set not enabled"'),
    (
        {"a.c": ""},
        "-c -march=native",
        "clang: error: unsupported option '-march=' for target 'wasm32-unknown-emscripten'",
    ),
    (
        {"a.c": "int nowhere(void); int main(void) { return nowhere(); }"},
        "-o a.js",
        "wasm-ld: error: … undefined symbol: …",
    ),
    (
        {
            "a.c": "void dgemm_(int); int main(void) { dgemm_(1); }",
            "b.c": "int dgemm_(int a) { return a; }",
        },
        "-o a.js",
        "wasm-ld: warning: function signature mismatch: …",
    ),
    (
        {"a.c": "int f(void) { return 1; }"},
        "-sSIDE_MODULE -pthread -o a.so",
        "emcc: warning: -sSIDE_MODULE + pthreads is experimental",
    ),
]

#: Program in Python -> the message.
RUN = [
    (
        "import threading; threading.Thread(target=print).start()",
        "RuntimeError: can't start new thread",
    ),
    ("[bytes(2**30) for _ in range(4)]", "MemoryError"),
]


def test_each_quoted_message_is_provoked() -> None:
    assert {message for *_, message in COMPILED} | {message for _, message in RUN} == QUOTED


@pytest.mark.parametrize(("files", "arguments", "message"), COMPILED)
def test_the_compiler_prints_the_message(
    tmp_path: Path, files: dict[str, str], arguments: str, message: str
) -> None:
    folder = compiler()
    require(folder is not None, "no emscripten in build/bootstrap: run make quickstart")
    assert folder is not None
    for name, text in files.items():
        (tmp_path / name).write_text(f"{text}\n")
    done = subprocess.run(
        [str(folder / "emcc"), *files, *arguments.split()],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert re.search(re.escape(message).replace("…", r"\S+"), done.stderr), done.stderr


@pytest.mark.parametrize(("program", "message"), RUN)
def test_python_prints_the_message(wasm_python: WasmPython, program: str, message: str) -> None:
    done = wasm_python.run("-c", program, check=False)
    assert done.returncode == 1
    assert message in done.stderr.splitlines()[-1]
