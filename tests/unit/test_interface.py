"""Does the interface of a package change exactly if a build can see a difference?"""

from __future__ import annotations

import contextlib
import gzip
import importlib.util
import json
import py_compile
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from conda_emscripten.conda_package import copy_with_index
from conda_emscripten.errors import BuildError
from conda_emscripten.interface import Interface, contained_libraries, read_interface
from tests.harness.packages import Content, make_package
from tests.harness.wasm_files import (
    HIDDEN,
    INT_TO_INT,
    LOCAL,
    MAGIC,
    WEAK,
    archive,
    custom,
    name,
    number,
    object_file,
    section,
    side_module,
    vector,
)

STDLIB = "lib/python3.13"
SITE = f"{STDLIB}/site-packages"

Make = Callable[..., Interface]


@pytest.fixture
def interface(tmp_path: Path) -> Make:
    """The interface of a package with these files, and with these arguments of make_package."""

    def make(files: Mapping[str, Content], **fields: Any) -> Interface:
        return read_interface(make_package(tmp_path / "channel", files, **fields))

    return make


def seen(before: Interface, after: Interface) -> set[str]:
    """The parts that differ."""
    assert before.depends == after.depends
    parts = ("whole", "host", "libraries")
    return {part for part in parts if getattr(before, part) != getattr(after, part)}


#: A file of each kind whose whole content counts everywhere.
WHOLE = {
    "include/zlib.h": b"int f(void);",
    "lib/pkgconfig/zlib.pc": b"Libs: -lz",
    "lib/cmake/zlib.cmake": b"set(a b)",
    "share/aclocal/zlib.m4": b"AC_DEFUN",
    "etc/conda/activate.d/zlib.sh": b"export A=1",
    "bin/zlib-config": b"#!/bin/sh",
    "bin/alone.js": b"run()",
    "lib/native.so": b"\x7fELF\1",
    f"{STDLIB}/_sysconfigdata__emscripten_wasm32-emscripten.py": b"build_time_vars = {}",
    f"{STDLIB}/config-3.13-wasm32-emscripten/python-config.py": b"import sys",
    f"{STDLIB}/LICENSE.txt": b"PSF",
    f"{SITE}/numpy/__init__.pxd": b"cdef int",
    f"{SITE}/numpy/f2py/crackfortran.py": b"import re",
    f"{SITE}/numpy-2.5.dist-info/METADATA": b"Name: numpy",
}


@pytest.mark.parametrize("path", WHOLE)
def test_every_byte_of_a_file_that_a_build_reads_counts(interface: Make, path: str) -> None:
    content = WHOLE[path]
    digests = {interface({path: content}).host}
    for at in range(len(content)):
        changed = bytearray(content)
        changed[at] ^= 1
        digests.add(interface({path: bytes(changed)}).host)
    assert len(digests) == 1 + len(content)


@pytest.mark.parametrize(
    "path",
    [
        "share/man/man3/zlib.3",
        "share/doc/zlib/README",
        "share/info/zlib.info",
        "share/licenses/zlib/LICENSE",
        f"{STDLIB}/os.py",
        f"{STDLIB}/json/decoder.py",
        f"{STDLIB}/__pycache__/os.cpython-313.pyc",
        "libexec/python3.13/python.cjs",
        "bin/tool.js",
    ],
)
def test_documentation_and_what_runs_on_the_target_are_invisible_in_a_host_environment(
    interface: Make, path: str
) -> None:
    programs = {"libexec/python3.13/python.wasm": side_module(), "bin/tool.wasm": side_module()}
    before = interface({**programs, path: b"before"})
    assert seen(before, interface({**programs, path: b"after"})) == {"whole"}


@pytest.mark.parametrize(
    "path",
    [
        "etc/conda/test-files/zlib/0/tests/run.sh",
        f"{SITE}/six-1.17.dist-info/direct_url.json",
        f"{SITE}/six-1.17.dist-info/INSTALLER",
        f"{SITE}/six-1.17.dist-info/REQUESTED",
        "site-packages/six-1.17.dist-info/direct_url.json",
    ],
)
def test_tests_and_the_way_of_an_installation_never_count(interface: Make, path: str) -> None:
    assert interface({"a": b""}) == interface({"a": b"", path: b"content"})


def test_what_is_invisible_for_a_cross_build_counts_for_a_build_that_can_run_it(
    interface: Make,
) -> None:
    for path in (f"{STDLIB}/os.py", "share/man/man1/python.1", "lib/libz.a"):
        before = interface({path: b"before"}, subdir="linux-64")
        assert before.host == before.whole
        assert {"whole", "host"} <= seen(before, interface({path: b"after"}, subdir="linux-64"))


def test_names_programs_and_links_count(interface: Make) -> None:
    digests = [
        interface({"bin/a": b"x"}),
        interface({"bin/b": b"x"}),
        interface({"bin/a": b"x"}, programs=["bin/a"]),
        interface({"bin/a": b"x", "bin/b": (tarfile.SYMTYPE, "a")}),
        interface({"bin/a": b"x", "bin/b": (tarfile.SYMTYPE, "c")}),
    ]
    assert len({digest.whole for digest in digests}) == len(digests)
    assert len({digest.host for digest in digests}) == len(digests)


@pytest.mark.parametrize(
    "links",
    [
        {"include/lib.h": "../share/doc/lib.h"},
        {"include/lib": "../share/doc"},
        {"include/lib.h": "../share/doc/link.h", "share/doc/link.h": "lib.h"},
        {"include/lib": "../share/doc/link", "share/doc/link": "."},
    ],
)
def test_a_file_counts_to_which_a_visible_link_leads(
    interface: Make, links: Mapping[str, str]
) -> None:
    files: dict[str, Content] = {path: (tarfile.SYMTYPE, to) for path, to in links.items()}
    before = interface({**files, "share/doc/lib.h": b"before"})
    assert "host" in seen(before, interface({**files, "share/doc/lib.h": b"after"}))
    manual: dict[str, Content] = {"share/man/man1/b.1": (tarfile.SYMTYPE, "a.1")}
    before = interface({**manual, "share/man/man1/a.1": b"before"})
    assert seen(before, interface({**manual, "share/man/man1/a.1": b"after"})) == {"whole"}


def test_metadata_of_the_package_counts(interface: Make, tmp_path: Path) -> None:
    digests = [
        interface({}),
        interface({}, name="other"),
        interface({}, version="2.0"),
        interface({}, depends=["python 3.13.*"]),
        interface({}, depends=["python 3.13.* *_cp313"]),
        interface({}, subdir="noarch", noarch="generic"),
        interface({}, subdir="noarch", noarch="python"),
        interface({}, subdir="noarch", noarch="python", entry_points=["f = p:f"]),
        interface({}, run_exports={"weak": ["pkg >=1.0"]}),
    ]
    constrained = tmp_path / "constrained.conda"
    copy_with_index(make_package(tmp_path, {}), constrained, {"constrains": ["numpy <3"]})
    digests.append(read_interface(constrained))
    assert len({digest.whole for digest in digests}) == len(digests)
    assert len({digest.host for digest in digests}) == len(digests)


def test_the_build_and_texts_about_the_package_do_not_count(tmp_path: Path) -> None:
    package = make_package(tmp_path, {"a": b""})
    other = tmp_path / "other.conda"
    changes = {"build": "h_1", "build_number": 1, "timestamp": 1, "license": "MIT"}
    copy_with_index(package, other, changes)
    described = make_package(tmp_path / "described", {"a": b""}, about={"summary": "A package"})
    assert read_interface(package) == read_interface(other) == read_interface(described)


def test_depends_has_the_names_without_virtual_packages(interface: Make) -> None:
    depends = ["python 3.13.*", "zlib", "__unix", "emscripten-abi 3.1.69.*", "python >=3"]
    assert interface({}, depends=depends).depends == ("emscripten-abi", "python", "zlib")


def test_times_and_folders_of_a_build_do_not_count(interface: Make) -> None:
    def built(folder: str, time: int) -> Interface:
        placeholder = f"{folder}/bld/rattler-build_zlib/host_env".ljust(255, "_")
        code = object_file({"f": 0}, code=f"{placeholder}/share".encode())
        files = {
            "lib/libz.a": archive({"f.o": code}, time=time, owner=time % 1000),
            "lib/pkgconfig/zlib.pc": f"prefix={placeholder}\n".encode(),
            "lib/data.gz": gzip.compress(b"data", mtime=time),
            "lib/alone.pyc": importlib.util.MAGIC_NUMBER + bytes(4) + time.to_bytes(8) + b"code",
            "lib/config.py": f"'-I{folder}/bld/rattler-build_zlib/work/include'".encode(),
            "lib/other.py": f"'{folder}/bld/rattler-build_other_{time}/build_env/bin'".encode(),
        }
        modes = {"lib/libz.a": "binary", "lib/pkgconfig/zlib.pc": "text"}
        paths = {
            path: {"prefix_placeholder": placeholder, "file_mode": mode}
            for path, mode in modes.items()
        }
        return interface(files, paths=paths)

    assert built("/home/a/build", 1_600_000_001) == built("/work/bb/build", 1_700_000_002)


@pytest.mark.parametrize(
    ("date", "time", "same"),
    [
        (b"Jun 15 2025", b"17:56:15", True),  # the day of the package's timestamp
        (b"Jun 14 2025", b"05:51:53", True),  # in another time zone
        (b"Jun  1 2025", b"15:06:40", False),  # a date that the source has
        (b"Jun 15 2025", b"17.56.15", False),
    ],
)
def test_the_date_and_time_of_compiling_do_not_count(
    interface: Make, date: bytes, time: bytes, same: bool
) -> None:
    def compiled(date: bytes, time: bytes) -> Interface:
        code = object_file({"f": 0}, code=date + b"\0\0A\x0b\x09" + time + b"\0")
        return interface({"lib/libz.a": archive({"f.o": code}), "bin/tool": date + b"\0" + time})

    assert (compiled(date, time) == compiled(b"Jun 15 2025", b"15:06:40")) is same


def test_an_option_before_the_folder_of_a_build_counts(interface: Make) -> None:
    include, library = (b"-%c/work/rattler-build_zlib/work" % letter for letter in b"IL")
    assert interface({"a": include}) != interface({"a": library})


def test_the_place_of_a_placeholder_counts(interface: Make) -> None:
    entry = {"prefix_placeholder": "/placehold", "file_mode": "text"}
    in_a = interface({"a": b"/placehold", "b": b"/placehold"}, paths={"a": entry})
    in_b = interface({"a": b"/placehold", "b": b"/placehold"}, paths={"b": entry})
    assert in_a.whole != in_b.whole


def test_a_compiled_python_module_counts_only_without_its_source(
    interface: Make, tmp_path: Path
) -> None:
    source = tmp_path / "six.py"
    source.write_text("a = 1\n")
    compiled = Path(str(py_compile.compile(str(source), doraise=True))).read_bytes()
    cached = "site-packages/__pycache__/six.cpython-313.pyc"
    with_source = {"site-packages/six.py": source.read_bytes()}
    assert interface(with_source) == interface({**with_source, cached: compiled})
    assert interface({"a": b""}).whole != interface({"a": b"", cached: compiled}).whole


def test_only_the_names_in_a_record_count(interface: Make) -> None:
    def record(text: str) -> Interface:
        return interface({f"{SITE}/six-1.17.dist-info/RECORD": text.encode()})

    first = record("six.py,sha256=AAAA,10\nsix-1.17.dist-info/INSTALLER,sha256=CCCC,4\n")
    assert first == record("six.py,sha256=BBBB,11\n")
    assert first.host != record("seven.py,sha256=AAAA,10\n").host


def test_a_record_that_is_no_csv_counts_wholly(interface: Make) -> None:
    path = f"{SITE}/six-1.17.dist-info/RECORD"
    before, after = (interface({path: b"six.py," + end * 200_000}) for end in (b"a", b"b"))
    assert seen(before, after) == {"whole", "host"}


SIDE_MODULE = f"{SITE}/pkg/ext.cpython-313-wasm32-emscripten.so"


def test_code_and_imports_of_a_module_are_invisible_in_a_host_environment(interface: Make) -> None:
    before = interface({SIDE_MODULE: side_module([], {"f": INT_TO_INT})})
    code = interface({SIDE_MODULE: side_module([], {"f": INT_TO_INT}, code=b"\0\1\x0b")})
    imports = interface({SIDE_MODULE: side_module([("env", "g")], {"f": INT_TO_INT})})
    assert seen(before, code) == seen(before, imports) == {"whole", "libraries"}


def test_names_types_and_needed_libraries_of_a_module_count(interface: Make) -> None:
    modules = [
        side_module([], {"f": INT_TO_INT}),
        side_module([], {"f": b"\x60\1\x7e\1\x7f"}),
        side_module([], {"f2": INT_TO_INT}),
        side_module([], {"f": INT_TO_INT, "g": INT_TO_INT}),
        side_module([], {"f": INT_TO_INT}, variables=["v"]),
        side_module([], {"f": INT_TO_INT}, needed=["libz.so"]),
        side_module([], {"f": INT_TO_INT}, dynamic=False),
        MAGIC + custom("dylink.0", b""),
        MAGIC + custom("dylink.0", section(3, vector([name("f") + number(0x100)]))),
        MAGIC + custom("dylink.0", section(5, vector([name("$ORIGIN")]))),
    ]
    assert len({interface({SIDE_MODULE: module}).host for module in modules}) == len(modules)


@pytest.mark.parametrize("path", ["lib/libz.a", "lib/crt.o", "lib/object.so"])
def test_code_of_a_library_is_visible_only_to_packages_that_contain_it(
    interface: Make, path: str
) -> None:
    def built(code: bytes) -> Interface:
        content = object_file({"f": 0}, {"v": HIDDEN}, ["g"], code=code)
        return interface({path: archive({"f.o": content}) if path.endswith(".a") else content})

    before, after = built(b"\0\x0b"), built(b"\0\1\x0b")
    assert before.libraries.keys() == {path}
    assert seen(before, after) == {"whole", "libraries"}


def test_names_and_types_of_a_library_count(interface: Make) -> None:
    objects = [
        object_file({"f": 0}),
        object_file({"f2": 0}),
        object_file({"f": WEAK}),
        object_file({"f": 0, "g": 0}),
        object_file({"f": 0}, {"v": 0}),
        object_file({"f": 0}, {"v": HIDDEN, "w": 0}),
        object_file({"f": 0}, signature=INT_TO_INT),
        object_file({"f": 0}, undefined=["malloc"]),
        object_file({"f": 0}, features=["atomics"]),
        b"BC\xc0\xdebitcode",
    ]
    interfaces = [interface({"lib/lib.a": archive({"f.o": content})}) for content in objects]
    assert len({each.host for each in interfaces}) == len(objects)


def test_names_of_internal_linkage_and_the_order_of_members_are_invisible(interface: Make) -> None:
    one, other = object_file({"f": 0}), object_file({"g": 0})
    before = interface({"lib/lib.a": archive({"f.o": one, "g.o": other})})
    static = object_file({"f": 0, "helper": LOCAL})
    for members in ({"g.o": other, "f.o": one}, {"f.o": static, "g.o": other}):
        after = interface({"lib/lib.a": archive(members)})
        assert seen(before, after) == {"whole", "libraries"}


def test_a_library_of_unknown_symbols_counts_wholly(interface: Make) -> None:
    for content in (b"!<thin>\n1", b"INPUT(libz.a)", archive({"f.bc": b"BC\xc0\xde1"})):
        before = interface({"lib/lib.a": content})
        after = interface({"lib/lib.a": content.replace(b"1", b"2").replace(b"z", b"y")})
        assert seen(before, after) == {"whole", "host", "libraries"}


def test_an_interface_is_read_from_its_json(interface: Make) -> None:
    written = interface({"lib/libz.a": archive({})}, depends=["zlib"])
    assert Interface.from_json(json.loads(json.dumps(written.to_json()))) == written


@pytest.mark.parametrize(
    "change",
    [
        {"whole": "0"},
        {"host": 5},
        {"libraries": {"lib/libz.a": "G" * 64}},
        {"libraries": ["lib/libz.a"]},
        {"libraries": None},
        {"depends": "zlib"},
        {"depends": [5]},
    ],
)
def test_malformed_json_is_an_error(change: Mapping[str, Any]) -> None:
    digest = "0" * 64
    sound = {"whole": digest, "host": digest, "libraries": {}, "depends": []}
    Interface.from_json(sound)
    for fields in ({**sound, **change}, {k: v for k, v in sound.items() if k not in change}, None):
        with pytest.raises((KeyError, TypeError, ValueError)):
            Interface.from_json(fields)


def damaged(folder: Path) -> dict[str, Path]:
    """Damaged packages, by the text that the error must have."""
    module = side_module([], {"f": INT_TO_INT})
    cut = make_package(folder / "cut", {"a": b"content" * 100})
    cut.write_bytes(cut.read_bytes()[:-100])
    return {
        str(cut): cut,
        "No such file or directory": folder / "missing-1.0-h_0.conda",
        "lib/a.so: it is cut short": make_package(folder / "so", {"lib/a.so": module[:-1]}),
        "lib/a.a: it is cut short": make_package(
            folder / "a", {"lib/a.a": archive({"f.o": module})[:-1]}
        ),
        "lib/b.a: f.o: it is cut short": make_package(
            folder / "b", {"lib/b.a": archive({"f.o": module[:-1]})}
        ),
    }


def test_a_damaged_package_is_one_error_with_the_names_of_package_and_file(tmp_path: Path) -> None:
    sound = make_package(tmp_path, {"lib/libz.a": archive({"f.o": object_file({"f": 0})})})
    for text, package in damaged(tmp_path).items():
        operations: list[Callable[[], object]] = [
            lambda package=package: read_interface(package),  # type: ignore[misc]
            lambda package=package: contained_libraries(package, sound),  # type: ignore[misc]
            lambda package=package: contained_libraries(sound, package),  # type: ignore[misc]
        ]
        for operation in operations:
            with pytest.raises(BuildError) as error:
                operation()
            assert text in str(error.value)
            assert str(package) in error.value.message
            assert error.value.help


def test_metadata_of_any_form_causes_no_other_exception(tmp_path: Path) -> None:
    odd = [None, 5, "x", ["x"], {"x": 5}]
    target = tmp_path / "odd-1.0-h_0.conda"
    for value in odd:
        paths = {"a": {"prefix_placeholder": value, "file_mode": value}}
        package = make_package(tmp_path, {"a": b""}, paths=paths)
        for field in ("name", "noarch", "subdir", "track_features", "constrains"):
            copy_with_index(package, target, {field: value})
            for operation in (read_interface, lambda each: contained_libraries(each, each)):
                with contextlib.suppress(BuildError):
                    operation(target)


@pytest.mark.parametrize("depends", [5, [5], ["python [="], [""]])
def test_malformed_dependencies_are_an_error(tmp_path: Path, depends: object) -> None:
    package = tmp_path / "malformed-1.0-h_0.conda"
    copy_with_index(make_package(tmp_path, {}), package, {"depends": depends})
    with pytest.raises(BuildError) as error:
        read_interface(package)
    assert str(package) in error.value.message
    assert "info/index.json" in error.value.message
