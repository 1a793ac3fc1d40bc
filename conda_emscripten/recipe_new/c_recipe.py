"""Which recipe builds a C library from an archive?

This module recognizes CMake, Meson and autotools, and writes a build script for a static library
without tests, programs and documentation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from conda_emscripten.conda_package import read_package
from conda_emscripten.errors import RecipeError, UsageError
from conda_emscripten.files import sha256_file
from conda_emscripten.project import TARGET_PLATFORM, Project
from conda_emscripten.recipe_new import licences
from conda_emscripten.recipe_new.built_files import library_files
from conda_emscripten.recipe_new.c_libraries import LibraryTable
from conda_emscripten.recipe_new.python_project import C_SOURCES, CXX_SOURCES
from conda_emscripten.recipe_new.recipe_text import Recipe
from conda_emscripten.recipe_new.source_tree import SourceTree
from conda_emscripten.sources import SourceFetcher

#: The test that links the library.
LINK_TEST = "tests/use.c"

#: Options of build systems for what a static library does not need.
_NEEDLESS = re.compile(
    r"(?:\w+[_-])?(?:BUILD[_-]|ENABLE[_-]|WITH[_-])?"
    r"(?:TESTS?|TESTING|EXAMPLES?|SAMPLES|TOOLS?|PROGRAMS?|APPS?|UTILS|CLI|DOCS?|MAN|BENCHMARKS?|FUZZ\w*|NLS"
    r"|THREADS?|SHARED(?:_LIBS)?)",
    re.IGNORECASE,
)
_ARCHIVE = r"\.(?:tar\.(?:gz|xz|bz2|zst)|tgz|tbz2?|zip)"
_SCRIPT = "#!/bin/bash\n# Builds the static library.\nset -euo pipefail\n\n"


@dataclass(frozen=True, kw_only=True)
class CLibrary:
    """A recipe of a C library, with its build script."""

    recipe: Recipe
    script: str


def draft_c_library(
    project: Project, url: str, *, licence: str | None = None, maintainers: Sequence[str] = ()
) -> CLibrary:
    """The recipe of the library in the archive at ``url``.

    Raises:
        UsageError: the URL has no name and version, or the licence is unknown.
        SourceError: the archive cannot be fetched or read.
        RecipeError: the archive has no known build system.
    """
    name, version = name_and_version(url)
    fetcher = SourceFetcher(cache_dir=project.cache_dir, mirrors_file=project.mirrors_file)
    archive = fetcher.fetch_new(url)
    tree = SourceTree.read(archive)
    script, tools = build_script(tree)
    libraries = LibraryTable(project.recipes_dir).find(tree, (), ())
    host = sorted(libraries.packages - {name})
    languages = [
        *(["compiler('c')"] if tree.has_suffix(*C_SOURCES) else []),
        *(["compiler('cxx')"] if tree.has_suffix(*CXX_SOURCES) else []),
    ] or ["compiler('c')"]
    recipe = Recipe(
        name=name,
        version=version,
        url=url.replace(version, "${{ version }}"),
        sha256=sha256_file(archive),
        skip=f'host_platform != "{TARGET_PLATFORM}"',
        build=[*languages, *sorted({*tools, *(["pkg-config"] if host else [])})],
        host=host,
        run=host,
        run_exports=[f"${{{{ pin_subpackage('{name}', upper_bound='x.x') }}}}"],
        todo=libraries.todo,
        homepage=_homepage(url),
        licence=licences.spdx(licence) if licence else licences.licence_of(tree),
        licence_files=licences.shown(licences.licence_files(tree)),
        maintainers=maintainers,
    )
    return CLibrary(recipe=recipe, script=_SCRIPT + script)


def name_and_version(url: str) -> tuple[str, str]:
    """The name and version in the URL of an archive.

    Raises:
        UsageError: the URL does not have both, or is not one of HTTP.
    """
    parts = urlsplit(url)
    path = unquote(parts.path)
    file = path.rpartition("/")[2]
    if parts.scheme in ("http", "https"):
        repository = re.search(r"/([\w.-]+)/(?:-/)?archive/", path)
        version = re.fullmatch(rf"(?:\D*[-_])?v?(\d[\w.]*?){_ARCHIVE}", file)
        if repository and version:  # of a tag, whose name may have any prefix
            return repository[1].lower(), version[1]
        if found := re.fullmatch(rf"([A-Za-z][\w.+-]*?)[-_]v?(\d[\w.]*?){_ARCHIVE}", file):
            return found[1].lower(), found[2]
    raise UsageError(
        f"{url!r} does not end with NAME-VERSION.tar.gz, or is not an address of HTTP.",
        help="Pass the address of a release archive, for example "
        "https://example.org/libdemo-1.2.tar.gz.",
    )


def complete_library(recipe: Recipe, package: Path) -> tuple[Recipe, dict[str, str]]:
    """A recipe with what its built package says, and the files of its tests.

    Raises:
        RecipeError: the package has no static library.
        DamagedPackageError: the package is damaged.
    """
    contents = library_files(package)
    if not any(path.endswith((".a", ".so")) for path in contents.get("files", ())):
        raise RecipeError(
            f"{recipe.name} installs no library.",
            help=f"Correct recipes/{recipe.name}/build.sh, and build again.",
        )
    files = read_package(package).files
    pc = next((path for path in contents["files"] if path.endswith(".pc")), None)
    changes: dict[str, object] = {"contents": dict(contents)}
    tests = {}
    if pc:
        text = files[pc].content.decode("utf-8", "replace")
        description = re.search(r"^Description: *(.+)$", text, re.MULTILINE)
        home = re.search(r"^URL: *(http\S+)$", text, re.MULTILINE)
        changes["summary"] = f"{description[1].rstrip('.')} (static library)" if description else ""
        changes["homepage"] = home[1] if home else recipe.homepage
        changes["link_test"] = (pc.rpartition("/")[2].removesuffix(".pc"), LINK_TEST)
        tests[LINK_TEST] = _link_test(contents.get("include", ()))
    return replace(recipe, **changes), tests  # type: ignore[arg-type]


def _link_test(headers: Sequence[str]) -> str:
    includes = "".join(f"#include <{header}>\n" for header in headers[:1])
    return f"{includes}\nint main(void) {{\n    return 0;\n}}\n"


def build_script(tree: SourceTree) -> tuple[str, list[str]]:
    """The commands of the build script, and its tools.

    Raises:
        RecipeError: the archive has no known build system.
    """
    if "CMakeLists.txt" in tree:
        return _cmake(tree.text("CMakeLists.txt")), ["cmake", "ninja"]
    if "meson.build" in tree:
        options = tree.text("meson_options.txt") + tree.text("meson.options")
        return _meson(options), ["meson", "ninja"]
    if "configure" in tree:
        return _autotools(tree.text("configure")), ["gnuconfig", "make"]
    if "configure.ac" in tree:
        tools = ["autoconf", "automake", "gnuconfig", "libtool", "m4", "make"]
        return "autoreconf -fi\n" + _autotools(tree.text("configure.ac")), tools
    raise RecipeError(
        f"{tree.name} has neither CMakeLists.txt, meson.build, configure nor configure.ac.",
        help="Write the recipe by hand, with a build.sh: docs/recipes.md.",
    )


def _is_needless(option: str) -> bool:
    """Whether an option adds what a static library does not need."""
    return bool(_NEEDLESS.fullmatch(option)) and not re.search(
        r"(?:^|[_-])(?:WITHOUT|NO|DISABLE|SKIP)[_-]", option, re.IGNORECASE
    )


def _cmake(text: str) -> str:
    options = re.findall(r"^\s*option\s*\(\s*(\w+)", text, re.IGNORECASE | re.MULTILINE)
    off = dict.fromkeys(["BUILD_TESTING", *filter(_is_needless, options)])
    values = [f"-D{name}=OFF" for name in off]
    oldest = re.search(
        r"^\s*cmake_minimum_required\s*\(\s*VERSION\s+(?:[\d.]+\.\.\.)?(\d+)\.(\d+)",
        text,
        re.IGNORECASE | re.MULTILINE,
    )
    if oldest and (int(oldest[1]), int(oldest[2])) < (3, 5):  # CMake 4 refuses such a project
        values.insert(0, "-DCMAKE_POLICY_VERSION_MINIMUM=3.5")
    flags = " \\\n    ".join(values)
    return (
        f"cmake -S . -B build -G Ninja ${{CMAKE_ARGS}} \\\n    {flags}\n"
        'cmake --build build -j"${CPU_COUNT}"\n'
        "cmake --install build\n"
    )


def _meson(options: str) -> str:
    flags = ""
    for name, rest in re.findall(r"option\(\s*'([\w-]+)'([^)]*)\)", options):
        if _is_needless(name) and re.search("boolean|feature", rest):
            flags += f" -D{name}={'disabled' if 'feature' in rest else 'false'}"
    return (
        f"# shellcheck disable=SC2086 # MESON_ARGS has several arguments\n"
        f"meson setup build ${{MESON_ARGS}}{flags}\n"
        'meson compile -C build -j "${CPU_COUNT}"\n'
        "meson install -C build\n"
    )


def _autotools(text: str) -> str:
    names = re.findall(r"--(?:dis|en)able-([a-z][\w-]*)", text)
    names += re.findall(r"AC_ARG_ENABLE\(\s*\[?([\w-]+)", text)
    off = {*filter(_is_needless, names)} | {"shared"}
    flags = " ".join(f"--disable-{name}" for name in sorted(off))
    return (
        'find . -name config.sub -execdir cp "${BUILD_PREFIX}"/share/gnuconfig/config.sub {} \\;\n'
        f'./configure --host="${{HOST}}" --prefix="${{PREFIX}}" --enable-static \\\n    {flags}\n'
        'make -j"${CPU_COUNT}"\n'
        "make install\n"
        'rm -f "${PREFIX}"/lib/*.la\n'
    )


def _homepage(url: str) -> str:
    """The repository or the site that an archive is from."""
    parts = urlsplit(url)
    repository = re.match(r"/[\w.-]+/[\w.-]+(?=/(?:-/)?(?:archive|releases)/)", parts.path)
    return f"https://{parts.netloc}{repository[0] if repository else '/'}"
