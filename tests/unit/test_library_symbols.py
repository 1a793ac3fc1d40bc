"""Is a library excluded from a package only by a proof that the package does not contain it?"""

from __future__ import annotations

import base64
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from conda_emscripten.interface import contained_libraries
from tests.harness.packages import Content, make_package
from tests.harness.wasm_files import (
    HIDDEN,
    LOCAL,
    MAGIC,
    NO_ARGUMENTS,
    WEAK,
    archive,
    custom,
    object_file,
    side_module,
)

ZLIB = {
    "lib/libz.a": archive(
        {
            "deflate.o": object_file({"deflate": 0, "maybe": WEAK}, {"z_table": HIDDEN}),
            "inflate.o": object_file({"inflate": 0, "helper": LOCAL}, undefined=["memcpy"]),
        }
    )
}
USES_DEFLATE = side_module([("env", "deflate")])
USES_NOTHING = side_module([("env", "memcpy")])


class Packages:
    """Makes packages in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def __call__(self, files: Mapping[str, Content], **fields: Any) -> Path:
        self._count += 1
        return make_package(self._folder / str(self._count), files, **fields)


@pytest.fixture
def package(tmp_path: Path) -> Packages:
    return Packages(tmp_path)


@pytest.mark.parametrize(
    "module",
    [
        USES_DEFLATE,
        side_module([("GOT.func", "inflate")]),
        side_module([("GOT.mem", "z_table")]),
        side_module([("env", "deflate")], needed=["libother.so"]),
    ],
    ids=["call", "address", "variable", "beside a shared library"],
)
def test_an_unresolved_name_proves_absence(package: Packages, module: bytes) -> None:
    assert not contained_libraries(package({"lib/a.so": module}), package(ZLIB))


@pytest.mark.parametrize(
    "module",
    [
        USES_NOTHING,
        side_module([("env", "helper")]),
        side_module([("GOT.mem", "deflate")]),
        side_module([("a", "deflate")]),
        side_module([("env", "maybe")]),
        side_module([("env", "deflate")], weak_imports=[("env", "deflate")]),
        side_module([("GOT.func", "deflate")], {"deflate": NO_ARGUMENTS}),
        side_module([("env", "deflate")], dynamic=False),
    ],
    ids=[
        "no name of the library",
        "a static function",
        "a variable with the name of a function",
        "another module",
        "a weak definition",
        "a weak reference",
        "an own function",
        "a program",
    ],
)
def test_a_module_may_contain_a_library_without_a_proof(package: Packages, module: bytes) -> None:
    assert contained_libraries(package({"lib/a.so": module}), package(ZLIB)) == {"lib/libz.a"}


def test_every_module_of_a_package_needs_a_proof(package: Packages) -> None:
    files = {"lib/a.so": USES_DEFLATE, "lib/b.so": USES_NOTHING}
    assert contained_libraries(package(files), package(ZLIB)) == {"lib/libz.a"}


def test_each_library_needs_a_proof(package: Packages) -> None:
    dependency = package({**ZLIB, "lib/extra.o": object_file({"extra": 0})})
    assert contained_libraries(package({"lib/a.so": USES_DEFLATE}), dependency) == {"lib/extra.o"}


def test_a_package_without_modules_and_libraries_contains_none(package: Packages) -> None:
    files = {"include/a.h": b"", "share/a.txt": b"deflate"}
    assert not contained_libraries(package(files), package({**ZLIB, "lib/text.a": b"INPUT(z)"}))


def test_modules_of_the_tests_do_not_count(package: Packages) -> None:
    files = {"etc/conda/test-files/a/0/a.so": USES_NOTHING, "lib/a.so": USES_DEFLATE}
    assert not contained_libraries(package(files), package(ZLIB))


def test_a_static_library_may_contain_a_library_if_both_define_a_name(package: Packages) -> None:
    own = archive({"own.o": object_file({"own": 0}, undefined=["deflate"])})
    merged = archive({"own.o": object_file({"own": 0}), "i.o": object_file({"inflate": 0})})
    assert not contained_libraries(package({"lib/own.a": own}), package(ZLIB))
    assert contained_libraries(package({"lib/own.a": merged}), package(ZLIB)) == {"lib/libz.a"}


@pytest.mark.parametrize(
    "content",
    [b"!<thin>\n", archive({"a.o": b"BC\xc0\xde"}), archive({"a.o": MAGIC})],
    ids=["thin", "bitcode", "no symbols"],
)
def test_libraries_of_unknown_symbols_are_no_proof(package: Packages, content: bytes) -> None:
    unknown = package({"lib/own.a": content})
    assert contained_libraries(unknown, package(ZLIB)) == {"lib/libz.a"}
    module = package({"lib/a.so": USES_DEFLATE})
    assert contained_libraries(module, unknown) == {"lib/own.a"}


@pytest.mark.parametrize(
    "content",
    [b"prefix" + USES_NOTHING, b"load('" + base64.b64encode(USES_NOTHING) + b"')"],
    ids=["bytes", "base64"],
)
def test_a_module_in_another_file_is_no_proof(package: Packages, content: bytes) -> None:
    assert contained_libraries(package({"bin/a.js": content}), package(ZLIB)) == {"lib/libz.a"}


def test_a_library_without_names_may_be_in_every_library(package: Packages) -> None:
    own = package({"lib/own.a": archive({"own.o": object_file({"own": 0})})})
    dependency = package({"lib/init.a": archive({"init.o": object_file({"init": LOCAL})})})
    assert contained_libraries(own, dependency) == {"lib/init.a"}


def test_native_packages_may_contain_every_library(package: Packages) -> None:
    native = package({"lib/a.so": b"\x7fELF"}, subdir="linux-64")
    assert contained_libraries(native, package(ZLIB)) == {"lib/libz.a"}


EXPORTS_DEFLATE = side_module([], {"deflate": NO_ARGUMENTS})
EXPORTS_ALL = side_module(
    [], dict.fromkeys(("deflate", "maybe", "inflate"), NO_ARGUMENTS), variables=["z_table"]
)


@pytest.mark.parametrize("needed", ["libz.so", "libz.so.1"])
def test_a_name_that_a_shared_library_beside_the_static_one_has_is_no_proof(
    package: Packages, needed: str
) -> None:
    module = package({"lib/a.so": side_module([("env", "deflate")], needed=[needed])})
    beside: dict[str, Content] = {**ZLIB, "lib/libz.so.1": (tarfile.SYMTYPE, "libz.so")}
    partial = package({**beside, "lib/libz.so": EXPORTS_DEFLATE})
    assert contained_libraries(module, partial) == {"lib/libz.a"}
    unneeded = package({"lib/a.so": USES_DEFLATE})
    assert not contained_libraries(unneeded, partial)
    # Nothing is left for which the linker could have taken a member of the static library.
    complete = package({**beside, "lib/libz.so": EXPORTS_ALL})
    assert not contained_libraries(module, complete)
    weak = package({"lib/a.so": side_module([("env", "maybe")], needed=[needed])})
    assert contained_libraries(weak, complete) == {"lib/libz.a"}


def test_a_package_that_has_changed_is_read_again(package: Packages, tmp_path: Path) -> None:
    dependency = package(ZLIB)
    before = make_package(tmp_path / "user", {"lib/a.so": USES_DEFLATE})
    assert not contained_libraries(before, dependency)
    after = make_package(tmp_path / "user", {"lib/a.so": USES_NOTHING, "a": b"another size"})
    assert after == before
    assert contained_libraries(after, dependency) == {"lib/libz.a"}


def test_an_object_file_of_any_name_is_a_library(package: Packages) -> None:
    real = side_module([], {"g": NO_ARGUMENTS})
    dependency = package({"lib/fake.so": object_file({"f": 0}), "lib/real.so": real})
    user = package({"lib/a.so": side_module([("env", "f")])})
    assert not contained_libraries(user, dependency)
    assert contained_libraries(package({"lib/a.so": side_module()}), dependency) == {"lib/fake.so"}


def test_a_module_with_the_word_linking_is_no_library(package: Packages) -> None:
    module = side_module([], {"f": NO_ARGUMENTS}) + custom("name", b"\x07linking")
    dependency = package({"lib/a.so": module})
    assert not contained_libraries(package({"lib/b.so": USES_NOTHING}), dependency)


@pytest.mark.parametrize(
    ("module", "may_be_copied"),
    [
        (EXPORTS_DEFLATE, True),
        (side_module([("env", "other")], {"deflate": NO_ARGUMENTS, "more": NO_ARGUMENTS}), True),
        (side_module([], {"more": NO_ARGUMENTS}), False),
        (side_module([("env", "deflate")]), False),
    ],
    ids=["a copy", "all its exports", "another export", "a user"],
)
def test_a_module_with_all_exports_of_another_may_be_its_copy(
    package: Packages, module: bytes, may_be_copied: bool
) -> None:
    dependency = package({"lib/libz.so": EXPORTS_DEFLATE})
    found = contained_libraries(package({"lib/a.so": module, "lib/b.so": USES_NOTHING}), dependency)
    assert found == ({"lib/libz.so"} if may_be_copied else set())


def test_only_an_equal_file_is_a_copy_of_a_module_without_exports(package: Packages) -> None:
    alias = side_module(needed=["libz.so"])
    dependency = package({"lib/libz-alias.so": alias})
    assert not contained_libraries(package({"lib/a.so": USES_DEFLATE}), dependency)
    copy = package({"lib/a.so": USES_DEFLATE, "lib/b.so": alias})
    assert contained_libraries(copy, dependency) == {"lib/libz-alias.so"}
