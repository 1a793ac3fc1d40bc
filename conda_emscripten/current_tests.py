"""How does an earlier build run the tests that its recipe has now?

py-rattler-build 0.73 embeds a recipe's tests in the package: ``info/tests/tests.yaml``, and the
tests' files in ``etc/conda/test-files/<name>/<test>/`` (``Package.run_test`` reads both). This
module builds a package of the tests alone, and copies the earlier package with these tests. No
environment is solved, no build script runs, and the earlier package stays as it is.

Files of the source tree (``files: source:``) come from the earlier package, as its build script
left them. The sources are unpacked only if a test has a new list of such files.
"""

from __future__ import annotations

import contextlib
import shlex
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from rattler_build import (
    PlatformConfig,
    RattlerBuildError,
    RenderConfig,
    RenderedVariant,
    Stage0Recipe,
    ToolConfiguration,
    VariantConfig,
)
from rattler_build.progress import ProgressCallback

from conda_emscripten.conda_package import (
    DamagedPackageError,
    copy_with_folders,
    read_info,
    read_package,
)
from conda_emscripten.errors import BuildError, PackageTestError
from conda_emscripten.file_tree import File
from conda_emscripten.project import BUILD_PLATFORM
from conda_emscripten.recipe import rattler_reason

_TEST_FILES = "etc/conda/test-files/"
_INFO_TESTS = "info/tests/"
_TESTS_FILE = f"{_INFO_TESTS}tests.yaml"

_Tests = Sequence[Mapping[str, Any]]
_Sources = Sequence[Mapping[str, Any]]
#: How py-rattler-build 0.73's error of a failed ``package_contents`` test begins.
_CONTENTS_FAILED = "failed package content tests"


class NeedsBuildError(BuildError):
    """The current tests need files that only a build of the package makes."""


def needs_sources(package: Path, output: RenderedVariant) -> bool:
    """Whether ``with_current_tests`` needs the sources of the output.

    Raises:
        BuildError: the package is damaged.
        OSError: the package cannot be read.
    """
    with _sound():
        earlier = _embedded_tests(package, read_info(package).files)
    return _has_new_list(output.recipe.to_dict().get("tests", []), earlier)


def with_current_tests(
    package: Path,
    output: RenderedVariant,
    *,
    platform: str,
    work_dir: Path,
    progress_callback: ProgressCallback | None = None,
) -> Path:
    """Copy a package to ``work_dir``, with the tests that the recipe has now.

    The copy is for ``Package.run_test`` only. Its recipe and its other metadata are those of the
    earlier build. ``package_contents`` tests, which py-rattler-build 0.73 runs when it makes a
    package, run here, on the names of the package's files.

    Args:
        package: the ``.conda`` file of an earlier build of the output.
        output: the output, rendered from the current recipe.
        platform: the platform of the recipe's packages, also for a noarch output.
        work_dir: a folder for the copy and for the files of this function. If ``needs_sources``,
            ``work_dir/src_cache`` has the sources (``rattler_source_cache.prime``).
        progress_callback: gets the log.

    Returns:
        The copy, ``work_dir/<file name of the package>``.

    Raises:
        BuildError: the package is damaged, or the tests cannot be packaged.
        NeedsBuildError: a test has a new list of source files, and the build script changes the
            source files that the earlier tests have.
        PackageTestError: a ``package_contents`` test fails.
        OSError: a file cannot be read or written.
    """
    with _sound():
        earlier = _Earlier.read(package)
    folder = work_dir.resolve() / "tests"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    build = _TestsBuild(
        output=output,
        platform=platform,
        folder=folder,
        source_cache=folder.parent / "src_cache",
        progress_callback=progress_callback,
    )
    sources: _Sources = []
    if _has_new_list(build.tests, earlier.tests):
        build.check_sources(earlier)
        sources = build.sources
    elif earlier.source_files:
        # The globs match the same files here as in the whole source tree.
        earlier.write_source_files(folder / "source")
        sources = [{"path": str(folder / "source"), "use_gitignore": False}]
    script = "true"
    if any("package_contents" in test for test in build.tests):
        earlier.write_empty_files(folder / "prefix")
        script = f'cp -R {shlex.quote(str(folder / "prefix"))}/. "$PREFIX"'
    tests_only = build.run("current", build.tests, sources, script)
    copy = work_dir / package.name
    copy_with_folders(package, copy, folders=(_INFO_TESTS, _TEST_FILES), donor=tests_only)
    return copy


@dataclass(frozen=True, kw_only=True)
class _Earlier:
    """An earlier build.

    Attributes:
        names: paths of the package's files, without the tests' files.
        tests: the embedded tests.
        source_files: path in the source tree -> file of an embedded test that came from there, or
            the target of a symbolic link.
    """

    names: Sequence[str]
    tests: _Tests
    source_files: Mapping[str, File | str]

    @classmethod
    def read(cls, path: Path) -> _Earlier:
        """Read a package.

        Raises:
            DamagedPackageError: the package is damaged.
            OSError: the package cannot be read.
        """
        package, info = read_package(path), read_info(path).files
        tests = _embedded_tests(path, info)
        files: dict[str, File | str] = {**package.files, **package.symlinks}
        source_files = {}
        for test in tests:
            folder = _source_list(test) and test["script"].get("cwd")  # none without a file
            for name in files if folder else ():
                in_tree = name.removeprefix(f"{folder}/")
                # A file that came from the recipe is in info/recipe, too.
                if in_tree != name and info.get(f"info/recipe/{in_tree}") != files[name]:
                    source_files[in_tree] = files[name]
        return cls(
            names=[name for name in files if not name.startswith(_TEST_FILES)],
            tests=tests,
            source_files=source_files,
        )

    def write_source_files(self, folder: Path) -> None:
        """Write the source files of the embedded tests to ``folder``."""
        for name, file in self.source_files.items():
            path = _new_file(folder / name)
            if isinstance(file, str):
                path.symlink_to(file)
            else:
                path.write_bytes(file.content)
                path.chmod(file.mode)

    def write_empty_files(self, prefix: Path) -> None:
        """Write an empty file to ``prefix`` for each file of the package."""
        prefix.mkdir()
        for name in self.names:
            _new_file(prefix / name).touch()


@dataclass(frozen=True, kw_only=True)
class _TestsBuild:
    """Builds packages of the tests of an output.

    Attributes:
        output: the output.
        platform: the platform of the recipe's packages.
        folder: the folder for the builds.
        source_cache: py-rattler-build's cache of sources.
        progress_callback: gets the log.
    """

    output: RenderedVariant
    platform: str
    folder: Path
    source_cache: Path
    progress_callback: ProgressCallback | None

    @cached_property
    def _rendered(self) -> dict[str, Any]:
        return self.output.recipe.to_dict()

    @property
    def tests(self) -> _Tests:
        """The current tests."""
        tests: _Tests = self._rendered.get("tests", [])
        return tests

    @property
    def sources(self) -> _Sources:
        """The sources, which do not depend on the place of the recipe."""
        folder = self.output.recipe_path.parent
        return [
            {**source, "path": str((folder / source["path"]).resolve())}
            if "path" in source
            else source
            for source in self._rendered.get("source", [])
        ]

    def check_sources(self, earlier: _Earlier) -> None:
        """Check that the earlier tests' source files are as the sources have them.

        Raises:
            NeedsBuildError: the build script changed the files.
        """
        lists = [files for test in earlier.tests if (files := _source_list(test))]
        tests = [{"script": "true", "files": {"source": files}} for files in lists]
        found = _Earlier.read(self.run("check", tests, self.sources, "true")).source_files
        known = earlier.source_files
        changed = [name for name in {**found, **known} if found.get(name) != known.get(name)]
        if changed:
            name = self._rendered["package"]["name"]
            raise NeedsBuildError(
                f"{name}: the tests in {self.output.recipe_path} have a new list of source files, "
                f"and the build script changes such files: {', '.join(sorted(changed)[:3])}.",
                help=f"Build the package again with 'conda-emscripten build --force {name}'.",
            )

    def run(self, name: str, tests: _Tests, sources: _Sources, script: str) -> Path:
        """Build a package with ``tests``.

        Args:
            name: the name of the build's folder.
            tests: the tests of the package.
            sources: the sources of the tests' files.
            script: the build script.

        Returns:
            The file of the package.

        Raises:
            BuildError: the tests cannot be packaged.
            PackageTestError: a ``package_contents`` test fails.
        """
        file, folder = self.output.recipe_path, self.folder / name
        # The folder has the patches, and the tests' files of the recipe.
        shutil.copytree(file.parent, folder / "recipe", ignore_dangling_symlinks=True)
        (folder / "output").mkdir()
        if self.source_cache.is_dir():
            (folder / "output" / "src_cache").symlink_to(self.source_cache)
        build = {k: v for k, v in self._rendered["build"].items() if k == "noarch"}
        recipe = {
            "package": self._rendered["package"],
            "source": sources,
            "build": {**build, "number": 0, "script": script},
            "tests": tests,
        }
        config = PlatformConfig(
            target_platform=self.platform,
            build_platform=BUILD_PLATFORM,
            host_platform=self.platform,
        )
        try:
            (rendered,) = Stage0Recipe.from_dict(recipe, recipe_dir=folder / "recipe").render(
                VariantConfig(), RenderConfig(platform=config)
            )
            built = rendered.run_build(
                ToolConfiguration(),
                output_dir=folder / "output",
                channels=[],
                progress_callback=self.progress_callback,
                no_build_id=True,
                package_format="conda:1",
                no_include_recipe=True,
            )
        except RattlerBuildError as error:
            lines = rattler_reason(error).removeprefix("PyRattlerBuildError: ").splitlines()
            reason = "; ".join(line.strip() for line in lines if line.strip())
            kind = PackageTestError if reason.startswith(_CONTENTS_FAILED) else BuildError
            raise kind(
                f"{file}: the tests cannot be added to an earlier build: {reason}.",
                help="Correct the recipe's tests, or build the package again.",
            ) from error
        (package,) = built.packages
        return Path(package)


@contextlib.contextmanager
def _sound() -> Iterator[None]:
    """Raise a ``BuildError`` for a damaged package."""
    try:
        yield
    except DamagedPackageError as error:
        raise BuildError(
            str(error), help="Remove the file, and build the package again."
        ) from error


def _embedded_tests(package: Path, info: Mapping[str, File]) -> _Tests:
    """The tests in a package's metadata.

    Raises:
        DamagedPackageError: they are not as py-rattler-build 0.73 writes them.
    """
    if _TESTS_FILE not in info:
        return []
    try:
        tests: _Tests = yaml.safe_load(info[_TESTS_FILE].content)
        for test in tests:
            if _source_list(test):
                test["script"].get("cwd")
    except (yaml.YAMLError, AttributeError, KeyError, TypeError) as error:
        raise DamagedPackageError(
            f"{package}: its {_TESTS_FILE} is malformed ({error!r})."
        ) from error
    return tests


def _new_file(path: Path) -> Path:
    """A path whose folder exists."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _source_list(test: Mapping[str, Any]) -> Any:
    """The globs of a test's files in the source tree; None without such files."""
    return test.get("files", {}).get("source")


def _has_new_list(tests: _Tests, earlier: _Tests) -> bool:
    known = [_source_list(test) for test in earlier]
    return any(files and files not in known for files in map(_source_list, tests))
