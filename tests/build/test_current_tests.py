"""Does an earlier build run the tests that its recipe has now?"""

from __future__ import annotations

import shutil
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from rattler_build import (
    Package,
    PlatformConfig,
    RenderConfig,
    RenderedVariant,
    Stage0Recipe,
    ToolConfiguration,
    VariantConfig,
)

from conda_emscripten.conda_package import copy_with_index, read_info, read_package
from conda_emscripten.current_tests import NeedsBuildError, needs_sources, with_current_tests
from conda_emscripten.errors import BuildError, PackageTestError
from conda_emscripten.file_tree import File
from conda_emscripten.files import sha256_file
from conda_emscripten.rattler_source_cache import prime
from conda_emscripten.sources import Source
from tests.harness.packages import tar_zst
from tests.harness.sandbox import Sandbox

PLATFORM = "emscripten-wasm32"
PATHS = "info/paths.json"
PATCH = """\
--- a/tests/data.txt
+++ b/tests/data.txt
@@ -1 +1 @@
-original
+patched
"""


@dataclass(frozen=True)
class Packages:
    """Builds packages of a sandbox's recipes, and runs their tests."""

    sandbox: Sandbox
    folder: Path

    def render(self, recipe: Path) -> RenderedVariant:
        """The only output of a recipe folder."""
        config = PlatformConfig(
            target_platform=PLATFORM, build_platform="linux-64", host_platform=PLATFORM
        )
        stage0 = Stage0Recipe.from_file(recipe / "recipe.yaml")
        (output,) = stage0.render(VariantConfig(), RenderConfig(platform=config))
        return output

    def build(self, recipe: Path) -> Path:
        """Build the package of a recipe folder into the channel."""
        built = self.render(recipe).run_build(
            ToolConfiguration(), output_dir=self.folder / "channel", channels=[], no_build_id=True
        )
        return Path(built.packages[0])

    def current(self, package: Path, recipe: Path) -> Path:
        """The copy of a package with the current tests."""
        output = self.render(recipe)
        return with_current_tests(package, output, platform=PLATFORM, work_dir=self.folder / "work")

    def failures(self, package: Path) -> list[int]:
        """The indices of the package's tests that fail."""
        loaded = Package.from_file(package)
        channel = [(self.folder / "channel").as_uri()]
        results = [loaded.run_test(i, channel=channel) for i in range(loaded.test_count)]
        return [i for i, result in enumerate(results) if not result.success]


@pytest.fixture
def packages(sandbox: Sandbox, tmp_path: Path) -> Packages:
    """Packages of the sandbox."""
    return Packages(sandbox, tmp_path)


def content(package: Path) -> dict[str, File | str]:
    """All files and symbolic links of a package, by path."""
    read = read_package(package)
    return {**read.files, **read.symlinks, **read_info(package).files}


@pytest.mark.parametrize(("earlier", "now"), [(1, 2), (2, 1)])
def test_the_result_of_a_changed_test_is_that_of_the_current_test(
    packages: Packages, earlier: int, now: int
) -> None:
    recipe = packages.sandbox.recipe("hello", f"tests:\n- script: test 1 = {earlier}")
    package = packages.build(recipe)
    packages.sandbox.recipe("hello", f"tests:\n- script: test 1 = {now}\n- script: 'true'")
    copy = packages.current(package, recipe)
    assert packages.failures(package) == ([0] if earlier != 1 else [])
    assert packages.failures(copy) == ([0] if now != 1 else [])
    assert Package.from_file(copy).test_count == 2


def test_everything_but_the_tests_stays(packages: Packages) -> None:
    script = (
        'mkdir "$PREFIX/bin"; printf "#!/bin/sh\\n# $PREFIX" > "$PREFIX/bin/tool"; '
        'chmod +x "$PREFIX/bin/tool"; ln -s tool "$PREFIX/bin/link"'
    )
    recipe = packages.sandbox.recipe(
        "hello", "tests:\n- script: ./a\n  files:\n    recipe: [a]", script=script
    )
    (recipe / "a").write_text("earlier")
    package = packages.build(recipe)
    before = package.read_bytes()
    (recipe / "a").write_text("now")
    copy = packages.current(package, recipe)
    assert package.read_bytes() == before
    assert (copy.name, copy.parent == package.parent) == (package.name, False)
    old, new = content(package), content(copy)
    changed = {PATHS, "etc/conda/test-files/hello/0/a"}
    assert {name for name in old if old[name] != new.get(name)} == changed
    assert old.keys() == new.keys()
    paths, new_paths = read_package(package).paths, read_package(copy).paths
    assert {name for name in paths if paths[name] != new_paths.get(name)} == changed & paths.keys()
    assert paths.keys() == new_paths.keys()
    assert "prefix_placeholder" in new_paths["bin/tool"]


def test_unchanged_tests_make_an_equal_package(packages: Packages) -> None:
    text = """
        source: {path: src, target_directory: tree}
        tests:
        - package_contents: {files: [hello.txt]}
        - script: ./run.sh
          files: {recipe: [run.sh]}
        - script: [cd tree, test -x run, 'test "$(readlink link)" = run']
          files: {source: [tree/]}
    """
    recipe = packages.sandbox.recipe("hello", text, script="touch $PREFIX/hello.txt")
    (recipe / "src").mkdir()
    (recipe / "src" / "run").touch(0o755)
    (recipe / "src" / "link").symlink_to("run")
    (recipe / "run.sh").write_text("echo ${1:-'${{ x }}'}\n")
    package = packages.build(recipe)
    copy = packages.current(package, recipe)
    old, new = content(package), content(copy)
    assert {name for name in {**old, **new} if old.get(name) != new.get(name)} <= {PATHS}
    assert read_package(copy).paths == read_package(package).paths


def test_files_of_tests_are_added_and_removed(packages: Packages) -> None:
    text = (
        "tests:\n- script: 'test ! -e tests/old && test -e tests/new'\n  files: {recipe: [tests/]}"
    )
    recipe = packages.sandbox.recipe("hello", text)
    (recipe / "tests").mkdir()
    (recipe / "tests" / "old").touch()
    package = packages.build(recipe)
    assert packages.failures(package) == [0]
    (recipe / "tests" / "old").rename(recipe / "tests" / "new")
    copy = packages.current(package, recipe)
    assert packages.failures(copy) == []
    assert [*read_package(copy).files] == ["etc/conda/test-files/hello/0/tests/new"]
    assert [*read_package(copy).paths] == ["etc/conda/test-files/hello/0/tests/new"]


def test_a_package_without_tests_gets_tests_and_loses_them(packages: Packages) -> None:
    recipe = packages.sandbox.recipe("hello")
    package = packages.build(recipe)
    packages.sandbox.recipe("hello", "tests:\n- script: 'false'")
    copy = packages.current(package, recipe)
    assert packages.failures(copy) == [0]
    packages.sandbox.recipe("hello")
    shutil.copy(copy, package)
    assert Package.from_file(packages.current(package, recipe)).test_count == 0


def add_source(packages: Packages, recipe: Path) -> tuple[str, Source, Path]:
    """A source with a patch: its lines in the recipe, the source and its file."""
    tree = packages.folder / "project-1.0"
    (tree / "tests").mkdir(parents=True)
    (tree / "tests" / "data.txt").write_text("original\n")
    (tree / "other.txt").write_text("other\n")
    (tree / "tests" / ".gitignore").write_text("data.txt")
    file = packages.folder / "project-1.0.tar.gz"
    with tarfile.open(file, "w:gz") as archive:
        archive.add(tree, tree.name)
    recipe.mkdir(parents=True, exist_ok=True)
    (recipe / "fix.patch").write_text(PATCH)
    source = Source(urls=(f"https://example.invalid/{file.name}",), sha256=sha256_file(file))
    lines = f"source: {{url: '{source.urls[0]}', sha256: {source.sha256}, patches: [fix.patch]}}"
    return lines, source, file


def test_source_files_of_unchanged_lists_need_no_sources(packages: Packages) -> None:
    recipe = packages.sandbox.project.recipes_dir / "hello"
    lines, source, file = add_source(packages, recipe)
    tests = "tests:\n- script: grep {} tests/data.txt\n  files: {{source: [tests/]}}"
    packages.sandbox.recipe("hello", f"{lines}\n{tests.format('original')}")
    prime(packages.folder / "channel", source, file)
    package = packages.build(recipe)
    packages.sandbox.recipe("hello", f"{lines}\n{tests.format('patched')}")
    assert packages.failures(package) == [0]
    assert not needs_sources(package, packages.render(recipe))
    (packages.folder / ".git").mkdir()  # in a checkout, the source's .gitignore would count
    assert packages.failures(packages.current(package, recipe)) == []


def test_source_files_of_a_new_list_come_from_the_patched_sources(packages: Packages) -> None:
    recipe = packages.sandbox.project.recipes_dir / "hello"
    lines, source, file = add_source(packages, recipe)
    packages.sandbox.recipe("hello", lines)
    prime(packages.folder / "channel", source, file)
    package = packages.build(recipe)
    for globs in ("tests/data.txt", "'*.txt', tests/"):
        tests = f"tests:\n- script: grep patched tests/data.txt\n  files: {{source: [{globs}]}}"
        packages.sandbox.recipe("hello", f"{lines}\n{tests}")
        assert needs_sources(package, packages.render(recipe))
        prime(packages.folder / "work", source, file)
        copy = packages.current(package, recipe)
        assert packages.failures(copy) == []
        shutil.copy(copy, package)
    assert "etc/conda/test-files/hello/0/other.txt" in content(copy)


def test_a_test_loses_the_files_of_the_recipe_that_its_sources_do_not_have(
    packages: Packages,
) -> None:
    text = """
        source: {{path: src}}
        tests:
        - script: test -e tests/a && test ! -e tests/b
          files: {{source: [tests/], recipe: [{}]}}
    """
    recipe = packages.sandbox.recipe("hello", text.format("tests/b"))
    (recipe / "src" / "tests").mkdir(parents=True)
    (recipe / "src" / "tests" / "a").touch()
    (recipe / "tests").mkdir()
    (recipe / "tests" / "b").touch()
    package = packages.build(recipe)
    packages.sandbox.recipe("hello", text.format(""))
    assert packages.failures(package) == [0]
    assert packages.failures(packages.current(package, recipe)) == []


def test_a_list_of_source_files_may_match_nothing(packages: Packages) -> None:
    text = "tests:\n- script: test 1 = {}\n  files: {{source: [nothing]}}"
    recipe = packages.sandbox.recipe("hello", text.format(1))
    package = packages.build(recipe)
    packages.sandbox.recipe("hello", text.format(2))
    assert packages.failures(packages.current(package, recipe)) == [0]


def test_a_patch_that_does_not_apply_is_one_error(packages: Packages) -> None:
    recipe = packages.sandbox.project.recipes_dir / "hello"
    lines, source, file = add_source(packages, recipe)
    package = packages.build(packages.sandbox.recipe("hello"))
    (recipe / "fix.patch").write_text(PATCH.replace("-original", "-something else"))
    packages.sandbox.recipe(
        "hello", f"{lines}\ntests:\n- script: 'true'\n  files: {{source: [tests/]}}"
    )
    prime(packages.folder / "work", source, file)
    with pytest.raises(BuildError, match=r"hello/recipe\.yaml: .*Patch application error: "):
        packages.current(package, recipe)


def test_source_files_that_the_build_script_changes_need_a_build(packages: Packages) -> None:
    text = (
        "source: {{path: ../src}}\ntests:\n- script: test ! -e t/large\n  files: {{source: [{}]}}"
    )
    recipe = packages.sandbox.recipe(
        "hello", text.format("t/"), script="rm t/large && echo made > t/made"
    )
    tree = recipe.parent / "src" / "t"
    tree.mkdir(parents=True)
    (tree / "large").touch()
    package = packages.build(recipe)
    copy = packages.current(package, recipe)
    assert packages.failures(copy) == []
    assert "etc/conda/test-files/hello/0/t/made" in content(copy)
    packages.sandbox.recipe("hello", text.format("t/*"))
    with pytest.raises(NeedsBuildError, match=r"hello: .*t/large, t/made"):
        packages.current(package, recipe)


def test_the_contents_of_the_package_are_tested(packages: Packages) -> None:
    script = 'mkdir "$PREFIX/lib" "$PREFIX/bin"; touch "$PREFIX"/{lib/libhello.a,bin/hello.js}'
    text = "tests:\n- package_contents: {{strict: true, files: [lib/{}], bin: [hello]}}"
    recipe = packages.sandbox.recipe("hello", text.format("libhello.a"), script=script)
    package = packages.build(recipe)
    packages.sandbox.recipe("hello", text.format("libbye.a"), script=script)
    with pytest.raises(PackageTestError, match=r"hello/recipe\.yaml: .*lib/libbye\.a"):
        packages.current(package, recipe)
    packages.sandbox.recipe("hello", text.format("lib*.a"), script=script)
    assert packages.current(package, recipe).is_file()


def test_a_noarch_python_package_is_tested(packages: Packages) -> None:
    packages.build(packages.sandbox.recipe("python", script='touch "$PREFIX/python"'))
    script = (
        'mkdir -p "$PREFIX/bin" "$PREFIX/lib/python1.0/site-packages"; '
        'touch "$PREFIX/bin/tool"; echo one > "$PREFIX/lib/python1.0/site-packages/hello.py"'
    )
    text = """
          noarch: python
        requirements:
          run: [python]
        tests:
        - script: grep {} $PREFIX/lib/python1.0/site-packages/hello.py
        - package_contents: {{site_packages: [{}], files: [python-scripts/tool]}}
    """
    recipe = packages.sandbox.recipe("hello", text.format("two", "hello"), script=script)
    package = packages.build(recipe)
    packages.sandbox.recipe("hello", text.format("one", "hello"), script=script)
    for file, failures in ((package, [0]), (packages.current(package, recipe), [])):
        for_target = packages.folder / "for-target" / file.name
        for_target.parent.mkdir(exist_ok=True)
        copy_with_index(file, for_target, {"subdir": PLATFORM})
        assert packages.failures(for_target) == failures
    packages.sandbox.recipe("hello", text.format("one", "bye"), script=script)
    with pytest.raises(PackageTestError, match=r"site-packages/bye"):
        packages.current(package, recipe)


def test_a_damaged_package_is_one_error(packages: Packages) -> None:
    recipe = packages.sandbox.recipe("hello", "tests:\n- script: 'true'")
    package = packages.build(recipe)
    sound = package.read_bytes()
    package.write_bytes(sound[: len(sound) // 2])
    with pytest.raises(BuildError, match=r"hello-1\.0-.*\.conda is not a sound conda package"):
        packages.current(package, recipe)
    with pytest.raises(BuildError, match=r"hello-1\.0-.*\.conda is not a sound conda package"):
        needs_sources(package, packages.render(recipe))


@pytest.mark.parametrize("text", [b"{", b"1", b"[1]", b"- {files: {source: [a]}, script: b}"])
def test_malformed_embedded_tests_are_one_error(packages: Packages, text: bytes) -> None:
    recipe = packages.sandbox.recipe("hello", "tests:\n- script: 'true'")
    package = packages.build(recipe)
    info = {name: file.content for name, file in read_info(package).files.items()}
    info["info/tests/tests.yaml"] = text
    with zipfile.ZipFile(package) as container:
        members = {name: container.read(name) for name in container.namelist()}
    with zipfile.ZipFile(package, "w") as container:
        for name, data in members.items():
            container.writestr(name, tar_zst(info) if name.startswith("info-") else data)
    with pytest.raises(BuildError, match=r"hello-1\.0-.*\.conda: its info/tests/tests\.yaml is"):
        packages.current(package, recipe)
