"""Does lint find recipes and packages that break a rule?"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from conda_emscripten.channel import Channel
from conda_emscripten.lint import package_rules, recipe_rules
from conda_emscripten.lint.packages import ChannelLinter
from conda_emscripten.lint.recipes import RecipeLinter
from tests.harness.built import BUILD_DIR, ROOT, require
from tests.harness.packages import make_package
from tests.harness.sandbox import Sandbox
from tests.harness.wasm_files import INT_TO_INT, MAGIC, NO_ARGUMENTS, section, side_module

HASH = "0" * 64
RECIPE = f"""\
context:
  version: "1.20"

package:
  name: example
  version: ${{{{ version }}}}

source:
  url: https://pypi.io/packages/source/e/example/example-${{{{ version }}}}.tar.gz
  sha256: {HASH}
  patches:
    - patches/0001-Why.patch

build:
  number: 0
  script: true

requirements:
  build:
    - ${{{{ compiler('c') }}}}
    - pip
    - if: build_platform != host_platform
      then:
        - python
        - cross-python_${{{{ host_platform }}}}
  host:
    - python
    - library >=1
  run:
    - python

tests:
  - python:
      imports: [example]

about:
  homepage: https://example.org/
  license: MIT
  license_file: LICENSE
  summary: An example
"""
PATCH = """\
From 0 Mon Sep 17 00:00:00 2001
Subject: [PATCH] A subject that is so long that git continues it on the
 next line

{message}
---
 a | 1 +

diff --git a/a b/a
"""
OTHERS = (
    *("library", "python", "emscripten_emscripten-wasm32", "cross-python_emscripten-wasm32"),
    *("bootstrap/python", "bootstrap/pip"),
)


@pytest.fixture
def project(sandbox: Sandbox) -> Sandbox:
    """A project with RECIPE, which keeps all rules, and the recipes of its requirements."""
    for other in OTHERS:
        root = sandbox.project.recipes_dir
        if other.startswith("bootstrap/"):
            root = sandbox.project.bootstrap_recipes_dir
        folder = root / other.removeprefix("bootstrap/")
        folder.mkdir()
        (folder / "recipe.yaml").write_text(
            f'package: {{name: {folder.name}, version: "1"}}\n'
            "build: {number: 0}\nabout: {license: MIT, summary: A package}\n"
        )
    write(sandbox, RECIPE)
    return sandbox


def write(sandbox: Sandbox, recipe: str, message: str = "The reason.") -> Path:
    folder = sandbox.project.recipes_dir / "example"
    (folder / "patches").mkdir(parents=True, exist_ok=True)
    (folder / "patches" / "0001-Why.patch").write_text(PATCH.format(message=message))
    (folder / "recipe.yaml").write_text(recipe)
    return folder / "recipe.yaml"


def lint(sandbox: Sandbox) -> list[str]:
    return [str(finding) for finding in RecipeLinter(sandbox.project).lint()]


def test_a_recipe_that_keeps_the_rules_has_no_findings(project: Sandbox) -> None:
    assert lint(project) == []


URL = "https://pypi.io/packages/source/e/example/example-${{ version }}.tar.gz"
CHANGES = {
    "R100": ("context:\n", "context: [\n"),
    "R101": (f"  sha256: {HASH}\n", ""),
    "R102": ("example-${{ version }}.tar.gz", "example-1.20.tar.gz"),
    "R103": (URL, URL.replace("https:", "http:")),
    "R104": (URL, URL.replace(".tar.gz", "-py3-none-any.whl")),
    "R105": ("  patches:\n    - patches/0001-Why.patch\n", ""),
    "R201": ("  number: 0\n", ""),
    "R202": ("  number: 0\n", "  number: 0\n  noarch: python\n"),
    "R203": ("    - library >=1\n", "    - ${{ compiler('cxx') }}\n"),
    "R204": ("    - pip\n", "    - ${{ compiler('rust') }}\n"),
    "R205": ("    - library >=1\n", "    - pip\n"),
    "R206": ("        - cross-python_${{ host_platform }}\n", ""),
    "R301": ("library >=1", "libary >=1"),
    "R302": ("library >=1", "library=1.5"),
    "R303": ("  run:\n", "  run:\n    - __unix\n"),
    "R401": ("tests:\n  - python:\n      imports: [example]\n", ""),
    "R501": ("  license: MIT\n", ""),
    "R502": ("  license_file: LICENSE\n", ""),
    "R503": ("  summary: An example\n", ""),
    "R601": ("  script: true\n", "  script: true # TODO: the library's name\n"),
}


@pytest.mark.parametrize(("code", "change"), CHANGES.items(), ids=CHANGES)
def test_a_recipe_that_breaks_a_rule_has_a_finding(
    project: Sandbox, code: str, change: tuple[str, str]
) -> None:
    assert RECIPE.count(change[0]) == 1
    write(project, RECIPE.replace(*change))
    found = lint(project)
    assert re.match(rf"recipes/example/recipe\.yaml:\d+: {code} \S", found[0])
    assert len(found) == 1


def test_a_patch_without_a_reason_has_a_finding(project: Sandbox) -> None:
    write(project, RECIPE, message="")
    assert [line.split()[1] for line in lint(project)] == ["R106"]


def test_a_library_whose_host_is_of_the_build_machine_has_a_finding(project: Sandbox) -> None:
    start = RECIPE.index("    - if: build_platform")
    end = RECIPE.index("  host:")
    write(project, (RECIPE[:start] + RECIPE[end:]).replace("    - python\n", "", 1))
    assert [line.split()[1] for line in lint(project)] == ["R207"]


def test_a_finding_names_the_line(project: Sandbox) -> None:
    file = write(project, RECIPE.replace("library >=1", "libary >=1"))
    line = file.read_text().splitlines().index("    - libary >=1") + 1
    assert lint(project)[0].startswith(f"recipes/example/recipe.yaml:{line}: R301")


def test_a_comment_switches_a_rule_off(project: Sandbox) -> None:
    write(project, RECIPE.replace("library >=1", "libary >=1 # lint: R301 comes from elsewhere"))
    assert lint(project) == []
    write(project, RECIPE.replace("library >=1", "libary >=1 # lint: R302 comes from elsewhere"))
    assert len(lint(project)) == 1


@pytest.mark.parametrize("code", ["R102", "R103", "R201", "R302"])
def test_a_program_can_fix_some_findings(project: Sandbox, code: str) -> None:
    file = write(project, RECIPE.replace(*CHANGES[code]))
    linter = RecipeLinter(project.project)
    assert linter.fix(linter.lint()) == []
    fixed = RECIPE.replace("library >=1", "library 1.5.*") if code == "R302" else RECIPE
    assert sorted(file.read_text().splitlines()) == sorted(fixed.splitlines())
    assert lint(project) == []


def test_the_command_prints_findings_and_fixes_them(project: Sandbox) -> None:
    write(project, RECIPE.replace("library >=1", "library>=1"))
    found = project.run("recipe", "lint", "example")
    assert found.returncode == 1
    assert ": R302 write `library >=1` for `library>=1`" in found.stdout
    assert project.run("recipe", "lint", "--fix").stdout == "1 of 1 findings fixed.\n"
    assert project.run("recipe", "lint", "--json").stdout == "[]\n"


def lint_package(tmp_path: Path, files: dict[str, bytes], depends: tuple[str, ...] = ()) -> str:
    """The findings of a package, in a channel with an interpreter and a shared library."""
    channel = Channel(path=tmp_path / "channel", subdirs=("emscripten-wasm32", "noarch"))
    channel.create()
    glue = b'var wasmImports={_exit:__exit,"emscripten_now":now};'
    interpreter = {
        "lib/pyodide/pyodide.asm.wasm": side_module(exports={"PyLong_New": INT_TO_INT}),
        "lib/pyodide/pyodide.asm.mjs": glue,
    }
    library = {"lib/liba.so": side_module(exports={"f": NO_ARGUMENTS})}
    packages = [
        make_package(
            tmp_path / "made", interpreter, name="pyodide-core", depends=["emscripten-abi"]
        ),
        make_package(tmp_path / "made", library, name="liba", depends=["emscripten-abi"]),
        make_package(tmp_path / "made", {}, name="emscripten-abi"),
        make_package(tmp_path / "made", files, depends=depends),
    ]
    channel.add([("emscripten-wasm32", package) for package in packages])
    return "\n".join(map(str, ChannelLinter(tmp_path / "channel").lint(["pkg"])))


ABI = "emscripten-abi"
SHARED_MEMORY = MAGIC + section(2, b"\1\3env\6memory\2\3\1\1")


@pytest.mark.parametrize(
    ("files", "depends", "finding"),
    [
        ({"a.so": side_module()}, (ABI,), None),
        ({"a.so": b"\x7fELF"}, (), "P101 a.so is no WebAssembly module"),
        ({"a.so": side_module(dynamic=False)}, (ABI,), "P101 a.so has no section dylink.0"),
        ({"etc/conda/test-files/a.so": b"\x7fELF"}, (), None),
        ({"a.so": side_module()}, (), "P102 a.so is WebAssembly"),
        ({"a.py": b""}, (ABI,), "P102 the package depends on emscripten-abi"),
        ({"lib/a.a": b"!<arch>\n"}, (ABI,), None),
        (
            {"a.so": side_module([("env", "PyLong_New")])},
            (ABI,),
            "P103 a.so imports PyLong_New with",
        ),
        ({"a.so": side_module([("env", "f")])}, (ABI, "liba >=1"), None),
        ({"a.so": side_module([("env", "f")])}, (ABI,), "P103 a.so imports f, which nothing"),
        ({"a.so": side_module([("env", "_exit")])}, (ABI,), None),
        ({"a.so": side_module([("env", "invoke_ii")])}, (ABI,), None),
        (
            {"a.so": side_module([("env", "f")], weak_imports=[("env", "f")])},
            (ABI,),
            None,
        ),
        ({"a.so": SHARED_MEMORY + side_module()[8:]}, (ABI,), "P104 a.so imports a shared memory"),
        (
            {"a.pc": b"/x/conda-bld/y/lib"},
            (),
            "P105 a.pc contains a path of the build machine: /x/",
        ),
        ({"a.pyc": b"/x/conda-bld/y/lib"}, (), None),
        ({"a.py": b""}, ("__unix",), "P106 the package depends on __unix"),
        ({"a.py": b""}, ("libb",), "P107 the package depends on libb"),
    ],
)
def test_a_package_that_breaks_a_rule_has_a_finding(
    tmp_path: Path, files: dict[str, bytes], depends: tuple[str, ...], finding: str | None
) -> None:
    found = lint_package(tmp_path, files, depends)
    if finding is None:
        assert found == ""
    else:
        assert found.startswith(f"emscripten-wasm32/pkg-1.0-h_0.conda:1: {finding}")
        assert "\n" not in found


def test_a_damaged_package_has_a_finding(tmp_path: Path) -> None:
    lint_package(tmp_path, {"a.py": b""})
    file = tmp_path / "channel" / "emscripten-wasm32" / "pkg-1.0-h_0.conda"
    file.write_bytes(file.read_bytes()[:200])
    [finding] = ChannelLinter(tmp_path / "channel").lint(["pkg"])
    assert finding.code == "P100"


def test_a_package_that_is_not_there_is_an_error(sandbox: Sandbox) -> None:
    sandbox.project.channel_dir.mkdir(parents=True)
    found = sandbox.run("channel", "lint", "nothing")
    assert found.returncode == 2
    assert "has no package nothing" in found.stderr


def test_numpy_keeps_the_rules() -> None:
    """Its modules import functions of the interpreter, of openblas and of JavaScript."""
    numpy = (BUILD_DIR / "channel" / "emscripten-wasm32").glob("numpy-*.conda")
    require(any(numpy), "no numpy in build/channel: run make quickstart")
    done = subprocess.run(
        [str(ROOT / ".venv/bin/conda-emscripten"), "channel", "lint", "numpy", "openblas"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("", 0), done.stderr


def test_the_documentation_has_each_rule() -> None:
    text = (ROOT / "docs" / "reference" / "lint.md").read_text()
    rows = re.findall(r"^\| ([RP]\d{3}) \| (.+?) \| (.+?) \|$", text, re.MULTILINE)
    documented = {code: (summary, reason) for code, summary, reason in rows}
    rules = [(rule.code, rule.summary, rule.reason) for rule in recipe_rules.RULES]
    rules += [(rule.code, rule.summary, rule.reason) for rule in package_rules.RULES]
    for code, summary, reason in rules:
        assert (documented[code][0].replace("`", ""), documented[code][1]) == (summary, reason)
