"""Which recipe does a C library get from the address of its archive?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conda_emscripten.errors import RecipeError
from conda_emscripten.recipe_new.c_recipe import build_script, name_and_version
from tests.harness.sdists import sdist_tree


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://example.org/libdemo-1.2.tar.gz", ("libdemo", "1.2")),
        ("https://example.org/a/lib_x-v1.2.3.tar.xz", ("lib_x", "1.2.3")),
        ("https://github.com/o/Demo/archive/refs/tags/v2.0.tar.gz", ("demo", "2.0")),
        ("https://github.com/o/demo/archive/refs/tags/release-2.0.1.tar.gz", ("release", "2.0.1")),
    ],
)
def test_an_archive_s_address_has_name_and_version(url: str, name: tuple[str, str]) -> None:
    if "release-" in url:  # the tag's own prefix is no name
        name = ("demo", name[1])
    assert name_and_version(url) == name


@pytest.mark.parametrize(
    ("file", "text", "command", "flags"),
    [
        (
            "CMakeLists.txt",
            'option(D_BUILD_DOCS "" ON)\noption(D_WITHOUT_TESTS "" ON)\noption(D_FAST "" ON)',
            "cmake -S . -B build -G Ninja ${CMAKE_ARGS}",
            ["-DBUILD_TESTING=OFF", "-DD_BUILD_DOCS=OFF"],
        ),
        (
            "CMakeLists.txt",
            "cmake_minimum_required (VERSION 3.1)",
            "cmake -S . -B build",
            ["-DBUILD_TESTING=OFF", "-DCMAKE_POLICY_VERSION_MINIMUM=3.5"],
        ),
        (
            "CMakeLists.txt",
            "cmake_minimum_required(VERSION 2.8.12...3.26)",
            "cmake -S . -B build",
            ["-DBUILD_TESTING=OFF"],
        ),
        ("meson.build", "project('demo', 'c')", "meson setup build ${MESON_ARGS}", []),
        (
            "configure",
            "  --disable-nls  no messages\n  --enable-fast  fast",
            './configure --host="${HOST}" --prefix="${PREFIX}"',
            ["--disable-nls", "--disable-shared"],
        ),
        ("configure.ac", "AC_ARG_ENABLE([tools])", "autoreconf -fi", ["--disable-tools"]),
    ],
)
def test_a_library_is_built_without_what_it_does_not_need(
    tmp_path: Path, file: str, text: str, command: str, flags: list[str]
) -> None:
    script, tools = build_script(sdist_tree(tmp_path, {file: text}))
    assert command in script and tools
    found = {word for word in script.split() if re.match(r"-D|--disable", word)}
    assert found - {"--disable-shared"} == {*flags} - {"--disable-shared"}


def test_an_archive_without_a_build_system_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="has neither CMakeLists"):
        build_script(sdist_tree(tmp_path, {"demo.c": ""}))
