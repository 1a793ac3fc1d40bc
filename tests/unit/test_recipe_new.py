"""Which recipes does `recipe new` write?"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conda_emscripten.commands.app import run
from tests.harness.built import ROOT
from tests.harness.sdists import SETUP_PY, FolderIndex
from tests.harness.wheels import make_wheel


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FolderIndex:
    """An empty index, the only one in pip's configuration."""
    folder = tmp_path / "index"
    folder.mkdir()
    made = FolderIndex(folder)
    for key, value in made.env.items():
        monkeypatch.setenv(key, value)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with the recipes of zlib and six."""
    root = tmp_path / "project"
    for name in ("zlib", "six"):
        shutil.copytree(ROOT / "recipes" / name, root / "recipes" / name)
    (root / "channel" / "bootstrap").mkdir(parents=True)
    shutil.copy(ROOT / "conda_build_config.yaml", root)
    return root


def new(root: Path, *arguments: str) -> int:
    """The exit code of ``recipe new`` without a build."""
    return run(["recipe", "new", *arguments, "--no-build", "--root", str(root)])


def test_a_compiled_project_gets_compiler_tools_and_libraries(
    index: FolderIndex, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {
        "setup.py": SETUP_PY.format(touched=str(root / "touched")),
        "pyproject.toml": '[build-system]\nrequires = ["setuptools", "numpy>=2"]',
        "demo/__init__.py": "",
        "demo/c.c": "",
        "LICENSE": "",
    }
    metadata = "License-Expression: MIT\nSummary: A demo.\nHome-page: https://example.org\n"
    index.add(
        "demo",
        files,
        metadata=metadata + "Requires-Dist: six>=1\n",
        wheels=("cp313-cp313-linux_x86_64",),
    )
    assert new(root, "demo", "--maintainer", "octo") == 0
    text = (root / "recipes" / "demo" / "recipe.yaml").read_text()
    assert text == (Path(__file__).parent / "new_recipes" / "compiled.yaml").read_text().replace(
        "SHA256", text.partition("sha256: ")[2][:64]
    )
    assert not (root / "touched").exists()
    assert "no recipe makes cython, numpy, setuptools" in capsys.readouterr().out.replace("\n", " ")


def test_a_project_in_rust_gets_the_compiler_and_the_licences_of_its_crates(
    index: FolderIndex, root: Path
) -> None:
    (root / "recipes" / "rust_emscripten-wasm32").mkdir()
    (root / "recipes" / "rust_emscripten-wasm32" / "recipe.yaml").write_text(
        "package: {name: rust_emscripten-wasm32, version: '1'}\nbuild: {noarch: generic}\n"
    )
    files = {
        "pyproject.toml": '[build-system]\nrequires = ["maturin"]\nbuild-backend = "maturin"',
        "src/lib.rs": "",
        "Cargo.toml": "",
        "LICENSE": "",
    }
    metadata = "License-Expression: MIT\nSummary: A demo\nHome-page: https://example.org\n"
    index.add("demo", files, metadata=metadata, wheels=("cp313-cp313-linux_x86_64",))
    assert new(root, "demo") == 0
    text = (root / "recipes" / "demo" / "recipe.yaml").read_text()
    assert text == (Path(__file__).parent / "new_recipes" / "rust.yaml").read_text().replace(
        "SHA256", text.partition("sha256: ")[2][:64]
    )


def test_a_project_with_wheels_for_every_platform_is_noarch(index: FolderIndex, root: Path) -> None:
    files = {
        "pyproject.toml": '[build-system]\nrequires = ["hatchling"]\n'
        'build-backend = "hatchling.build"\n[project.scripts]\ndemo = "demo:main"',
        "src/demo/__init__.py": "",
        "src/demo/optional.pyx": "",
    }
    metadata = "License-Expression: MIT\nSummary: Demo\nRequires-Python: >=3.9\n"
    index.add("demo", files, metadata=metadata, wheels=("py3-none-any",))
    assert new(root, "demo==1.0") == 0
    text = (root / "recipes" / "demo" / "recipe.yaml").read_text()
    assert text == (Path(__file__).parent / "new_recipes" / "pure.yaml").read_text().replace(
        "SHA256", text.partition("sha256: ")[2][:64]
    )


def test_a_project_without_an_sdist_is_built_from_its_wheel_with_the_licence_in_it(
    index: FolderIndex, root: Path
) -> None:
    info = "demo-1.0.dist-info"
    metadata = b"Name: demo\nVersion: 1.0\nLicense: MIT\n"
    files = {f"{info}/METADATA": metadata, f"{info}/licenses/LICENSE": b"MIT"}
    index.add_wheel(make_wheel("demo", replaced=files))
    assert new(root, "demo") == 0
    text = (root / "recipes" / "demo" / "recipe.yaml").read_text()
    assert "-m pip install *.whl" in text and "-m zipfile --extract *.whl ." in text
    assert f"license_file: {info}/licenses/LICENSE\n" in text


def test_a_project_in_cython_s_pure_python_mode_is_compiled_and_one_of_mypyc_is_not(
    index: FolderIndex, root: Path
) -> None:
    metadata = "License-Expression: MIT\nSummary: A demo\nHome-page: https://example.org\n"
    setup = "from setuptools import setup\nsetup(ext_modules=modules)\n"
    both = ("py3-none-any", "cp313-cp313-linux_x86_64")
    for name, extra in ("in-cython", "fast.pxd"), ("in-mypyc", "fast.pyi"):
        files = {"setup.py": setup, "fast.py": "", extra: "", "LICENSE": ""}
        index.add(name, files, metadata=metadata, wheels=both)
        assert new(root, name) == 0
    recipes = root / "recipes"
    assert "compiler('c')" in (recipes / "in-cython" / "recipe.yaml").read_text()
    assert "noarch: python" in (recipes / "in-mypyc" / "recipe.yaml").read_text()


def test_a_tree_has_the_recipes_that_the_channel_lacks(
    index: FolderIndex, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backend = '[build-system]\nrequires = ["demo-backend"]\nbuild-backend = "b"'
    own = '[build-system]\nrequires = []\nbuild-backend = "b"\nbackend-path = ["."]'
    mit = "License-Expression: MIT\n"
    index.add("demo", {"pyproject.toml": backend}, metadata=f"{mit}Requires-Dist: low[more]<2\n")
    index.add("low", {"pyproject.toml": own}, version="3.0")
    extra = "Provides-Extra: more\nRequires-Dist: extra-only; extra == 'more'\n"
    index.add("low", {"pyproject.toml": own}, version="1.5", metadata=mit + extra)
    index.add("extra-only", {"pyproject.toml": own}, metadata=f"{mit}Requires-Dist: six\n")
    info = "demo_backend-1.0.dist-info"
    metadata = b"Name: demo-backend\nVersion: 1.0\nLicense: ISC\nRequires-Dist: six\n"
    points = b"[console_scripts]\ndemo = demo_backend:main\n"
    added = {f"{info}/METADATA": metadata, f"{info}/entry_points.txt": points}
    index.add_wheel(make_wheel("demo-backend", replaced=added))
    # A tool needs a tool: recipes/six makes a package of the target. It also names the licence.
    six = {"six-1.0.dist-info/METADATA": b"Name: six\nVersion: 1.0\nLicense: Six's own\n"}
    index.add_wheel(make_wheel("six", replaced=six))
    assert new(root, "demo", "--tree") == 0
    written = [line for line in capsys.readouterr().out.splitlines() if line.endswith(".yaml")]
    assert written[-1] == "recipes/demo/recipe.yaml"
    assert {*written[:-1]} == {
        "channel/bootstrap/demo-backend/recipe.yaml",
        "channel/bootstrap/six/recipe.yaml",
        "recipes/extra-only/recipe.yaml",
        "recipes/low/recipe.yaml",
    }
    tool = (root / "channel" / "bootstrap" / "demo-backend" / "recipe.yaml").read_text()
    expected = (Path(__file__).parent / "new_recipes" / "tool.yaml").read_text()
    assert tool == expected.replace("SHA256", tool.partition("sha256: ")[2][:64])
    text = (root / "recipes" / "demo" / "recipe.yaml").read_text()
    assert "    - extra-only\n    - low <2\n" in text
    assert 'version: "1.5"' in (root / "recipes" / "low" / "recipe.yaml").read_text()


def test_the_newest_release_that_fits_the_recipes_of_the_channel_is_taken(
    index: FolderIndex, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = re.findall(r'version: "(.*)"', (root / "recipes" / "six" / "recipe.yaml").read_text())
    for version, need in ("1.0", "six"), ("1.1", f"six>={made[0]}"), ("1.2", "six>=99"):
        metadata = f"License-Expression: MIT\nRequires-Dist: {need}\n"
        index.add("demo", {"demo.py": ""}, version=version, metadata=metadata)
        index.add("strict", {}, version=version, metadata=metadata.replace(need, "six>=99"))
    assert new(root, "demo") == 0
    text = (root / "recipes" / "demo" / "recipe.yaml").read_text()
    assert 'version: "1.1"' in text and f"    - six >={made[0]}\n" in text
    problem = f"needs six >=99, whose recipe makes {made[0]}"
    assert f"demo 1.2 {problem}: looking for an older release" in capsys.readouterr().out
    for wish, version in ("strict", "1.2"), ("strict==1.0", "1.0"):
        assert new(root, wish) != 0
        errors = capsys.readouterr().err.splitlines()
        assert errors[0] == f"error: strict {version} {problem}, and no older release fits."
        assert "recipe bump" in errors[1]
    assert not (root / "recipes" / "strict").exists()


def test_mkpkg_is_another_name(index: FolderIndex, root: Path) -> None:
    index.add("demo", {"demo.py": ""})
    assert run(["mkpkg", "demo", "--no-build", "--root", str(root)]) == 0
    assert (root / "recipes" / "demo" / "recipe.yaml").is_file()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nosuch", "No index in pip's configuration has the project 'nosuch'"),
        ("demo==9", "demo has no release '==9'"),
        ("no metadata!", "is not NAME or NAME==VERSION"),
        ("no-metadata", "has no metadata"),
        ("no-licence", "has no licence that SPDX lists: it says nothing"),
        ("six", "recipes/six exists"),
        ("bad-requirement", "the requirement 'not a ! requirement' cannot be read"),
        ("rusty", "rusty is written in Rust"),
        ("damaged", "cannot be read as an archive"),
    ],
)
def test_bad_input_is_one_error_and_leaves_no_folder(
    index: FolderIndex, root: Path, capsys: pytest.CaptureFixture[str], name: str, message: str
) -> None:
    index.add("demo", {})
    index.add("no-metadata", {}, metadata="")
    index.add("no-licence", {}, metadata="Summary: nothing\n")
    index.add("six", {})
    bad = "License-Expression: MIT\nRequires-Dist: not a ! requirement\n"
    index.add("bad-requirement", {}, metadata=bad)
    rust = '[build-system]\nrequires = ["maturin"]\nbuild-backend = "maturin"'
    index.add("rusty", {"pyproject.toml": rust})
    damaged = index.add("damaged", {})
    damaged.write_bytes(b"\x1f\x8b nonsense")
    page = damaged.parent / "index.html"
    page.write_text(page.read_text().partition("#")[0] + f'">{damaged.name}</a>')
    before = sorted((root / "recipes").iterdir())
    assert new(root, name) != 0
    errors = capsys.readouterr().err.splitlines()
    assert message in errors[0] and errors[1].startswith("help: ") and len(errors) == 2
    assert sorted((root / "recipes").iterdir()) == before


def test_a_dependency_with_an_unknown_licence_is_named_and_can_be_given(
    index: FolderIndex, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index.add(
        "demo",
        {},
        metadata="License-Expression: MIT\nRequires-Dist: low\n",
        wheels=("py3-none-any",),
    )
    index.add("low", {}, metadata="Summary: nothing\n", wheels=("py3-none-any",))
    shutil.copytree(
        ROOT / "channel" / "bootstrap" / "setuptools", root / "channel" / "bootstrap" / "setuptools"
    )
    assert new(root, "demo", "--tree") == 2
    assert "demo needs low: low-1.0.tar.gz has no licence" in capsys.readouterr().err
    assert new(root, "demo", "--tree", "--license", "low=ISC") == 0
    assert "license: ISC" in (root / "recipes" / "low" / "recipe.yaml").read_text()


def test_without_a_network_there_is_one_error(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    assert new(root, "demo") == 4
    errors = capsys.readouterr().err.splitlines()
    assert "cannot be reached" in errors[0] and len(errors) == 2


def test_an_interrupted_command_leaves_no_folder(index: FolderIndex, root: Path) -> None:
    index.add("demo", {}, wheels=("py3-none-any",))
    program = (
        "import conda_emscripten.recipe_new.new_recipes as module, sys\n"
        "from conda_emscripten.cli import main\n"
        "def stop(*_): raise KeyboardInterrupt\n"
        "module.RecipeSet = stop\n"
        "main()\n"
    )
    command = [sys.executable, "-c", program, "recipe", "new", "demo", "--no-build"]
    done = subprocess.run([*command, "--root", str(root)], capture_output=True, check=False)
    assert done.returncode == 130 and done.stderr == b"interrupted\n"
    assert not (root / "recipes" / "demo").exists()


@pytest.mark.parametrize(
    "url", ["ftp://example.org/demo-1.0.tar.gz", "https://example.org/", "demo"]
)
def test_another_address_is_an_error(
    root: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert new(root, "--c", url) == 2
    assert "NAME-VERSION.tar.gz" in capsys.readouterr().err
