"""Which rules do recipes keep?

The rules are those of conda-smithy, bioconda-utils and emscripten-forge that mean something for one
platform, and rules of this channel. ``docs/reference/lint.md`` lists them; ``recipe_schema`` makes
the schema for editors from the parts that a schema can say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conda_emscripten.lint import recipe_checks as checks
from conda_emscripten.lint.findings import Rule
from conda_emscripten.lint.recipe_document import RecipeDocument


def _one_output(keys: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of a recipe with one output that must have some keys.

    An output of several may have them instead of the recipe.
    """
    then = {"required": list(keys), "properties": keys}
    return {"Recipe": {"if": {"required": ["package"]}, "then": then}}


RULES: tuple[Rule[RecipeDocument], ...] = (
    Rule(
        code="R101",
        summary="Each source has a sha256.",
        reason="A changed file must not be built, and caches and mirrors find a file by its hash.",
        check=checks.sources_have_hashes,
        schema={"Source": {"if": {"required": ["url"]}, "then": {"required": ["sha256"]}}},
    ),
    Rule(
        code="R102",
        summary="The address of a source has ${{ version }} in place of the version.",
        reason="A new version changes one line.",
        check=checks.urls_name_the_version,
    ),
    Rule(
        code="R103",
        summary="Addresses of the Python package index have their canonical form.",
        reason="The mirrors recognise only this form, which also outlives the index's hosts.",
        check=checks.pypi_urls_are_canonical,
    ),
    Rule(
        code="R104",
        summary="A package for the target is built from source, never from a wheel.",
        reason="A wheel lacks the tests and the licences, and its code is of another platform.",
        check=checks.sources_are_no_wheels,
    ),
    Rule(
        code="R105",
        summary="Each file in patches/ is applied.",
        reason="A forgotten patch looks as if the package had it.",
        check=checks.patches_are_listed,
    ),
    Rule(
        code="R106",
        summary="A patch has a subject and a message.",
        reason="The next version needs to know why the patch exists and whether upstream has it.",
        check=checks.patches_say_why,
    ),
    Rule(
        code="R201",
        summary="There is a build number.",
        reason="A rebuild of the same version must be newer than the published package.",
        check=checks.has_a_build_number,
        schema=_one_output({"build": {"required": ["number"]}}),
    ),
    Rule(
        code="R202",
        summary="A noarch package has no compiler.",
        reason="Compiled files are not noarch.",
        check=checks.noarch_has_no_compiler,
    ),
    Rule(
        code="R203",
        summary="Compilers are requirements of the build environment.",
        reason="A compiler runs on the build machine.",
        check=checks.compilers_are_in_build,
    ),
    Rule(
        code="R204",
        summary="A recipe makes each compiler that is used.",
        reason="The variant has keys for compilers that do not exist, so that feedstocks render.",
        check=checks.compilers_exist,
    ),
    Rule(
        code="R205",
        summary="Build tools of a compiled package are in the build environment.",
        reason="Programs of the host environment are WebAssembly and do not run during the build.",
        check=checks.tools_are_in_build,
    ),
    Rule(
        code="R206",
        summary="A compiled Python package has cross-python in its build environment.",
        reason="Otherwise build backends compile for the Python of the build machine.",
        check=checks.python_is_crossed,
    ),
    Rule(
        code="R207",
        summary="A compiled package with host requirements uses the key host_platform.",
        reason="Without it, py-rattler-build 0.73 solves the environment for the build machine.",
        check=checks.host_is_of_the_target,
    ),
    Rule(
        code="R301",
        summary="A recipe makes each requirement.",
        reason="A misspelled name is found before the build.",
        check=checks.requirements_exist,
    ),
    Rule(
        code="R302",
        summary="A requirement is a name, a blank, and the version.",
        reason="Tools disagree on the meaning of name=1.",
        check=checks.pins_have_blanks,
        schema={"Spec": {"not": {"pattern": checks.GLUED}}},
    ),
    Rule(
        code="R303",
        summary="There is no virtual package in the run requirements.",
        reason="Pages have none, so the package could not be installed there.",
        check=checks.no_virtual_packages,
    ),
    Rule(
        code="R401",
        summary="Each output with files has tests.",
        reason="A package that builds need not run in WebAssembly.",
        check=checks.has_tests,
    ),
    Rule(
        code="R501",
        summary="There is a licence.",
        reason="Nobody may use the package without one. That it is an SPDX expression is R100's.",
        check=checks.has_a_licence,
        schema=_one_output({"about": {"required": ["license"]}}),
    ),
    Rule(
        code="R502",
        summary="The package contains its licence.",
        reason="Most licences ask for it.",
        check=checks.has_a_licence_file,
    ),
    Rule(
        code="R503",
        summary="There are a summary and, of another project's files, its home page.",
        reason="The channel's pages show them.",
        check=checks.says_what_it_is,
        schema=_one_output({"about": {"required": ["summary"]}}),
    ),
    Rule(
        code="R601",
        summary="There is no TODO in a comment.",
        reason="`recipe new` and `recipe port` mark with it what a person must decide.",
        check=checks.nothing_is_left_to_do,
    ),
)
