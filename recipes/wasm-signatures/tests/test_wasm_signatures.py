"""Does wasm-signatures find each function that is called by another type than its own?"""

from __future__ import annotations

from pathlib import Path

import pytest
from wasm_signatures import FormatError, Signature, main, read

I32, I64, F64 = 0x7F, 0x7E, 0x7C


def vector(*items: bytes) -> bytes:
    return bytes([len(items)]) + b"".join(items)


def name(text: str) -> bytes:
    return bytes([len(text)]) + text.encode()


def section(number: int, content: bytes) -> bytes:
    size = len(content)
    return bytes([number, size & 0x7F | 0x80, size >> 7]) + content


def signature(parameters: list[int], results: list[int]) -> bytes:
    return b"\x60" + bytes([len(parameters), *parameters, len(results), *results])


def function(module: str, text: str, type_: int) -> bytes:
    return name(module) + name(text) + bytes([0, type_])


TYPES = section(1, vector(signature([I32], []), signature([I32], [I32]), signature([F64], [I64])))


def user(path: Path, *imports: bytes, own: tuple[str, ...] = ()) -> Path:
    """A module that imports functions, besides what every side module imports."""
    others = (
        name("env") + name("memory") + b"\x02\x00\x01",
        name("env") + name("__indirect_function_table") + b"\x01\x70\x00\x01",
        name("env") + name("__stack_pointer") + b"\x03\x7f\x01",
        name("env") + name("__cpp_exception") + b"\x04\x00\x00",
        name("GOT.func") + name("solve_") + b"\x03\x7f\x01",
    )
    exports = section(7, vector(*(name(text) + b"\x00\x00" for text in own)))
    content = TYPES + section(2, vector(*others, *imports)) + exports
    path.write_bytes(b"\0asm\1\0\0\0" + section(0, name("dylink.0")) + content)
    return path


def library(path: Path, **exports: int) -> Path:
    """A module that defines functions of these types, after one that it imports."""
    imports = section(2, vector(function("env", "malloc", 1)))
    functions = section(3, vector(*(bytes([type_]) for type_ in exports.values())))
    exported = section(
        7, vector(*(name(text) + bytes([0, 1 + at]) for at, text in enumerate(exports)))
    )
    path.write_bytes(b"\0asm\1\0\0\0" + TYPES + imports + functions + exported)
    return path


def run(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


def test_equal_types_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blas = library(tmp_path / "libblas.so", solve_=0, norm_=2)
    module = user(tmp_path / "a.so", function("env", "solve_", 0), function("env", "norm_", 2))
    assert run("--library", blas, module) == 0
    assert capsys.readouterr().out == "2 imports of 1 side modules compared, 0 mismatches\n"


def test_a_mismatch_names_the_file_the_function_and_both_types(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blas = library(tmp_path / "libblas.so", solve_=0, norm_=2)
    module = user(tmp_path / "a.so", function("env", "solve_", 1), function("env", "norm_", 2))
    assert run("--library", blas, module) == 1
    assert capsys.readouterr().err == (
        f"wasm-signatures: {module} imports solve_ as (i32) -> (i32), "
        f"but {blas} exports it as (i32) -> ()\n"
    )


def test_folders_are_searched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blas = library(tmp_path / "libblas.so", solve_=0)
    folder = tmp_path / "package" / "inner"
    folder.mkdir(parents=True)
    bad = user(folder / "bad.so", function("env", "solve_", 2))
    user(folder / "good.so", function("env", "solve_", 0))
    assert run("--library", blas, tmp_path / "package") == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and f"{bad} imports solve_ as (f64) -> (i64)" in error


def test_the_first_library_counts(tmp_path: Path) -> None:
    first = library(tmp_path / "first.so", solve_=0)
    second = library(tmp_path / "second.so", solve_=1)
    module = user(tmp_path / "a.so", function("env", "solve_", 0))
    assert run("--library", first, "--library", second, module) == 0
    assert run("--library", second, "--library", first, module) == 1


def test_other_imports_do_not_count(tmp_path: Path) -> None:
    blas = library(tmp_path / "libblas.so", solve_=0, norm_=2)
    good = function("env", "norm_", 2)
    elsewhere = user(tmp_path / "a.so", function("wasi_snapshot_preview1", "solve_", 1), good)
    assert run("--library", blas, elsewhere) == 0
    own = user(tmp_path / "b.so", function("env", "solve_", 1), good, own=("solve_",))
    assert run("--library", blas, own) == 0


def test_a_check_of_nothing_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blas = library(tmp_path / "libblas.so", solve_=0)
    module = user(tmp_path / "a.so", function("env", "malloc", 1))
    for users in (module, tmp_path / "nowhere"):
        (tmp_path / "nowhere").mkdir(exist_ok=True)
        assert run("--library", blas, users) == 2
        assert "nothing imports a function of" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x7fELF", "is no WebAssembly module"),
        (b"\0asm\1\0\0\0" + TYPES[:-3], "is cut short"),
        (b"\0asm\1\0\0\0" + section(1, vector(b"\x5f\x00")), "a type that is no function's"),
        (b"\0asm\1\0\0\0" + section(1, vector(signature([0x40], []))), "is damaged"),
    ],
)
def test_a_bad_file_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, message: str
) -> None:
    path = tmp_path / "bad.so"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=message):
        read(path)
    assert run("--library", path, path) == 2
    assert f"wasm-signatures: {path} " in capsys.readouterr().err


def test_types_are_read(tmp_path: Path) -> None:
    module = read(library(tmp_path / "a.so", solve_=0, norm_=2))
    assert module.imports == {"malloc": Signature(("i32",), ("i32",))}
    assert module.exports == {
        "solve_": Signature(("i32",), ()),
        "norm_": Signature(("f64",), ("i64",)),
    }
