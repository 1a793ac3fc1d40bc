"""Does the compiler link as the proof of absence of a library assumes?"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from conda_emscripten.conda_package import read_package
from conda_emscripten.interface import contained_libraries, read_interface
from tests.harness.built import BUILD_DIR, require
from tests.harness.compiler import compiler
from tests.harness.packages import make_package

SOURCES = {
    "first": "int first(void) { return RESULT; } int variable = 1;",
    "second": "int second(void) { return 2; }",
}


class Compiler:
    """Compiles with the project's compiler in one folder."""

    def __init__(self, tools: Path, work: Path) -> None:
        self._tools, self._work = tools, work

    def run(self, program: str, *arguments: str) -> None:
        command = [str(self._tools / program), *arguments]
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=self._work)
        assert done.returncode == 0, done.stderr

    def archive(self, result: int = 1) -> bytes:
        """The static library ``liball.a`` of ``SOURCES``."""
        for name, text in SOURCES.items():
            (self._work / f"{name}.c").write_text(text)
            self.run("emcc", "-c", "-O1", "-fPIC", f"-DRESULT={result}", f"{name}.c")
        (self._work / "liball.a").unlink(missing_ok=True)
        self.run("emar", "qcs", "liball.a", *(f"{name}.o" for name in SOURCES))
        return (self._work / "liball.a").read_bytes()

    def module(self, source: str, *inputs: str, name: str = "module.so") -> bytes:
        """A side module of this source, linked with the ``inputs``."""
        (self._work / "module.c").write_text(source)
        flags = ["-sSIDE_MODULE=1", "-O2", "-fPIC"]
        self.run("emcc", *flags, "module.c", *inputs, "-L.", "-o", name)
        return (self._work / name).read_bytes()


@pytest.fixture(scope="module")
def emcc(tmp_path_factory: pytest.TempPathFactory) -> Compiler:
    tools = compiler()
    require(tools is not None, "no compiler: run make quickstart")
    assert tools is not None
    return Compiler(tools, tmp_path_factory.mktemp("work"))


@pytest.fixture(scope="module")
def library(emcc: Compiler, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package with a static library, which is in the compiler's folder, too."""
    files = {"lib/liball.a": emcc.archive()}
    return make_package(tmp_path_factory.mktemp("library"), files, name="all")


CALLS = "int first(void); int f(void) { return first(); }"
TAKES_ADDRESS = "int first(void); int (*f(void))(void) { return first; }"
READS = "extern int variable; int f(void) { return variable; }"
IS_ALONE = "int f(void) { return 1; }"
WEAK_AND_STRONG = """
__attribute__((weak)) int first(void);
int second(void);
int f(void) { return first ? second() : second() + 1; }
"""


@pytest.mark.parametrize("source", [CALLS, TAKES_ADDRESS, READS, WEAK_AND_STRONG])
@pytest.mark.parametrize("linked", [True, False])
def test_a_module_that_was_linked_with_a_library_may_contain_it(
    emcc: Compiler, library: Path, tmp_path: Path, source: str, linked: bool
) -> None:
    module = emcc.module(source, *(["-lall"] if linked else []))
    package = make_package(tmp_path, {"lib/module.so": module})
    assert contained_libraries(package, library) == ({"lib/liball.a"} if linked else set())


def test_a_module_without_a_reference_to_a_library_may_contain_it(
    emcc: Compiler, library: Path, tmp_path: Path
) -> None:
    package = make_package(tmp_path, {"lib/module.so": emcc.module(IS_ALONE)})
    assert contained_libraries(package, library) == {"lib/liball.a"}


def test_a_name_from_a_shared_library_is_no_proof_against_a_static_one(
    emcc: Compiler, library: Path, tmp_path: Path
) -> None:
    shared = emcc.module("int first(void) { return 5; }", name="libshared.so")
    source = "int first(void), second(void); int f(void) { return first() + second(); }"
    module = emcc.module(source, "libshared.so", "liball.a")
    user = make_package(tmp_path / "user", {"lib/module.so": module})
    static = read_package(library).files["lib/liball.a"].content
    both = {"lib/liball.a": static, "lib/libshared.so": shared}
    # The module also has all exports of the shared library, so it may be a copy of that.
    assert contained_libraries(user, make_package(tmp_path, both)) == set(both)


def test_another_body_of_a_function_changes_the_library_alone(
    emcc: Compiler, tmp_path: Path
) -> None:
    before, same, after = (
        read_interface(make_package(tmp_path, {"lib/liball.a": emcc.archive(result)}))
        for result in (1, 1, 7)
    )
    assert before == same
    assert before.host == after.host
    assert before.libraries != after.libraries


def built(name: str) -> Path:
    """A package of the target in the built channel."""
    found = sorted((BUILD_DIR / "channel" / "emscripten-wasm32").glob(f"{name}-[0-9]*.conda"))
    require(bool(found), f"no {name} in the channel: run make quickstart")
    return found[-1]


@pytest.mark.parametrize(
    ("name", "dependency", "libraries"),
    [
        ("pyodide-core", "python", {"lib/libpython3.13.a"}),
        ("numpy", "python", set()),
        ("python", "zlib", {"lib/libz.a"}),
    ],
)
def test_built_packages_contain_the_libraries_of_their_links(
    name: str, dependency: str, libraries: set[str]
) -> None:
    assert contained_libraries(built(name), built(dependency)) == libraries
