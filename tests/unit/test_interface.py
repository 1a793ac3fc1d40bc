"""Does the interface of a package change exactly if a build can see a difference?"""

from __future__ import annotations

from pathlib import Path

from conda_emscripten.interface import Interface, contained_libraries, read_interface
from tests.harness.packages import make_package
from tests.harness.wasm_files import archive, object_file, side_module


def test_code_of_a_static_library_is_visible_only_in_the_library(tmp_path: Path) -> None:
    def built(code: bytes) -> Interface:
        library = archive({"adler32.o": object_file({"adler32": 0}, code=code)})
        return read_interface(make_package(tmp_path, {"lib/libz.a": library}))

    before, after = built(b"\0\x0b"), built(b"\0\1\x0b")
    assert before.host == after.host
    assert before.whole != after.whole
    assert before.libraries.keys() == {"lib/libz.a"}
    assert before.libraries != after.libraries


def test_a_module_that_imports_a_function_of_a_library_does_not_contain_it(tmp_path: Path) -> None:
    library = archive({"adler32.o": object_file({"adler32": 0})})
    zlib = make_package(tmp_path, {"lib/libz.a": library}, name="zlib")
    user = make_package(tmp_path, {"lib/user.so": side_module([("env", "adler32")])}, name="user")
    owner = make_package(tmp_path, {"lib/owner.so": side_module()}, name="owner")
    assert contained_libraries(user, zlib) == frozenset()
    assert contained_libraries(owner, zlib) == {"lib/libz.a"}
