"""Does the bundler keep what a page needs, and does the channel say so?"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import struct
import subprocess
import tarfile
import time
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgpack
import pytest
import zstandard

from conda_emscripten import bundle as bundle_module
from conda_emscripten.bundle import Bundle, bundle_channel, read_bundle, write_bundle
from conda_emscripten.channel import Channel
from conda_emscripten.environment import native_python as built_python
from conda_emscripten.errors import BundleError, CondaEmscriptenError
from conda_emscripten.payload import Distribution, modules
from conda_emscripten.project import Project
from tests.conftest import BUILD_DIR, require

SITE = "lib/python3.13/site-packages"
WASM = b"\0asm\1\0\0\0"


@pytest.fixture(scope="session")
def native_python() -> Path:
    """A CPython 3.13 of this machine."""
    project = Project.find(BUILD_DIR.parent)
    if any(project.bootstrap_dir.glob("linux-64/python-*.conda")):
        return built_python(project)
    found = shutil.which("python3.13")
    works = found and subprocess.run([found, "--version"], capture_output=True).returncode == 0
    require(bool(works), "no python3.13 in PATH or build/bootstrap: run make quickstart")
    return Path(str(found))


def tar(files: Mapping[str, bytes | tuple[bytes, str]]) -> bytes:
    """A .tar.zst; a tuple is a member that is no file: its tar type and link target."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            if isinstance(content, tuple):
                member.type, member.linkname = content
                archive.addfile(member)
            else:
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    return zstandard.compress(buffer.getvalue())


def make_package(
    folder: Path,
    files: Mapping[str, bytes | tuple[bytes, str]],
    *,
    name: str = "pkg",
    version: str = "1.0",
    subdir: str = "emscripten-wasm32",
    noarch: str | None = None,
    depends: Sequence[str] = (),
    paths: Mapping[str, Mapping[str, Any]] | None = None,
    entry_points: Sequence[str] | None = None,
) -> Path:
    """A .conda package, made without any of the code under test."""
    stem = f"{name}-{version}-h_0"
    index: dict[str, Any] = {
        "name": name,
        "version": version,
        "build": "h_0",
        "build_number": 0,
        "subdir": subdir,
        "depends": list(depends),
    }
    if noarch:
        index["noarch"] = noarch
    entries = [
        {"_path": path, "path_type": "hardlink", **(paths or {}).get(path, {})} for path in files
    ]
    info = {
        "info/index.json": json.dumps(index).encode(),
        "info/paths.json": json.dumps({"paths": entries, "paths_version": 1}).encode(),
    }
    if entry_points is not None:
        link = {"noarch": {"type": "python", "entry_points": list(entry_points)}}
        info["info/link.json"] = json.dumps(link).encode()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{stem}.conda"
    with zipfile.ZipFile(path, "w") as container:
        container.writestr("metadata.json", '{"conda_pkg_format_version": 2}')
        container.writestr(f"pkg-{stem}.tar.zst", tar(files))
        container.writestr(f"info-{stem}.tar.zst", tar(info))
    return path


def contents(bundle: Path) -> dict[str, bytes]:
    return {path: file.content for path, file in read_bundle(bundle).tree.files.items()}


def test_only_what_a_page_needs_is_kept(tmp_path: Path) -> None:
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
        f"{SITE}/numpy/__pycache__/old.cpython-313.pyc", f"{SITE}/numpy/tests/test_core.py",
        f"{SITE}/numpy/lib/tests/data/big.npy", f"{SITE}/numpy/tests/data/test_data.py",
        f"{SITE}/tests/test_all.py", f"{SITE}/numpy/tests/conftest.py",
        "lib/python3.13/test/test_os.py",
        "lib/python3.13/config-3.13-wasm32-emscripten/Makefile",
    ]  # fmt: skip
    package = make_package(tmp_path, {**wanted, **dict.fromkeys(unwanted, b"x")})
    write_bundle(package, tmp_path / "pkg.lz4b", python=None)
    assert contents(tmp_path / "pkg.lz4b") == wanted
    tree = read_bundle(tmp_path / "pkg.lz4b").tree
    assert tree.libraries == [
        "lib/libz.so.1",
        f"{SITE}/numpy/core.cpython-313-wasm32-emscripten.so",
    ]


def test_a_package_without_such_files_gets_no_bundle(tmp_path: Path) -> None:
    package = make_package(tmp_path, {"lib/libz.a": b"ar", "etc/conda/activate.d/a.sh": b""})
    bundle = write_bundle(package, tmp_path / "pkg.lz4b", python=None)
    assert (bundle.file, bundle.size, bundle.sha256) == (None, 0, None)
    assert bundle.package_sha256 == hashlib.sha256(package.read_bytes()).hexdigest()
    assert list(tmp_path.iterdir()) == [package]


def test_a_noarch_python_package_goes_to_site_packages(tmp_path: Path) -> None:
    files = {"site-packages/six.py": b"x = 1\n", "python-scripts/six": b"#!", "share/a": b"a"}
    package = make_package(tmp_path, files, subdir="noarch", noarch="python")
    bundle = write_bundle(package, tmp_path / "pkg.lz4b", python=None)
    assert set(contents(tmp_path / "pkg.lz4b")) == {f"{SITE}/six.py", "share/a"}
    assert bundle.imports == ("six",)


def test_entry_points_become_scripts(tmp_path: Path) -> None:
    package = make_package(
        tmp_path,
        {"site-packages/six.py": b""},
        noarch="python",
        entry_points=["six = six:main", "py.six-1=a.b:Class.run [extra]"],
    )
    write_bundle(package, tmp_path / "pkg.lz4b", python=None)
    files = read_bundle(tmp_path / "pkg.lz4b").tree.files
    assert set(files) == {f"{SITE}/six.py", "bin/six", "bin/py.six-1"}
    script = files["bin/py.six-1"]
    assert script.mode == 0o755
    assert b"from a.b import Class\n" in script.content
    assert b"sys.exit(Class.run())\n" in script.content


@pytest.mark.parametrize("entry_point", ["../six = six:main", "six", "six = six:main; import x"])
def test_another_entry_point_is_refused(tmp_path: Path, entry_point: str) -> None:
    package = make_package(tmp_path, {"a": b""}, noarch="python", entry_points=[entry_point])
    with pytest.raises(BundleError, match=r"the entry point .* is not name = module:function"):
        write_bundle(package, tmp_path / "pkg.lz4b", python=None)


def test_the_python_projects_in_a_package_are_told_by_their_metadata(tmp_path: Path) -> None:
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
    bundle = write_bundle(package, tmp_path / "pkg.lz4b", python=None)
    assert bundle.distributions == {
        "ruamel-yaml": Distribution(
            version="0.18.6.post1",
            extras=(
                'mercurial; extra == "docs"',
                'tomli; (python_version > "3") and extra=="toml"',
            ),
        )
    }
    assert Bundle.from_kept(bundle.package, bundle.to_kept()) == bundle


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
    write_bundle(package, tmp_path / "pkg.lz4b", python=None)
    read = contents(tmp_path / "pkg.lz4b")
    assert read["lib/text"] == b"a=/lib\nb=/\n"
    assert read["lib/binary"] == b"1\0/lib:/x".ljust(len(files["lib/binary"]) - 4, b"\0") + b"\0end"
    assert read["lib/other"] == placeholder.encode()


def test_links_are_kept_unless_their_target_is_not(tmp_path: Path) -> None:
    files: dict[str, bytes | tuple[bytes, str]] = {
        "lib/libz.so.1": WASM,
        "lib/libz.so": (tarfile.SYMTYPE, "libz.so.1"),
        "lib/hard.so": (tarfile.LNKTYPE, "lib/libz.so.1"),
        "share/headers": (tarfile.SYMTYPE, "../include/z"),
        "include/z/z.h": b"",
    }
    write_bundle(make_package(tmp_path, files), tmp_path / "pkg.lz4b", python=None)
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
        write_bundle(package, tmp_path / "pkg.lz4b", python=None)
    assert str(package) in str(caught.value)
    assert list(tmp_path.iterdir()) == [package]


def test_a_file_that_is_not_the_promised_one_is_refused(tmp_path: Path) -> None:
    paths = {"lib/a": {"sha256": hashlib.sha256(b"promised").hexdigest()}}
    package = make_package(tmp_path, {"lib/a": b"other"}, paths=paths)
    with pytest.raises(BundleError, match=r"lib/a is not the file that info/paths\.json describes"):
        write_bundle(package, tmp_path / "pkg.lz4b", python=None)


@pytest.mark.parametrize("size", [0, 10, 300, -5])
def test_a_truncated_package_is_refused(tmp_path: Path, size: int) -> None:
    package = make_package(tmp_path, {"lib/a": b"a"})
    package.write_bytes(package.read_bytes()[:size])
    with pytest.raises(BundleError, match="is not a sound conda package"):
        write_bundle(package, tmp_path / "pkg.lz4b", python=None)


def test_byte_code_lies_beside_its_source_and_is_never_checked(
    tmp_path: Path, native_python: Path
) -> None:
    files = {
        f"{SITE}/mod/__init__.py": b"def f():\n    return {'a', 'b', 'c'}\n",
        f"{SITE}/mod/broken.py": b"def f(:\n",
        f"{SITE}/mod/__pycache__/stale.cpython-313.pyc": b"stale",
    }
    write_bundle(make_package(tmp_path, files), tmp_path / "pkg.lz4b", python=native_python)
    read = contents(tmp_path / "pkg.lz4b")
    code = f"{SITE}/mod/__pycache__/__init__.cpython-313.pyc"
    assert list(read) == [code, f"{SITE}/mod/__init__.py", f"{SITE}/mod/broken.py"]
    # PEP 552: flags 1 is "hash based, not checked"; the path is the one in the page.
    assert struct.unpack_from("<I", read[code], 4) == (1,)
    assert f"/{SITE}/mod/__init__.py".encode() in read[code]
    assert str(tmp_path).encode() not in read[code]


def test_the_same_package_gives_the_same_bundle(tmp_path: Path, native_python: Path) -> None:
    files = {f"{SITE}/m{n}.py": f"X = {{'a', 'b', {n}}}\nY = 'shared'\n".encode() for n in range(9)}
    package = make_package(tmp_path, files)
    made = [
        write_bundle(package, tmp_path / f"{n}.lz4b", python=native_python).sha256 for n in range(2)
    ]
    assert made[0] == made[1]


def test_start_up_comes_first_in_the_interpreter_s_bundle(
    tmp_path: Path, native_python: Path
) -> None:
    names = ["aifc", "ast", "encodings/utf_8", "zipapp", "typing"]
    files = {f"lib/python3.13/{name}.py": b"" for name in names}
    package = make_package(tmp_path, files, name="python")
    write_bundle(package, tmp_path / "p.lz4b", python=native_python)
    order = [path.split("/")[-1].split(".")[0] for path in contents(tmp_path / "p.lz4b")][:5]
    assert set(order[:3]) == {"utf_8", "ast", "typing"}
    assert order[3:] == ["aifc", "zipapp"]


def test_a_python_that_cannot_compile_is_reported(tmp_path: Path) -> None:
    package = make_package(tmp_path, {f"{SITE}/a.py": b""})
    with pytest.raises(BundleError, match="nopython: cannot be run to compile byte code"):
        write_bundle(package, tmp_path / "pkg.lz4b", python=tmp_path / "nopython")
    other = tmp_path / "other"
    other.write_text("#!/bin/sh\necho it is cpython-312 >&2; exit 1\n")
    other.chmod(0o755)
    with pytest.raises(BundleError, match=r"it is cpython-312 It must be a native CPython 3\.13"):
        write_bundle(package, tmp_path / "pkg.lz4b", python=other)


def test_a_folder_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    package = make_package(tmp_path, {"lib/a": b"a"})
    with pytest.raises(BundleError, match=r"missing/pkg\.lz4b: cannot be written"):
        write_bundle(package, tmp_path / "missing" / "pkg.lz4b", python=None)


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
        ]
    ) == ["_cffi_backend", "_ssl", "google.protobuf", "numpy", "six", "ssl", "zope.interface"]


def make_channel(folder: Path) -> Path:
    """python (with a dependency that has no files), numpy and six, indexed."""
    native, noarch = folder / "emscripten-wasm32", folder / "noarch"
    make_package(noarch, {}, name="emscripten-abi", subdir="noarch", noarch="generic")
    make_package(native, {"lib/python3.13/os.py": b""}, name="python", depends=["emscripten-abi"])
    make_package(native, {f"{SITE}/numpy/__init__.py": b""}, name="numpy", depends=["python"])
    six = {
        "site-packages/six.py": b"",
        "site-packages/six-1.0.dist-info/METADATA": b"Name: six\nVersion: 1.0\n",
    }
    make_package(noarch, six, name="six", subdir="noarch", noarch="python", depends=["python"])
    index(folder)
    return folder


def index(channel: Path) -> None:
    Channel(path=channel, subdirs=("emscripten-wasm32", "noarch")).index(force=True)


def load_json(path: Path) -> Any:
    return json.loads(path.read_text())


def bundle_entry(bundle: Bundle) -> dict[str, Any]:
    return {
        "bundle": bundle.file,
        "size": bundle.size,
        "sha256": bundle.sha256,
        "head_size": bundle.head_size,
        "head_sha256": bundle.head_sha256,
        "package_sha256": bundle.package_sha256,
        "imports": list(bundle.imports),
        "distributions": {
            name: {"version": found.version, "extras": list(found.extras)}
            for name, found in bundle.distributions.items()
        },
    }


def test_a_channel_gets_its_bundles_and_their_json_files(tmp_path: Path) -> None:
    channel = make_channel(tmp_path)
    bundles = {bundle.package: bundle for bundle in bundle_channel(channel, python=None)}
    assert {name: bundle.file for name, bundle in bundles.items()} == {
        "numpy-1.0-h_0.conda": "numpy-1.0-h_0.lz4b",
        "python-1.0-h_0.conda": "python-1.0-h_0.lz4b",
        "emscripten-abi-1.0-h_0.conda": None,
        "six-1.0-h_0.conda": "six-1.0-h_0.lz4b",
    }
    six = bundles["six-1.0-h_0.conda"]
    data = (channel / "noarch" / "six-1.0-h_0.lz4b").read_bytes()
    assert (six.size, six.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    listed = load_json(channel / "noarch" / "bundles.json")
    assert (listed["version"], listed["subdir"]) == (2, "noarch")
    assert listed["bundles"] == {
        name: bundle_entry(bundles[name])
        for name in ("emscripten-abi-1.0-h_0.conda", "six-1.0-h_0.conda")
    }
    assert load_json(channel / "imports.json") == {
        "version": 1,
        "imports": {"numpy": "numpy", "six": "six"},
    }
    lock = load_json(channel / "lock.json")
    assert [package["name"] for package in lock["packages"]] == ["emscripten-abi", "python", "six"]
    python = lock["packages"][1]
    assert python["file"] == "python-1.0-h_0.conda"
    assert python["bundle_sha256"] == bundles["python-1.0-h_0.conda"].sha256
    assert python["depends"] == ["emscripten-abi"]


def test_the_default_lock_has_all_that_goes_together(tmp_path: Path) -> None:
    channel = make_channel(tmp_path)
    native = channel / "emscripten-wasm32"
    for name, depends in {
        "old": ["numpy 0.*"],
        "new": ["numpy 1.*"],
        "missing": ["nothing-of-this-name"],
    }.items():
        make_package(native, {f"{SITE}/{name}.py": b""}, name=name, depends=depends)
    index(channel)
    bundle_channel(channel, python=None)
    lock = load_json(channel / "default-lock.json")
    names = [package["name"] for package in lock["packages"]]
    assert names == ["emscripten-abi", "new", "numpy", "python", "six"]
    assert lock["specs"] == ["python", "six", "new", "numpy"]
    start = load_json(channel / "lock.json")["packages"]
    assert all(package in lock["packages"] for package in start)


def test_only_what_changed_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = make_channel(tmp_path)
    bundle_channel(channel, python=None)
    made: list[str] = []

    def recorded(package: Path, output: Path, *, python: Path | None) -> Bundle:
        made.append(package.name)
        return write_bundle(package, output, python=python)

    monkeypatch.setattr(bundle_module, "write_bundle", recorded)
    bundle_channel(channel, python=None)
    assert made == []
    make_package(channel / "emscripten-wasm32", {f"{SITE}/numpy.py": b"new"}, name="numpy")
    (channel / "noarch" / "six-1.0-h_0.lz4b").unlink()
    index(channel)
    bundle_channel(channel, python=None)
    assert made == ["numpy-1.0-h_0.conda", "six-1.0-h_0.conda"]


def test_a_file_is_read_again_only_if_it_may_have_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = make_channel(tmp_path)
    packages = list(channel.glob("*/*.conda"))
    read: list[str] = []

    def recorded(path: Path) -> str:
        read.append(path.name)
        return hashlib.sha256(path.read_bytes()).hexdigest()

    monkeypatch.setattr(bundle_module, "sha256_file", recorded)
    late = time.time() + 600
    for path in packages:
        os.utime(path, (late, late))
    bundle_channel(channel, python=None)
    assert len(read) == len(packages)
    read.clear()
    bundle_channel(channel, python=None)
    assert len(read) == len(packages)  # none was written a second before it was read
    old = time.time() - 10
    for path in packages:
        os.utime(path, (old, old))
    bundle_channel(channel, python=None)
    read.clear()
    bundle_channel(channel, python=None)
    assert read == []
    # Other bytes of the same size and time within the second of the read.
    six = channel / "noarch" / "six-1.0-h_0.conda"
    os.utime(six, (late, late))
    bundle_channel(channel, python=None)
    stat = six.stat()
    data = bytearray(six.read_bytes())
    changed = data.replace(b"metadata.json", b"metadatA.json")
    assert changed != data
    six.write_bytes(changed)
    os.utime(six, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    Channel(path=channel, subdirs=("noarch",)).index(force=True)
    bundles = {bundle.package: bundle for bundle in bundle_channel(channel, python=None)}
    assert bundles[six.name].package_sha256 == hashlib.sha256(changed).hexdigest()


def test_shards_say_where_the_bundles_are(tmp_path: Path) -> None:
    channel = make_channel(tmp_path)
    bundles = {bundle.package: bundle for bundle in bundle_channel(channel, python=None)}
    folder = channel / "noarch"
    shards = read_shards(folder)
    assert sorted(shards) == ["emscripten-abi", "six"]
    six = bundles["six-1.0-h_0.conda"]
    assert six.sha256 is not None and six.head_sha256 is not None and six.file is not None
    assert shards["six"]["bundles"] == {
        six.package: {
            "bundle": six.file,
            "size": six.size,
            "sha256": bytes.fromhex(six.sha256),
            "head_size": six.head_size,
            "head_sha256": bytes.fromhex(six.head_sha256),
        }
    }
    head = (folder / six.file).read_bytes()[: six.head_size]
    assert hashlib.sha256(head).hexdigest() == six.head_sha256
    record = shards["six"]["packages.conda"][six.package]
    assert record["sha256"] == bytes.fromhex(six.package_sha256)
    assert shards["emscripten-abi"]["bundles"]["emscripten-abi-1.0-h_0.conda"] == {
        "bundle": None,
        "size": 0,
        "sha256": None,
    }
    before = {path.name: path.stat().st_mtime_ns for path in (folder / "shards").iterdir()}
    make_package(folder, {"share/new": b""}, name="new", subdir="noarch", noarch="generic")
    index(channel)
    assert not (folder / "repodata_shards.msgpack.zst").exists()  # it would not be true
    bundle_channel(channel, python=None)
    after = {path.name: path.stat().st_mtime_ns for path in (folder / "shards").iterdir()}
    assert before.items() < after.items()
    (folder / "new-1.0-h_0.conda").unlink()
    index(channel)
    bundle_channel(channel, python=None)
    assert {path.name for path in (folder / "shards").iterdir()} == set(before)


def read_shards(folder: Path) -> dict[str, Any]:
    """The shards of a subdir by name, as anybody would read them (CEP 16)."""

    def read(path: Path) -> Any:
        return msgpack.unpackb(zstandard.ZstdDecompressor().decompress(path.read_bytes()))

    index = read(folder / "repodata_shards.msgpack.zst")
    found = {}
    for name, digest in index["shards"].items():
        path = folder / index["info"]["shards_base_url"] / f"{digest.hex()}.msgpack.zst"
        assert hashlib.sha256(path.read_bytes()).digest() == digest
        found[name] = read(path)
    return found


def test_what_lost_its_package_is_removed(tmp_path: Path) -> None:
    channel = make_channel(tmp_path)
    bundle_channel(channel, python=None)
    (channel / "noarch" / "six-1.0-h_0.conda").unlink()
    numpy = channel / "emscripten-wasm32" / "numpy-1.0-h_0.lz4b.br"
    for path in (
        numpy,
        channel / "noarch" / "six-1.0-h_0.lz4b.br",
        channel / "noarch" / "other-1.0-h_0.lz4b",
        channel / "noarch" / ".other-1.0-h_0.lz4b.leftover",
    ):
        path.write_bytes(b"")
    index(channel)
    bundle_channel(channel, python=None)
    assert not list((channel / "noarch").glob("*.lz4b*"))
    assert numpy.is_file()
    assert list(load_json(channel / "noarch" / "bundles.json")["bundles"]) == [
        "emscripten-abi-1.0-h_0.conda"
    ]
    assert load_json(channel / "imports.json")["imports"] == {"numpy": "numpy"}


def test_a_module_of_several_packages_leads_to_the_one_of_its_name(tmp_path: Path) -> None:
    channel = make_channel(tmp_path)
    for name in ("b-fork", "a-fork", "yaml"):
        make_package(
            channel / "emscripten-wasm32",
            {
                f"{SITE}/yaml/__init__.py": b"",
                f"{SITE}/_yaml{name[0]}.py": b"",
                f"{SITE}/x.py": b"",
            },
            name=name,
        )
    index(channel)
    bundle_channel(channel, python=None)
    imports = load_json(channel / "imports.json")["imports"]
    assert (imports["yaml"], imports["x"], imports["_yamlb"]) == ("yaml", "a-fork", "b-fork")


def test_after_an_error_the_json_files_still_describe_what_is_there(tmp_path: Path) -> None:
    channel = make_channel(tmp_path)
    bundle_channel(channel, python=None)
    native = channel / "emscripten-wasm32"
    make_package(native, {f"{SITE}/numpy.py": b"new"}, name="numpy")
    make_package(native, {"../evil": b""}, name="zzz")
    index(channel)
    with pytest.raises(BundleError, match="evil"):
        bundle_channel(channel, python=None)
    for entry in load_json(native / "bundles.json")["bundles"].values():
        data = (native / entry["bundle"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == entry["sha256"]
    assert [path.name for path in native.iterdir() if path.name.startswith(".")] == [
        ".bundles.json"
    ]


def test_a_channel_that_is_not_indexed_is_refused(tmp_path: Path) -> None:
    channel = make_channel(tmp_path)
    (channel / "emscripten-wasm32" / "repodata.json").unlink()
    with pytest.raises(BundleError, match="Run `conda-emscripten index` first"):
        bundle_channel(channel, python=None)


def test_a_channel_whose_index_is_old_is_refused(tmp_path: Path) -> None:
    channel = make_channel(tmp_path)
    make_package(channel / "emscripten-wasm32", {"lib/python3.13/a.py": b""}, name="python")
    with pytest.raises(BundleError, match=r"does not describe python-1\.0-h_0\.conda as it is"):
        bundle_channel(channel, python=None)


def test_bundle_errors_are_the_user_s_to_read() -> None:
    assert issubclass(BundleError, CondaEmscriptenError)
