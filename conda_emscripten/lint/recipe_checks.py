"""Does a recipe break a rule?

This module has the check of each rule in ``recipe_rules``, which says what the rule is and why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from conda_emscripten.lint.findings import Breach
from conda_emscripten.lint.recipe_document import RecipeDocument, Value, without_comment

_COMPILER = re.compile(r"\$\{\{\s*compiler\(\s*['\"](\w+)['\"]\s*\)\s*\}\}")
_PYPI = re.compile(r"https?://(?:[\w.-]+\.)?(?:pypi|pythonhosted)\.\w+/packages/(?P<path>.*)")
_CANONICAL = re.compile(r"https://pypi\.io/packages/source/[\w.]/")
#: The build platform's tools also come from wheels.
_CANONICAL_WHEEL = re.compile(r"https://pypi\.io/packages/[\w.]+/[\w.]/")
_NAME = r"[A-Za-z0-9][\w.-]*"
#: ``name=1``, ``name==1`` and ``name>=1``, without a blank after the name.
_GLUED = re.compile(rf"(?P<name>{_NAME})(?P<pin>[=<>!~].*)")
#: The beginning of such a requirement, as a pattern of JSON Schema.
GLUED = rf"^{_NAME}[=<>!~]"
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


def sources_have_hashes(recipe: RecipeDocument) -> Iterator[Breach]:
    for output in recipe.outputs:
        sources = output.content.get("source", [])
        for source in sources if isinstance(sources, list) else [sources]:
            if "url" in source and "sha256" not in source:
                line = recipe.line_of("source", "url")
                yield Breach(line, "a source has no sha256: add `sha256:` with that of the file")
                return


def urls_name_the_version(recipe: RecipeDocument) -> Iterator[Breach]:
    for value in recipe.values("context", "version"):
        for url in _urls(recipe):
            # Debian's files have versions of their own.
            debian = url.text.startswith("apt://")
            if len(value.text) > 2 and value.text in url.text and not debian:
                fix = recipe.replaced(url.line, value.text, "${{ version }}")
                yield Breach(
                    url.line, f"write ${{{{ version }}}} for {value.text} in the address", fix
                )


def pypi_urls_are_canonical(recipe: RecipeDocument) -> Iterator[Breach]:
    canonical = _CANONICAL if _for_target(recipe) else _CANONICAL_WHEEL
    for url in _urls(recipe):
        if (found := _PYPI.match(url.text)) and not canonical.match(url.text):
            fix = None
            if found["path"].startswith("source/"):
                new = f"https://pypi.io/packages/{found['path']}"
                fix = recipe.replaced(url.line, url.text, new)
            message = "write the address as https://pypi.io/packages/source/<n>/<name>/<file>"
            yield Breach(url.line, message, fix)


def sources_are_no_wheels(recipe: RecipeDocument) -> Iterator[Breach]:
    if _for_target(recipe):
        for url in _urls(recipe):
            if url.text.endswith(".whl"):
                yield Breach(url.line, "the source is a wheel: name the sdist")


def patches_are_listed(recipe: RecipeDocument) -> Iterator[Breach]:
    names = {value.text for value in recipe.values("source", "patches")}
    for file in sorted(recipe.file.parent.glob("patches/**/*.patch")):
        if (name := file.relative_to(recipe.file.parent).as_posix()) not in names:
            line = recipe.line_of("source", "patches")
            yield Breach(line, f"{name} is not applied: list it under `patches`, or remove it")


def patches_say_why(recipe: RecipeDocument) -> Iterator[Breach]:
    for value in recipe.values("source", "patches"):
        file = recipe.file.parent / value.text
        if file.is_file():
            head = file.read_text(errors="replace").partition("\ndiff --git ")[0]
            if not re.search(r"^Subject: .+(?:\n .+)*\n\n+(?!---$)\S", head, re.MULTILINE):
                message = f"{value.text} does not say why: make it with `git format-patch`"
                yield Breach(value.line, message)


def has_a_build_number(recipe: RecipeDocument) -> Iterator[Breach]:
    if recipe.key("build", "number") is None:
        line = recipe.line_of("build")
        fix = f"{recipe.lines[line - 1]}\n  number: 0" if recipe.key("build") else None
        yield Breach(line, "there is no build number: add `number: 0` under `build`", fix)


def noarch_has_no_compiler(recipe: RecipeDocument) -> Iterator[Breach]:
    for output in recipe.outputs:
        names = output.requirements("build")
        if output.noarch and any(name.endswith("_emscripten-wasm32") for name in names):
            yield Breach(recipe.line_of("build", "noarch"), "a noarch package has a compiler")
            return


def compilers_are_in_build(recipe: RecipeDocument) -> Iterator[Breach]:
    for value in _requirements(recipe, "host", "run"):
        if _COMPILER.search(value.text):
            yield Breach(value.line, "a compiler belongs to `requirements: build`")


def compilers_exist(recipe: RecipeDocument) -> Iterator[Breach]:
    known = {name.removesuffix("_emscripten-wasm32") for name in recipe.known}
    for value in _requirements(recipe, "build"):
        found = _COMPILER.search(value.text)
        if found and found[1] not in {"c", "cxx"} and found[1] not in known:
            yield Breach(value.line, f"no recipe makes a compiler for {found[1]}")


def tools_are_in_build(recipe: RecipeDocument) -> Iterator[Breach]:
    if not _cross_compiles(recipe) or not _for_target(recipe):
        return
    for value in _requirements(recipe, "host"):
        if value.text.split()[0] in BUILD_TOOLS:
            yield Breach(value.line, f"{value.text} runs during the build: move it to `build`")


def python_is_crossed(recipe: RecipeDocument) -> Iterator[Breach]:
    if not _cross_compiles(recipe) or not _for_target(recipe):
        return
    hosts = {value.text.split()[0] for value in _requirements(recipe, "host")}
    build = [value.text for value in _requirements(recipe, "build")]
    if "python" in hosts and not any(text.startswith("cross-python_") for text in build):
        message = "`build` has no cross-python_${{ host_platform }}: see docs/recipes.md"
        yield Breach(recipe.line_of("requirements", "build"), message)


def host_is_of_the_target(recipe: RecipeDocument) -> Iterator[Breach]:
    if not _for_target(recipe):
        return
    for output in recipe.outputs:
        host = output.content.get("requirements", {}).get("host")
        if host and not output.noarch and "host_platform" not in output.rendered.variant:
            message = 'add `skip: host_platform != "emscripten-wasm32"` under `build`'
            yield Breach(recipe.line_of("build"), f"{message}, or `host` is for this machine")
            return


def requirements_exist(recipe: RecipeDocument) -> Iterator[Breach]:
    lines = {value.text.split()[0]: value.line for value in _requirements(recipe, *_SECTIONS)}
    unknown: dict[str, int] = {}
    for output in recipe.outputs:
        for name in output.requirements(*_SECTIONS):
            if name not in recipe.known:
                unknown.setdefault(name, lines.get(name, recipe.line_of("requirements")))
    for name, line in unknown.items():
        if not name.endswith("_emscripten-wasm32"):  # R204
            yield Breach(line, f"no recipe makes {name}: correct the name, or add its recipe")


def pins_have_blanks(recipe: RecipeDocument) -> Iterator[Breach]:
    for value in _requirements(recipe):
        if found := _GLUED.fullmatch(value.text):
            pin = re.sub(r"^=([\w.]+)$", r"\1.*", found["pin"])
            new = f"{found['name']} {pin}"
            message = f"write `{new}` for `{value.text}`"
            yield Breach(value.line, message, recipe.replaced(value.line, value.text, new))


def no_virtual_packages(recipe: RecipeDocument) -> Iterator[Breach]:
    if _for_target(recipe):
        for value in _requirements(recipe, "run", "run_constraints"):
            if value.text.startswith("__"):
                yield Breach(value.line, f"a page has no {value.text}: remove the requirement")


def has_tests(recipe: RecipeDocument) -> Iterator[Breach]:
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


def has_a_licence(recipe: RecipeDocument) -> Iterator[Breach]:
    if recipe.key("about", "license") is None:
        yield Breach(recipe.line_of("about"), "there is no licence: add `license:` under `about`")


def says_what_it_is(recipe: RecipeDocument) -> Iterator[Breach]:
    wanted = ("homepage", "summary") if recipe.key("source", "url") else ("summary",)
    for key in wanted:
        if recipe.key("about", key) is None:
            yield Breach(recipe.line_of("about"), f"add `{key}:` under `about`")


def has_a_licence_file(recipe: RecipeDocument) -> Iterator[Breach]:
    has_source = _for_target(recipe) and recipe.key("source", "url")
    if has_source and recipe.key("about", "license_file") is None:
        yield Breach(
            recipe.line_of("about", "license"), "add `license_file:`, the licence's file in source"
        )


def nothing_is_left_to_do(recipe: RecipeDocument) -> Iterator[Breach]:
    for number, line in enumerate(recipe.lines, 1):
        if "TODO" in line and "TODO" not in without_comment(line):
            yield Breach(number, f"do what the comment says: {line.split('#', 1)[1].strip()}")
