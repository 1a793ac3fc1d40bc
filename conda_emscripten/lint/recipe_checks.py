"""Which rules do recipes keep?

The rules are those of conda-smithy, bioconda-utils and emscripten-forge that mean something for one
platform, and rules of this channel. ``docs/reference/lint.md`` lists them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from conda_emscripten.lint.findings import Breach, Rule
from conda_emscripten.lint.recipe_document import RecipeDocument, Value, without_comment

_COMPILER = re.compile(r"\$\{\{\s*compiler\(\s*['\"](\w+)['\"]\s*\)\s*\}\}")
_PYPI = re.compile(r"https?://(?:[\w.-]+\.)?(?:pypi|pythonhosted)\.\w+/packages/(?P<path>.*)")
_CANONICAL = re.compile(r"https://pypi\.io/packages/source/[\w.]/")
#: The build platform's tools also come from wheels.
_CANONICAL_WHEEL = re.compile(r"https://pypi\.io/packages/[\w.]+/[\w.]/")
#: ``name=1``, ``name==1`` and ``name>=1``, without a blank after the name.
_GLUED = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*)(?P<pin>[=<>!~].*)")
#: Build tools that run on the build machine: in the host environment they would be wasm.
BUILD_TOOLS = frozenset(
    [
        "cmake",
        "cython",
        "flit-core",
        "hatchling",
        "make",
        "maturin",
        "meson",
        "meson-python",
        "ninja",
        "pdm-backend",
        "pip",
        "pkg-config",
        "poetry-core",
        "scikit-build-core",
        "setuptools",
        "setuptools-scm",
        "wheel",
    ]
)
_SECTIONS = ("build", "host", "run")


def _requirements(recipe: RecipeDocument, *sections: str) -> Iterator[Value]:
    for section in sections or (*_SECTIONS, "run_constraints"):
        yield from recipe.values("requirements", section)


def _urls(recipe: RecipeDocument) -> Iterator[Value]:
    yield from recipe.values("source", "url")


def _cross_compiles(recipe: RecipeDocument) -> bool:
    """Whether an output has a compiler for the target."""
    return any(_COMPILER.search(value.text) for value in _requirements(recipe, "build"))


def _for_target(recipe: RecipeDocument) -> bool:
    return not any(output.bootstrap for output in recipe.outputs)


def _sources_have_hashes(recipe: RecipeDocument) -> Iterator[Breach]:
    for output in recipe.outputs:
        sources = output.content.get("source", [])
        for source in sources if isinstance(sources, list) else [sources]:
            if "url" in source and "sha256" not in source:
                line = recipe.line_of("source", "url")
                yield Breach(line, "a source has no sha256: add `sha256:` with that of the file")
                return


def _urls_name_the_version(recipe: RecipeDocument) -> Iterator[Breach]:
    for value in recipe.values("context", "version"):
        for url in _urls(recipe):
            # Debian's files have versions of their own.
            debian = url.text.startswith("apt://")
            if len(value.text) > 2 and value.text in url.text and not debian:
                fix = recipe.replaced(url.line, value.text, "${{ version }}")
                yield Breach(
                    url.line, f"write ${{{{ version }}}} for {value.text} in the address", fix
                )


def _pypi_urls_are_canonical(recipe: RecipeDocument) -> Iterator[Breach]:
    canonical = _CANONICAL if _for_target(recipe) else _CANONICAL_WHEEL
    for url in _urls(recipe):
        if (found := _PYPI.match(url.text)) and not canonical.match(url.text):
            fix = None
            if found["path"].startswith("source/"):
                new = f"https://pypi.io/packages/{found['path']}"
                fix = recipe.replaced(url.line, url.text, new)
            message = "write the address as https://pypi.io/packages/source/<n>/<name>/<file>"
            yield Breach(url.line, message, fix)


def _sources_are_no_wheels(recipe: RecipeDocument) -> Iterator[Breach]:
    if _for_target(recipe):
        for url in _urls(recipe):
            if url.text.endswith(".whl"):
                yield Breach(url.line, "the source is a wheel: name the sdist")


def _patches_are_listed(recipe: RecipeDocument) -> Iterator[Breach]:
    names = {value.text for value in recipe.values("source", "patches")}
    for file in sorted(recipe.file.parent.glob("patches/**/*.patch")):
        if (name := file.relative_to(recipe.file.parent).as_posix()) not in names:
            line = recipe.line_of("source", "patches")
            yield Breach(line, f"{name} is not applied: list it under `patches`, or remove it")


def _patches_say_why(recipe: RecipeDocument) -> Iterator[Breach]:
    for value in recipe.values("source", "patches"):
        file = recipe.file.parent / value.text
        if file.is_file():
            head = file.read_text(errors="replace").partition("\ndiff --git ")[0]
            if not re.search(r"^Subject: .+(?:\n .+)*\n\n+(?!---$)\S", head, re.MULTILINE):
                message = f"{value.text} does not say why: make it with `git format-patch`"
                yield Breach(value.line, message)


def _has_a_build_number(recipe: RecipeDocument) -> Iterator[Breach]:
    if recipe.key("build", "number") is None:
        line = recipe.line_of("build")
        fix = f"{recipe.lines[line - 1]}\n  number: 0" if recipe.key("build") else None
        yield Breach(line, "there is no build number: add `number: 0` under `build`", fix)


def _noarch_has_no_compiler(recipe: RecipeDocument) -> Iterator[Breach]:
    for output in recipe.outputs:
        names = output.requirements("build")
        if output.noarch and any(name.endswith("_emscripten-wasm32") for name in names):
            yield Breach(recipe.line_of("build", "noarch"), "a noarch package has a compiler")
            return


def _compilers_are_in_build(recipe: RecipeDocument) -> Iterator[Breach]:
    for value in _requirements(recipe, "host", "run"):
        if _COMPILER.search(value.text):
            yield Breach(value.line, "a compiler belongs to `requirements: build`")


def _compilers_exist(recipe: RecipeDocument) -> Iterator[Breach]:
    known = {name.removesuffix("_emscripten-wasm32") for name in recipe.known}
    for value in _requirements(recipe, "build"):
        found = _COMPILER.search(value.text)
        if found and found[1] not in {"c", "cxx"} and found[1] not in known:
            yield Breach(value.line, f"no recipe makes a compiler for {found[1]}")


def _tools_are_in_build(recipe: RecipeDocument) -> Iterator[Breach]:
    if not _cross_compiles(recipe) or not _for_target(recipe):
        return
    for value in _requirements(recipe, "host"):
        if value.text.split()[0] in BUILD_TOOLS:
            yield Breach(value.line, f"{value.text} runs during the build: move it to `build`")


def _python_is_crossed(recipe: RecipeDocument) -> Iterator[Breach]:
    if not _cross_compiles(recipe) or not _for_target(recipe):
        return
    hosts = {value.text.split()[0] for value in _requirements(recipe, "host")}
    build = [value.text for value in _requirements(recipe, "build")]
    if "python" in hosts and not any(text.startswith("cross-python_") for text in build):
        message = "`build` has no cross-python_${{ host_platform }}: see docs/recipes.md"
        yield Breach(recipe.line_of("requirements", "build"), message)


def _host_is_of_the_target(recipe: RecipeDocument) -> Iterator[Breach]:
    if not _for_target(recipe):
        return
    for output in recipe.outputs:
        host = output.content.get("requirements", {}).get("host")
        if host and not output.noarch and "host_platform" not in output.rendered.variant:
            message = 'add `skip: host_platform != "emscripten-wasm32"` under `build`'
            yield Breach(recipe.line_of("build"), f"{message}, or `host` is for this machine")
            return


def _requirements_exist(recipe: RecipeDocument) -> Iterator[Breach]:
    lines = {value.text.split()[0]: value.line for value in _requirements(recipe, *_SECTIONS)}
    unknown: dict[str, int] = {}
    for output in recipe.outputs:
        for name in output.requirements(*_SECTIONS):
            if name not in recipe.known:
                unknown.setdefault(name, lines.get(name, recipe.line_of("requirements")))
    for name, line in unknown.items():
        if not name.endswith("_emscripten-wasm32"):  # R204
            yield Breach(line, f"no recipe makes {name}: correct the name, or add its recipe")


def _pins_have_blanks(recipe: RecipeDocument) -> Iterator[Breach]:
    for value in _requirements(recipe):
        if found := _GLUED.fullmatch(value.text):
            pin = re.sub(r"^=([\w.]+)$", r"\1.*", found["pin"])
            new = f"{found['name']} {pin}"
            message = f"write `{new}` for `{value.text}`"
            yield Breach(value.line, message, recipe.replaced(value.line, value.text, new))


def _no_virtual_packages(recipe: RecipeDocument) -> Iterator[Breach]:
    if _for_target(recipe):
        for value in _requirements(recipe, "run", "run_constraints"):
            if value.text.startswith("__"):
                yield Breach(value.line, f"a page has no {value.text}: remove the requirement")


def _has_tests(recipe: RecipeDocument) -> Iterator[Breach]:
    for output in recipe.outputs:
        if not output.content.get("tests") and _has_files(output.content):
            yield Breach(
                recipe.line_of("tests"), f"{output.name} has no tests: add its own suite, or a use"
            )


def _has_files(content: object) -> bool:
    """Whether an output is more than a list of requirements."""
    return isinstance(content, dict) and (
        "source" in content or bool(content.get("build", {}).get("script"))
    )


def _has_a_licence(recipe: RecipeDocument) -> Iterator[Breach]:
    if recipe.key("about", "license") is None:
        yield Breach(recipe.line_of("about"), "there is no licence: add `license:` under `about`")


def _says_what_it_is(recipe: RecipeDocument) -> Iterator[Breach]:
    wanted = ("homepage", "summary") if recipe.key("source", "url") else ("summary",)
    for key in wanted:
        if recipe.key("about", key) is None:
            yield Breach(recipe.line_of("about"), f"add `{key}:` under `about`")


def _has_a_licence_file(recipe: RecipeDocument) -> Iterator[Breach]:
    has_source = _for_target(recipe) and recipe.key("source", "url")
    if has_source and recipe.key("about", "license_file") is None:
        yield Breach(
            recipe.line_of("about", "license"), "add `license_file:`, the licence's file in source"
        )


def _nothing_is_left_to_do(recipe: RecipeDocument) -> Iterator[Breach]:
    for number, line in enumerate(recipe.lines, 1):
        if "TODO" in line and "TODO" not in without_comment(line):
            yield Breach(number, f"do what the comment says: {line.split('#', 1)[1].strip()}")


RULES: tuple[Rule[RecipeDocument], ...] = (
    Rule(
        code="R101",
        summary="Each source has a sha256.",
        reason="A changed file must not be built, and caches and mirrors find a file by its hash.",
        check=_sources_have_hashes,
    ),
    Rule(
        code="R102",
        summary="The address of a source has ${{ version }} in place of the version.",
        reason="A new version changes one line.",
        check=_urls_name_the_version,
    ),
    Rule(
        code="R103",
        summary="Addresses of the Python package index have their canonical form.",
        reason="The mirrors recognise only this form, which also outlives the index's hosts.",
        check=_pypi_urls_are_canonical,
    ),
    Rule(
        code="R104",
        summary="A package for the target is built from source, never from a wheel.",
        reason="A wheel lacks the tests and the licences, and its code is of another platform.",
        check=_sources_are_no_wheels,
    ),
    Rule(
        code="R105",
        summary="Each file in patches/ is applied.",
        reason="A forgotten patch looks as if the package had it.",
        check=_patches_are_listed,
    ),
    Rule(
        code="R106",
        summary="A patch has a subject and a message.",
        reason="The next version needs to know why the patch exists and whether upstream has it.",
        check=_patches_say_why,
    ),
    Rule(
        code="R201",
        summary="There is a build number.",
        reason="A rebuild of the same version must be newer than the published package.",
        check=_has_a_build_number,
    ),
    Rule(
        code="R202",
        summary="A noarch package has no compiler.",
        reason="Compiled files are not noarch.",
        check=_noarch_has_no_compiler,
    ),
    Rule(
        code="R203",
        summary="Compilers are requirements of the build environment.",
        reason="A compiler runs on the build machine.",
        check=_compilers_are_in_build,
    ),
    Rule(
        code="R204",
        summary="A recipe makes each compiler that is used.",
        reason="The variant has keys for compilers that do not exist, so that feedstocks render.",
        check=_compilers_exist,
    ),
    Rule(
        code="R205",
        summary="Build tools of a compiled package are in the build environment.",
        reason="Programs of the host environment are WebAssembly and do not run during the build.",
        check=_tools_are_in_build,
    ),
    Rule(
        code="R206",
        summary="A compiled Python package has cross-python in its build environment.",
        reason="Otherwise build backends compile for the Python of the build machine.",
        check=_python_is_crossed,
    ),
    Rule(
        code="R207",
        summary="A compiled package with host requirements uses the key host_platform.",
        reason="Without it, py-rattler-build 0.73 solves the environment for the build machine.",
        check=_host_is_of_the_target,
    ),
    Rule(
        code="R301",
        summary="A recipe makes each requirement.",
        reason="A misspelled name is found before the build.",
        check=_requirements_exist,
    ),
    Rule(
        code="R302",
        summary="A requirement is a name, a blank, and the version.",
        reason="Tools disagree on the meaning of name=1.",
        check=_pins_have_blanks,
    ),
    Rule(
        code="R303",
        summary="There is no virtual package in the run requirements.",
        reason="Pages have none, so the package could not be installed there.",
        check=_no_virtual_packages,
    ),
    Rule(
        code="R401",
        summary="Each output with files has tests.",
        reason="A package that builds need not run in WebAssembly.",
        check=_has_tests,
    ),
    Rule(
        code="R501",
        summary="There is a licence.",
        reason="Nobody may use the package without one. That it is an SPDX expression is R100's.",
        check=_has_a_licence,
    ),
    Rule(
        code="R502",
        summary="The package contains its licence.",
        reason="Most licences ask for it.",
        check=_has_a_licence_file,
    ),
    Rule(
        code="R503",
        summary="There are a summary and, of another project's files, its home page.",
        reason="The channel's pages show them.",
        check=_says_what_it_is,
    ),
    Rule(
        code="R601",
        summary="There is no TODO in a comment.",
        reason="`recipe new` and `recipe port` mark with it what a person must decide.",
        check=_nothing_is_left_to_do,
    ),
)
