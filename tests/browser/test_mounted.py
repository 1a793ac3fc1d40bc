"""Do inspect, pkgutil, importlib and scripts work with mounted packages as with unpacked ones?

The tests load a package from its bundle, and from the conda package that the page converts.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Mount

from conda_emscripten.environment import native_python
from conda_emscripten.project import Project
from conda_emscripten.serve import Files
from tests.harness.built import ROOT
from tests.harness.channels import index
from tests.harness.packages import write_package
from tests.harness.runtime import Runtime
from tests.harness.server import running

METADATA = b"""Metadata-Version: 2.1
Name: Mounted.Demo
Version: 1.2
Requires-Dist: six
"""
FUNCTION = """def shout(text):
    # A comment that only the source has.
    return text.upper()
"""
COMMAND = "import sys\ndef main():\n    print(*sys.argv[1:])\n    return 3\n"


def files(name: str) -> dict[str, bytes]:
    info = f"site-packages/{name}-1.2.dist-info"
    entry_points = f"[console_scripts]\n{name} = {name}.command:main\n[demo]\nx = {name}:shout\n"
    record = f"{name}/__init__.py,,\n{name}-1.2.dist-info/METADATA,,\n"
    return {
        f"site-packages/{name}/__init__.py": FUNCTION.encode(),
        f"site-packages/{name}/command.py": COMMAND.encode(),
        f"site-packages/{name}/fails.py": b"def fail():\n    raise ValueError('here')\n",
        f"site-packages/{name}/sub/__init__.py": b"",
        f"site-packages/{name}/sub/deep.py": b"value = 7\n",
        f"site-packages/{name}/sub/data.bin": bytes(range(256)) * 1000,
        f"{info}/METADATA": METADATA.replace(b"Mounted.Demo", name.encode()),
        f"{info}/entry_points.txt": entry_points.encode(),
        f"{info}/RECORD": record.encode(),
    }


@pytest.fixture(scope="session")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("mounted")
    for name in ("bundled", "converted"):
        entry_points = [f"{name} = {name}.command:main"]
        write_package(folder, name, "1.2", files(name), entry_points=entry_points)
    # With byte code: Python imports it, and ``inspect`` shows the source.
    index(folder, python=native_python(Project.find(ROOT)))
    cors = Middleware(CORSMiddleware, allow_origins=["*"])
    with running(Starlette(routes=[Mount("/", Files(directory=folder))], middleware=[cors])) as at:
        yield f"{at}/noarch/"


@pytest.fixture(params=["bundled", "converted"])
def name(request: pytest.FixtureRequest, runtime: Runtime, channel: str) -> str:
    """The name of a package that is loaded from its bundle, or from the conda package."""
    name: str = request.param
    suffix = {"bundled": "lz4b", "converted": "conda"}[name]
    runtime.run_js(f"await pyodide.loadPackage('{channel}{name}-1.2-h_0.{suffix}');")
    return name


def test_inspect_shows_sources(runtime: Runtime, name: str) -> None:
    assert (
        runtime.run_python(f"import inspect, {name}; inspect.getsource({name}.shout)") == FUNCTION
    )
    assert runtime.run_python(f"inspect.getsourcefile({name}.shout)").endswith(
        f"/site-packages/{name}/__init__.py"
    )
    cached = runtime.run_python(f"import os; os.path.exists({name}.__spec__.cached)")
    assert cached or name == "converted"


def test_a_traceback_shows_the_line(runtime: Runtime, name: str) -> None:
    code = f"""
        import traceback, {name}.fails
        try:
            {name}.fails.fail()
        except ValueError:
            text = traceback.format_exc()
        text
    """
    assert "line 2, in fail\n    raise ValueError('here')" in runtime.run_python(code)


def test_pkgutil_walks_and_reads(runtime: Runtime, name: str) -> None:
    code = f"""
        import pkgutil, {name}
        found = [module.name for module in pkgutil.walk_packages({name}.__path__, "{name}.")]
        data = pkgutil.get_data("{name}.sub", "data.bin")
        [found, len(data), pkgutil.resolve_name("{name}.sub.deep:value")]
    """
    modules = [f"{name}.{module}" for module in ("command", "fails", "sub", "sub.deep")]
    assert runtime.run_python(code) == [modules, 256_000, 7]


def test_importlib_reads_resources(runtime: Runtime, name: str) -> None:
    code = f"""
        from importlib import resources
        folder = resources.files("{name}.sub")
        names = sorted(file.name for file in folder.iterdir() if file.name != "__pycache__")
        with folder.joinpath("data.bin").open("rb") as file:
            file.seek(255_000)
            content = list(file.read(3))
        with resources.as_file(folder / "data.bin") as path:
            size = path.stat().st_size
        [size, content, names]
    """
    start = 255_000 % 256
    content = [start, start + 1, start + 2]
    assert runtime.run_python(code) == [256_000, content, ["__init__.py", "data.bin", "deep.py"]]


def test_importlib_reads_the_metadata(runtime: Runtime, name: str) -> None:
    code = f"""
        from importlib import metadata
        points = metadata.entry_points(name="{name}", group="console_scripts")
        [
            metadata.version("{name}"),
            metadata.requires("{name}"),
            [point.load().__module__ for point in points],
            next(iter(metadata.entry_points(group="demo", module="{name}"))).load()("x"),
            [str(file) for file in metadata.files("{name}") if file.locate().exists()],
            "{name}" in metadata.packages_distributions(),
        ]
    """
    there = [f"{name}/__init__.py", f"{name}-1.2.dist-info/METADATA"]
    expected = ["1.2", ["six"], [f"{name}.command"], "X", there, True]
    assert runtime.run_python(code) == expected


def test_entry_points_are_scripts(runtime: Runtime, name: str) -> None:
    code = f"""
        import contextlib, io, os, runpy, sys
        arguments, sys.argv = sys.argv, ["/bin/{name}", "one", "two"]
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                runpy.run_path("/bin/{name}", run_name="__main__")
        except SystemExit as error:
            code = error.code
        finally:
            sys.argv = arguments
        [printed.getvalue(), code, os.access("/bin/{name}", os.X_OK)]
    """
    assert runtime.run_python(code) == ["one two\n", 3, True]


def test_written_files_stay_in_memory(runtime: Runtime, name: str) -> None:
    code = f"""
        import importlib.util, pathlib
        folder = pathlib.Path(importlib.util.find_spec("{name}.sub").origin).parent
        data, new = folder / "data.bin", folder / "new.py"
        before = data.read_bytes()
        new.write_text("value = 9")
        with data.open("r+b") as file:
            file.write(b"changed")
        import {name}.sub.new
        changed = data.read_bytes()
        data.write_bytes(before)
        new.unlink()
        [{name}.sub.new.value, changed[:7] == b"changed", changed[7:] == before[7:]]
    """
    assert runtime.run_python(code) == [9, True, True]


def test_conda_meta_lists_the_package(runtime: Runtime, name: str) -> None:
    code = f"""
        import json
        with open("/conda-meta/{name}-1.2-h_0.json") as file:
            record = json.load(file)
        from pathlib import Path
        missing = [path for path in record["files"] if not Path("/", path).exists()]
        [record["name"], record["version"], "bin/{name}" in record["files"], missing]
    """
    assert runtime.run_python(code) == [name, "1.2", True, []]
