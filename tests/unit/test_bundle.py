"""Does the bundle of a package have the files that a page needs?"""

from __future__ import annotations

import hashlib
import re
import shutil
import struct
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from conda_emscripten.bundle import make_bundle, write_bundle
from conda_emscripten.bundle_format import read_bundle, unpack
from conda_emscripten.environment import native_python as built_python
from conda_emscripten.errors import BundleError
from conda_emscripten.page_files import Distribution, modules
from conda_emscripten.project import Project
from tests.harness.built import BUILD_DIR, require
from tests.harness.channels import ABI
from tests.harness.packages import make_package

SITE = "lib/python3.13/site-packages"
WASM = b"\0asm\1\0\0\0"


@pytest.fixture(scope="session")
def native_python() -> Path:
    """A CPython 3.13 of this machine."""
    project = Project.find(BUILD_DIR.parent)
    if any(project.bootstrap_dir.glob("linux-64/python-*.conda")):
        return built_python(project)
    found = shutil.which("python3.13")
    works = found and subprocess.run([found, "--version"], capture_output=True, check=False)
    require(
        bool(works and works.returncode == 0),
        "no python3.13 in PATH or build/bootstrap: run make quickstart",
    )
    return Path(str(found))


def contents(bundle: Path) -> dict[str, bytes]:
    return {path: file.content for path, file in read_bundle(bundle).tree.files.items()}


def test_a_bundle_has_only_the_files_that_a_page_needs(tmp_path: Path) -> None:
    wanted = {
        "lib/libz.so.1": WASM,
        f"{SITE}/numpy/core.cpython-313-wasm32-emscripten.so": WASM,
        f"{SITE}/numpy/data.txt": b"data",
        f"{SITE}/numpy/tests/__init__.py": b"",
        f"{SITE}/numpy/tests/runner.py": b"",
        f"{SITE}/numpy-2.0.dist-info/METADATA": b"Name: numpy",
        "share/zoneinfo/UTC": b"TZif",
    }
    unwanted = [
        "bin/python", "include/zlib.h", "lib/libz.a", "lib/libz.la", "lib/pkgconfig/zlib.pc",
        "lib/cmake/z/z.cmake", "share/man/man3/zlib.3", "share/doc/z/README", "share/info/z.info",
        "etc/conda/activate.d/z.sh", "lib/pyodide/pyodide.asm.wasm",
        "opt/rust/lib/rustlib/wasm32-unknown-emscripten/lib/libcore-98.rlib",
        f"{SITE}/numpy/__pycache__/old.cpython-313.pyc", f"{SITE}/numpy/tests/test_core.py",
        f"{SITE}/numpy/lib/tests/data/big.npy", f"{SITE}/numpy/tests/data/test_data.py",
        f"{SITE}/tests/test_all.py", f"{SITE}/numpy/tests/conftest.py",
        "lib/python3.13/test/test_os.py",
        "lib/python3.13/config-3.13-wasm32-emscripten/Makefile",
    ]  # fmt: skip
    package = make_package(tmp_path, {**wanted, **dict.fromkeys(unwanted, b"x")})
    write_bundle(package, tmp_path / "pkg.lz4b", abi=ABI, python=None)
    assert contents(tmp_path / "pkg.lz4b") == wanted
    tree = read_bundle(tmp_path / "pkg.lz4b").tree
    assert tree.libraries == [
        "lib/libz.so.1",
        f"{SITE}/numpy/core.cpython-313-wasm32-emscripten.so",
    ]


def test_a_package_without_files_for_a_page_has_no_bundle(tmp_path: Path) -> None:
    package = make_package(tmp_path, {"lib/libz.a": b"ar", "etc/conda/activate.d/a.sh": b""})
    bundle = write_bundle(package, tmp_path / "pkg.lz4b", abi=ABI, python=None)
    assert (bundle.file, bundle.size, bundle.sha256) == (None, 0, None)
    assert bundle.package_sha256 == hashlib.sha256(package.read_bytes()).hexdigest()
    assert list(tmp_path.iterdir()) == [package]


def test_a_noarch_python_package_goes_to_site_packages(tmp_path: Path) -> None:
    files = {"site-packages/six.py": b"x = 1\n", "python-scripts/six": b"#!", "share/a": b"a"}
    package = make_package(tmp_path, files, subdir="noarch", noarch="python")
    bundle = write_bundle(package, tmp_path / "pkg.lz4b", abi=ABI, python=None)
    assert set(contents(tmp_path / "pkg.lz4b")) == {f"{SITE}/six.py", "share/a"}
    assert bundle.imports == ("six",)


def test_entry_points_become_scripts(tmp_path: Path) -> None:
    package = make_package(
        tmp_path,
        {"site-packages/six.py": b""},
        noarch="python",
        entry_points=["six = six:main", "py.six-1=a.b:Class.run [extra]"],
    )
    write_bundle(package, tmp_path / "pkg.lz4b", abi=ABI, python=None)
    files = read_bundle(tmp_path / "pkg.lz4b").tree.files
    assert set(files) == {f"{SITE}/six.py", "bin/six", "bin/py.six-1"}
    script = files["bin/py.six-1"]
    assert script.mode == 0o755
    assert b"from a.b import Class\n" in script.content
    assert b"sys.exit(Class.run())\n" in script.content


@pytest.mark.parametrize("entry_point", ["../six = six:main", "six", "six = six:main; import x"])
def test_a_malformed_entry_point_is_refused(tmp_path: Path, entry_point: str) -> None:
    package = make_package(tmp_path, {"a": b""}, noarch="python", entry_points=[entry_point])
    with pytest.raises(BundleError, match=r"the entry point .* is not name = module:function"):
        write_bundle(package, tmp_path / "pkg.lz4b", abi=ABI, python=None)


def test_the_python_projects_in_a_package_are_read_from_their_metadata(tmp_path: Path) -> None:
    metadata = [
        "Metadata-Version: 2.1",
        "Name: Ruamel.YAML",
        "Version: 0.18.6.post1",
        "Requires-Dist: six >=1",
        'Requires-Dist: mercurial; extra == "docs"',
        'Requires-Dist: extra-things; python_version > "3"',
        'Requires-Dist: tomli; (python_version > "3") and extra=="toml"',
        "",
        "Requires-Dist: not-me; extra == 'x'",
    ]
    files = {
        "site-packages/ruamel/yaml.py": b"",
        "site-packages/ruamel.yaml-0.18.6.dist-info/METADATA": "\n".join(metadata).encode(),
        "site-packages/nameless-1.dist-info/METADATA": b"Version: 1\n",
        "site-packages/setuptools/_vendor/wheel-1.dist-info/METADATA": b"Name: wheel\nVersion: 1\n",
    }
    package = make_package(tmp_path, files, name="yaml-r", subdir="noarch", noarch="python")
    bundle = write_bundle(package, tmp_path / "pkg.lz4b", abi=ABI, python=None)
    assert bundle.distributions == {
        "ruamel-yaml": Distribution(
            version="0.18.6.post1",
            extras=(
                'mercurial; extra == "docs"',
                'tomli; (python_version > "3") and extra=="toml"',
            ),
        )
    }


@pytest.mark.parametrize(
    ("requirement", "is_of_extra"),
    [
        ("a; extra == 'x'", True),
        ("a[x] >=1; (python_version > '3') or extra=='y'", True),
        ("a; sys_platform == 'extra'", False),
        ("extra; python_version > '3'", False),
        ("extra >= 1", False),
        ("a; this is no marker but says extra", False),
    ],
)
def test_a_requirement_belongs_to_an_extra_if_its_marker_names_the_extra(
    tmp_path: Path, requirement: str, is_of_extra: bool
) -> None:
    metadata = f"Name: a\nVersion: 1\nRequires-Dist: {requirement}\n".encode()
    package = make_package(tmp_path, {f"{SITE}/a-1.dist-info/METADATA": metadata})
    bundle = write_bundle(package, tmp_path / "pkg.lz4b", abi=ABI, python=None)
    assert bundle.distributions["a"].extras == ((requirement,) if is_of_extra else ())


def test_two_files_with_the_same_path_in_the_page_are_refused(tmp_path: Path) -> None:
    files = {"site-packages/a.py": b"1", f"{SITE}/a.py": b"2"}
    package = make_package(tmp_path, files, noarch="python", subdir="noarch")
    with pytest.raises(BundleError, match=r"pkg-1\.0-h_0\.conda: two of its files") as caught:
        write_bundle(package, tmp_path / "pkg.lz4b", abi=ABI, python=None)
    assert f"{SITE}/a.py" in caught.value.message
    assert list(tmp_path.iterdir()) == [package]


def test_the_prefix_of_the_build_becomes_the_mount_point(tmp_path: Path) -> None:
    placeholder = "/build/placehold_placehold"
    text = {"prefix_placeholder": placeholder, "file_mode": "text"}
    binary = {"prefix_placeholder": placeholder, "file_mode": "binary"}
    files = {
        "lib/text": f"a={placeholder}/lib\nb={placeholder}\n".encode(),
        "lib/binary": f"1\0{placeholder}/lib:{placeholder}/x\0end".encode(),
        "lib/other": placeholder.encode(),
    }
    paths = {"lib/text": text, "lib/binary": binary}
    package = make_package(tmp_path, files, paths=paths)
    write_bundle(package, tmp_path / "pkg.lz4b", abi=ABI, python=None)
    read = contents(tmp_path / "pkg.lz4b")
    assert read["lib/text"] == b"a=/lib\nb=/\n"
    assert read["lib/binary"] == b"1\0/lib:/x".ljust(len(files["lib/binary"]) - 4, b"\0") + b"\0end"
    assert read["lib/other"] == placeholder.encode()


def test_a_link_is_in_the_bundle_if_its_target_is(tmp_path: Path) -> None:
    files: dict[str, bytes | tuple[bytes, str]] = {
        "lib/libz.so.1": WASM,
        "lib/libz.so": (tarfile.SYMTYPE, "libz.so.1"),
        "lib/hard.so": (tarfile.LNKTYPE, "lib/libz.so.1"),
        "share/headers": (tarfile.SYMTYPE, "../include/z"),
        "include/z/z.h": b"",
    }
    write_bundle(make_package(tmp_path, files), tmp_path / "pkg.lz4b", abi=ABI, python=None)
    assert read_bundle(tmp_path / "pkg.lz4b").tree.symlinks == {"lib/libz.so": "libz.so.1"}
    assert contents(tmp_path / "pkg.lz4b") == {"lib/libz.so.1": WASM, "lib/hard.so": WASM}


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"../evil": b""}, "'../evil' is not a plain relative path"),
        ({"lib/../../evil": b""}, "is not a plain relative path"),
        ({"/etc/passwd": b""}, "'/etc/passwd' is not a plain relative path"),
        ({"lib/l": (tarfile.SYMTYPE, "../../etc")}, "link lib/l points outside, to '../../etc'"),
        ({"lib/l": (tarfile.SYMTYPE, "/etc/passwd")}, "link lib/l points outside"),
        ({"lib/l": (tarfile.LNKTYPE, "../etc/passwd")}, "hard link 'lib/l' points outside"),
        ({"lib/l": (tarfile.SYMTYPE, "x"), "lib/l/y": b""}, "'lib/l' is used twice"),
        ({"dev/null": (tarfile.CHRTYPE, "")}, "'dev/null' is neither a file nor a link"),
    ],
)
def test_an_unsafe_package_is_refused(tmp_path: Path, files: dict[str, Any], message: str) -> None:
    package = make_package(tmp_path, files)
    with pytest.raises(BundleError, match=re.escape(message)) as caught:
        write_bundle(package, tmp_path / "pkg.lz4b", abi=ABI, python=None)
    assert str(package) in str(caught.value)
    assert list(tmp_path.iterdir()) == [package]


def test_a_file_with_another_sha256_than_in_paths_json_is_refused(tmp_path: Path) -> None:
    paths = {"lib/a": {"sha256": hashlib.sha256(b"promised").hexdigest()}}
    package = make_package(tmp_path, {"lib/a": b"other"}, paths=paths)
    with pytest.raises(BundleError, match=r"lib/a is not the file that info/paths\.json describes"):
        write_bundle(package, tmp_path / "pkg.lz4b", abi=ABI, python=None)


@pytest.mark.parametrize("size", [0, 10, 300, -5])
def test_a_truncated_package_is_refused(tmp_path: Path, size: int) -> None:
    package = make_package(tmp_path, {"lib/a": b"a"})
    package.write_bytes(package.read_bytes()[:size])
    with pytest.raises(BundleError, match="is not a sound conda package"):
        write_bundle(package, tmp_path / "pkg.lz4b", abi=ABI, python=None)


def test_byte_code_is_beside_its_source_and_never_checked(
    tmp_path: Path, native_python: Path
) -> None:
    files = {
        f"{SITE}/mod/__init__.py": b"def f():\n    return {'a', 'b', 'c'}\n",
        f"{SITE}/mod/broken.py": b"def f(:\n",
        f"{SITE}/mod/__pycache__/stale.cpython-313.pyc": b"stale",
    }
    write_bundle(
        make_package(tmp_path, files), tmp_path / "pkg.lz4b", abi=ABI, python=native_python
    )
    read = contents(tmp_path / "pkg.lz4b")
    code = f"{SITE}/mod/__pycache__/__init__.cpython-313.pyc"
    assert list(read) == [code, f"{SITE}/mod/__init__.py", f"{SITE}/mod/broken.py"]
    # PEP 552: flags 1 mean "hash based, not checked". The path is the path in the page.
    assert struct.unpack_from("<I", read[code], 4) == (1,)
    assert f"/{SITE}/mod/__init__.py".encode() in read[code]
    assert str(tmp_path).encode() not in read[code]


def test_the_same_package_gives_the_same_bundle(tmp_path: Path, native_python: Path) -> None:
    files = {f"{SITE}/m{n}.py": f"X = {{'a', 'b', {n}}}\nY = 'shared'\n".encode() for n in range(9)}
    package = make_package(tmp_path, files)
    made = [
        write_bundle(package, tmp_path / f"{n}.lz4b", abi=ABI, python=native_python).sha256
        for n in range(2)
    ]
    assert made[0] == made[1]


def test_the_start_up_modules_are_first_in_the_interpreter_s_bundle(
    tmp_path: Path, native_python: Path
) -> None:
    names = ["aifc", "ast", "encodings/utf_8", "zipapp", "typing"]
    files = {f"lib/python3.13/{name}.py": b"" for name in names}
    package = make_package(tmp_path, files, name="python")
    write_bundle(package, tmp_path / "p.lz4b", abi=ABI, python=native_python)
    order = [path.split("/")[-1].split(".")[0] for path in contents(tmp_path / "p.lz4b")][:5]
    assert set(order[:3]) == {"utf_8", "ast", "typing"}
    assert order[3:] == ["aifc", "zipapp"]


def test_the_often_imported_modules_are_the_interpreter_s_second_part(
    tmp_path: Path, native_python: Path
) -> None:
    source = b"# " + b"x" * 100_000
    names = ["ast", "chunk", "random", "this", "typing", "zipfile/__init__"]
    files = {f"lib/python3.13/{name}.py": source for name in names}
    side_modules = {
        f"lib/python3.13/lib-dynload/{n}.so": b"\0asm" for n in ("_decimal", "_sqlite3")
    }
    package = make_package(tmp_path, files | side_modules, name="python")
    _, made = make_bundle(package, file="p.lz4b", abi=ABI, python=native_python)
    assert list(made) == ["p.1.lz4b", "p.2.lz4b", "p.3.lz4b", "p.4.lz4b"]
    tree = unpack(b"".join(made.values())).tree
    code = [[path.split("/")[-1].split(".")[0] for path in part] for part in tree.late]
    sources = [Path(name).name for name in names]
    assert code == [["random", "__init__", "_decimal"], ["chunk", "this", "_sqlite3"], sources]
    assert tree.libraries == []  # an import compiles them


def test_a_python_that_cannot_compile_is_reported(tmp_path: Path) -> None:
    package = make_package(tmp_path, {f"{SITE}/a.py": b""})
    with pytest.raises(BundleError, match="nopython: cannot be run to compile byte code"):
        write_bundle(package, tmp_path / "pkg.lz4b", abi=ABI, python=tmp_path / "nopython")
    other = tmp_path / "other"
    other.write_text("#!/bin/sh\necho it is cpython-312 >&2; exit 1\n")
    other.chmod(0o755)
    with pytest.raises(BundleError, match=r"it is cpython-312\. Use a native CPython 3\.13"):
        write_bundle(package, tmp_path / "pkg.lz4b", abi=ABI, python=other)


def test_a_folder_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    package = make_package(tmp_path, {"lib/a": b"a"})
    with pytest.raises(BundleError, match=r"missing/pkg\.lz4b: cannot be written"):
        write_bundle(package, tmp_path / "missing" / "pkg.lz4b", abi=ABI, python=None)


def test_modules_are_named_as_they_are_imported() -> None:
    assert modules(
        [
            f"{SITE}/six.py",
            f"{SITE}/numpy/__init__.py",
            f"{SITE}/numpy/linalg/__init__.py",
            f"{SITE}/numpy/_core.cpython-313-wasm32-emscripten.so",
            f"{SITE}/_cffi_backend.cpython-313-wasm32-emscripten.so",
            f"{SITE}/google/protobuf/__init__.py",
            f"{SITE}/google/protobuf/message.py",
            f"{SITE}/zope/interface.abi3.so",
            f"{SITE}/numpy-2.0.dist-info/METADATA",
            "lib/python3.13/ssl.py",
            "lib/python3.13/lib-dynload/_ssl.cpython-313-wasm32-emscripten.so",
            "lib/libfoo.so",
            "share/x.py",
        ],
        ABI,
    ) == ["_cffi_backend", "_ssl", "google.protobuf", "numpy", "six", "ssl", "zope.interface"]
