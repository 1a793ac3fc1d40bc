"""Does the project read of a WebAssembly file what a linker reads?"""

from __future__ import annotations

import random
import struct

import pytest

from conda_emscripten.wasm_module import Import, Symbol, WasmError, read_module
from tests.harness.wasm_files import (
    INT_TO_INT,
    LOCAL,
    MAGIC,
    NO_ARGUMENTS,
    UNDEFINED,
    WEAK,
    custom,
    name,
    number,
    object_file,
    section,
    side_module,
    vector,
)

SIDE_MODULE = side_module(
    [("env", "puts"), ("env", "maybe"), ("GOT.mem", "stdout")],
    {"f": NO_ARGUMENTS, "g": INT_TO_INT},
    variables=["v"],
    needed=["libz.so", "libpng.so"],
    weak_imports=[("env", "maybe")],
)
OBJECT_FILE = object_file(
    {"f": 0, "weak": WEAK, "static_f": LOCAL},
    {"v": 0, "extern_v": UNDEFINED, "static_v": LOCAL},
    ["puts"],
    signature=INT_TO_INT,
    features=["simd128"],
)


def test_a_side_module_has_imports_typed_exports_and_needed_libraries() -> None:
    module = read_module(SIDE_MODULE)
    assert module.imports == (
        Import(module="env", name="puts", kind="function", type=":"),
        Import(module="env", name="maybe", kind="function", type=":"),
        Import(module="GOT.mem", name="stdout", kind="global", type="7f 1"),
    )
    assert module.exports == {"f": "function :", "g": "function 7f:7f", "v": "global 7f 0"}
    assert module.dynamic
    assert module.needed == ("libz.so", "libpng.so")
    assert module.weak_imports == {("env", "maybe")}
    assert module.symbols is None


def test_a_side_module_has_flags_of_exports_and_paths_of_libraries() -> None:
    export_info = section(3, vector([name("v") + number(0x100)]))  # thread-local
    runtime_path = section(5, vector([name("$ORIGIN")]))
    module = read_module(MAGIC + custom("dylink.0", export_info + runtime_path))
    assert module.export_flags == {"v": 0x100}
    assert module.runtime_paths == ("$ORIGIN",)


def test_only_imports_with_the_flag_are_weak() -> None:
    entries = [name("env") + name(field) + number(flags) for field, flags in [("f", 1), ("g", 2)]]
    module = read_module(MAGIC + custom("dylink.0", section(4, vector(entries))))
    assert module.weak_imports == {("env", "f")}


def test_an_object_file_has_symbols_of_external_linkage() -> None:
    module = read_module(OBJECT_FILE)
    assert module.symbols is not None
    assert set(module.symbols) == {
        Symbol(name="puts", kind="function", type=":", weak=False, defined=False),
        Symbol(name="f", kind="function", type="7f:7f", weak=False, defined=True),
        Symbol(name="weak", kind="function", type="7f:7f", weak=True, defined=True),
        Symbol(name="v", kind="data", type="", weak=False, defined=True),
        Symbol(name="extern_v", kind="data", type="", weak=False, defined=False),
    }
    assert module.features == vector([b"+" + name("simd128")])
    assert not module.dynamic


def test_exports_of_all_kinds_have_types_without_sizes() -> None:
    def module(size: int) -> bytes:
        return b"".join([
            MAGIC,
            section(1, vector([INT_TO_INT])),
            section(2, vector([
                name("env") + name("memory") + b"\2\7" + number(size) + number(2 * size),
                name("env") + name("base") + b"\3\x7f\0",
                name("env") + name("tag") + b"\4\0\0",
                name("env") + name("table") + b"\1\x70\0" + number(size),
            ])),
            # A table with an initial value, and globals with constants of all types.
            section(4, vector([b"\x40\0\x63\0\1\2\4\xd0\0\x0b"])),
            section(13, vector([b"\0\0"])),
            section(6, vector([
                b"\x7e\1\x42\x80\x7f\x0b",
                b"\x7d\0\x43" + struct.pack("<f", 1.5) + b"\x0b",
                b"\x7c\0\x44" + struct.pack("<d", 1.5) + b"\x0b",
                b"\x7b\0\xfd\x0c" + bytes(range(16)) + b"\x0b",
                b"\x7f\0\x23\0\x41\x04\x6a\x0b",
            ])),
            section(7, vector([
                name("memory") + b"\2\0",
                name("old table") + b"\1\0",
                name("table") + b"\1\1",
                name("tag") + b"\4\1",
                *(name(f"global {at}") + b"\3" + number(1 + at) for at in range(5)),
            ])),
        ])  # fmt: skip

    exports = read_module(module(1)).exports
    assert exports == {
        "memory": "memory 6",
        "old table": "table 70 0",
        "table": "table 6300 0",
        "tag": "tag 7f:7f",
        "global 0": "global 7e 1",
        "global 1": "global 7d 0",
        "global 2": "global 7c 0",
        "global 3": "global 7b 0",
        "global 4": "global 7f 0",
    }
    assert read_module(module(70_000)).exports == exports


def test_an_import_that_has_another_name_than_its_symbol_keeps_the_symbols_name() -> None:
    explicit_name = UNDEFINED | 0x40
    symbols = [b"\0" + number(explicit_name) + b"\0" + name("c_name")]
    module = read_module(
        MAGIC
        + section(1, vector([NO_ARGUMENTS]))
        + section(2, vector([name("host") + name("hostName") + b"\0\0"]))
        + custom("linking", number(2) + section(8, vector(symbols)))
    )
    assert [symbol.name for symbol in module.symbols or ()] == ["c_name"]


@pytest.mark.parametrize("sound", [SIDE_MODULE, OBJECT_FILE], ids=["side module", "object file"])
def test_damaged_bytes_cause_no_other_exception_than_wasm_errors(sound: bytes) -> None:
    ends_of_sections = 0  # there, the shorter file is sound
    for size in range(len(sound)):
        try:
            read_module(sound[:size])
        except WasmError:
            continue
        ends_of_sections += 1
    assert ends_of_sections < 12
    rng = random.Random(1)
    refused = 0
    for _ in range(5000):
        changed = bytearray(sound)
        for _ in range(rng.randint(1, 3)):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        try:
            read_module(bytes(changed))
        except WasmError:
            refused += 1
    assert refused > 1000


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x7fELF\1\1\1\0", "it does not start as a WebAssembly module of version 1"),
        (b"\0asm\x0d\0\1\0", "it does not start as a WebAssembly module of version 1"),
        (MAGIC + section(14, b""), "it has the unknown section 14"),
        (MAGIC + b"\1\x05\0", "it is cut short"),
        (MAGIC + b"\1" + b"\x80" * 11, "a number in it is longer than 64 bits"),
        (MAGIC + section(1, vector([b"\x5e\x7f\0"])), "it has a type of the unknown form 0x5e"),
        (MAGIC + section(1, vector([b"\x60\1\x40\0"])), "it has the unknown type 0x40"),
        (
            MAGIC + section(2, vector([name("env") + name("f") + b"\5\0"])),
            "it imports or exports the unknown kind 0x05",
        ),
        (
            MAGIC + section(2, vector([name("env") + b"\2\xff\xfe\0\0"])),
            "a name in it is not UTF-8",
        ),
        (
            MAGIC + section(6, vector([b"\x7f\0\x10\0\x0b"])),
            "it has the unknown constant instruction 0x10",
        ),
        (MAGIC + section(7, vector([name("f") + b"\0\0"])), "an index in it has no target"),
        (
            MAGIC + section(5, vector([b"\x10\1"])),
            "it has limits of the unknown kind 0x10",
        ),
        (
            MAGIC + custom("linking", number(1)),
            "its linking section has the unknown version 1",
        ),
        (
            MAGIC + custom("linking", number(2) + section(8, vector([b"\6\0\0"]))),
            "it has a symbol of the unknown kind 0x06",
        ),
    ],
)
def test_an_error_says_what_is_wrong(data: bytes, message: str) -> None:
    with pytest.raises(WasmError) as error:
        read_module(data)
    assert str(error.value) == message
