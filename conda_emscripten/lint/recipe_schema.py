"""Which JSON Schema do editors check a recipe with?

The schema has the keys of v1 recipes (CEP 13, CEP 14) and what the rules of recipes say in the form
of a schema (``Rule.schema``). Conditions and Jinja's expressions are allowed where the CEPs allow
them. Sources: https://github.com/conda/ceps/blob/main/cep-0013.md and cep-0014.md there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from conda_emscripten.lint.findings import Rule
from conda_emscripten.lint.recipe_rules import RULES

_Schema = dict[str, Any]

#: What the schema allows in place of a value.
_EXPRESSION: _Schema = {"type": "string", "pattern": r"\$\{\{"}


def recipe_schema(rules: Iterable[Rule[Any]] = RULES) -> _Schema:
    """The schema of ``recipe.yaml``, in JSON Schema 2020-12.

    Args:
        rules: the rules of recipes.
    """
    definitions = {name: _object(keys) for name, keys in _OBJECTS.items()}
    for name, item in _LISTED.items():
        definitions |= _listed(name, item)
    definitions["Recipe"]["anyOf"] = [
        {"required": ["package"], "not": {"required": ["outputs"]}},
        {"required": ["outputs"], "not": {"required": ["package"]}},
    ]
    definitions["Source"]["anyOf"] = [{"required": [key]} for key in ("url", "path", "git")]
    definitions["Pin"]["required"] = ["name"]
    definitions["Package"]["required"] = ["name"]
    definitions["Output"]["required"] = ["package"]
    definitions["Spec"] = {"type": "string"}
    definitions["Script"] = {"anyOf": [_TEXTS, _ref("ScriptObject")]}
    for rule in rules:
        for name, part in rule.schema.items():
            parts = definitions[name].setdefault("allOf", [])
            parts.append({"description": f"{rule.code}: {rule.summary}", **part})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "recipe.yaml",
        "description": "A recipe of this channel: a v1 recipe of conda (CEP 13, CEP 14).",
        "$ref": "#/$defs/Recipe",
        "$defs": dict(sorted(definitions.items())),
    }


def _object(keys: Mapping[str, tuple[_Schema, str]]) -> _Schema:
    return {
        "type": "object",
        "properties": {
            key: {**schema, "description": text} for key, (schema, text) in keys.items()
        },
        "additionalProperties": False,
    }


def _listed(name: str, item: _Schema) -> dict[str, _Schema]:
    """Definitions of an item, and of a list of such items and conditions; one item is a list."""
    entries = _ref(f"{name}s")
    condition = _object(
        {
            "if": ({"type": "string"}, "An expression over the platforms and the variant."),
            "then": (entries, "The entries if the expression is true."),
            "else": (entries, "The entries if it is false."),
        }
    )
    condition["required"] = ["if", "then"]
    choices = [_ref(name), _ref(f"{name}Condition")]
    return {
        **({name: item} if item else {}),
        f"{name}Condition": condition,
        f"{name}s": {"anyOf": [*choices, {"type": "array", "items": {"anyOf": choices}}]},
    }


def _ref(name: str) -> _Schema:
    return {"$ref": f"#/$defs/{name}"}


def _or_expression(schema: _Schema) -> _Schema:
    return {"anyOf": [schema, _EXPRESSION]}


_TEXT: _Schema = {"type": "string"}
_TEXTS = _ref("Texts")
_FLAG = _or_expression({"type": "boolean"})
_NUMBER = _or_expression({"type": "integer", "minimum": 0})
_SPECS = _ref("Requirements")
_FREE: _Schema = {"type": "object"}

#: The items of lists; empty for those of ``_OBJECTS``.
_LISTED: dict[str, _Schema] = {
    "Text": {"type": ["string", "boolean"]},
    "Requirement": {
        "anyOf": [_ref("Spec"), _ref("PinnedRequirement")],
    },
    "Source": {},
    "Test": {},
    "Output": {},
}

_SECTIONS = {
    "source": (_ref("Sources"), "The files that the build unpacks."),
    "build": (_ref("Build"), "How the package is built."),
    "requirements": (_ref("RequirementSections"), "What the build, and the package, need."),
    "tests": (_ref("Tests"), "Tests of the built package, which run under Node."),
    "about": (_ref("About"), "What the channel's pages say of the package."),
}

_OBJECTS: dict[str, dict[str, tuple[_Schema, str]]] = {
    "Recipe": {
        "schema_version": ({"const": 1}, "The version of the format."),
        "context": (_FREE, "Values for `${{ name }}`."),
        "package": (_ref("Package"), "The package of a recipe with one output."),
        "recipe": (_ref("Package"), "The name and the version of a recipe with several outputs."),
        **_SECTIONS,
        "outputs": (_ref("Outputs"), "The packages of a recipe with several."),
        "extra": (_FREE, "Other values, such as `recipe-maintainers`."),
    },
    "Output": {
        "package": (_ref("Package"), "The package of this output."),
        **_SECTIONS,
    },
    "Package": {
        "name": ({"type": "string", "pattern": r"^[a-z0-9_.-]+$|\$\{\{"}, "The package's name."),
        "version": ({"type": "string"}, "The version. Quote it: 1.10 is a number."),
    },
    "Source": {
        "url": (_TEXTS, "The address of the file, or several in the order of preference."),
        "sha256": (
            _or_expression({"type": "string", "pattern": "^[0-9a-f]{64}$"}),
            "The sha256 of the file, as 64 hexadecimal digits.",
        ),
        "md5": (_TEXT, "The md5 of the file; sha256 is needed, too."),
        "file_name": (_TEXT, "The name of the downloaded file; without it, archives are unpacked."),
        "path": (_TEXT, "A file or folder, relative to the recipe."),
        "git": (_TEXT, "The address of a git repository."),
        "rev": (_TEXT, "The commit of the git repository."),
        "tag": (_TEXT, "The tag of the git repository."),
        "branch": (_TEXT, "The branch of the git repository."),
        "depth": (_NUMBER, "The number of commits to fetch."),
        "lfs": (_FLAG, "Whether to fetch the files of git-lfs."),
        "patches": (_TEXTS, "Patches in the recipe's folder, in the order of application."),
        "target_directory": (_TEXT, "The folder below the work tree for this source."),
        "filter": ({"type": ["object", "array", "string"]}, "The files of `path` that count."),
        "use_gitignore": (_FLAG, "Whether ignored files of `path` are left out."),
    },
    "Build": {
        "number": (_NUMBER, "Raise it to replace the published package of the same version."),
        "string": (_TEXT, "The build string, in place of the computed one."),
        "skip": (_TEXTS, "Conditions under which nothing is built."),
        "noarch": ({"enum": ["python", "generic"]}, "The package is the same on all platforms."),
        "script": (_ref("Script"), "Commands, a file with them, or both; default: build.sh."),
        "python": (_ref("PythonBuild"), "Settings of Python packages."),
        "dynamic_linking": (_FREE, "Settings of shared libraries."),
        "prefix_detection": (_FREE, "How paths of the prefix in files are found."),
        "variant": (_FREE, "Which variant keys count."),
        "files": ({"type": ["object", "array", "string"]}, "The files that the package gets."),
        "always_include_files": (_TEXTS, "Files of the prefix that count even if not new."),
        "always_copy_files": (_TEXTS, "Files that are copied, not linked, at installation."),
        "merge_build_and_host_envs": (_FLAG, "Whether there is one environment for both."),
        "post_process": ({"type": "array"}, "Replacements in the built files."),
    },
    "PythonBuild": {
        "entry_points": (_TEXTS, "Commands in the form `name = module:function`."),
        "skip_pyc_compilation": (_TEXTS, "Files that are not compiled to byte code."),
        "use_python_app_entrypoint": (_FLAG, "Whether commands start as programs of macOS."),
        "version_independent": (_FLAG, "Whether the package fits several versions of Python."),
        "site_packages_path": (_TEXT, "Where this Python has its packages."),
    },
    "ScriptObject": {
        "content": (_TEXTS, "The commands."),
        "file": (_TEXT, "A file in the recipe's folder."),
        "interpreter": (_TEXT, "The program that runs the commands; default: bash."),
        "env": (_FREE, "Environment variables of the commands."),
        "secrets": (_TEXTS, "Names of environment variables that the log hides."),
        "cwd": (_TEXT, "The folder of the commands."),
    },
    "RequirementSections": {
        "build": (_SPECS, "Programs that run on the build machine: compilers, build tools."),
        "host": (_SPECS, "Packages of the target platform that the package is built against."),
        "run": (_SPECS, "What is installed with the package."),
        "run_constraints": (_SPECS, "Which versions fit, if the package is installed."),
        "run_exports": (
            {"anyOf": [_SPECS, _ref("RunExports")]},
            "What dependents get in `run` or `host`.",
        ),
        "ignore_run_exports": (_ref("IgnoredRunExports"), "run_exports that do not count."),
    },
    "RunExports": {
        "weak": (_SPECS, "For `run` of packages with this one in `host`."),
        "strong": (_SPECS, "For `run` and `host` of packages with this one in `build`."),
        "noarch": (_SPECS, "For `run` of noarch packages."),
        "weak_constraints": (_SPECS, "As `weak`, for `run_constraints`."),
        "strong_constraints": (_SPECS, "As `strong`, for `run_constraints`."),
    },
    "IgnoredRunExports": {
        "by_name": (_TEXTS, "Names of packages."),
        "from_package": (_TEXTS, "Names of the packages that export."),
    },
    "PinnedRequirement": {
        "pin_subpackage": (_ref("Pin"), "A version of another output of this recipe."),
        "pin_compatible": (_ref("Pin"), "A version that fits the one in `host`."),
    },
    "Pin": {
        "name": (_TEXT, "The package."),
        "exact": (_FLAG, "Whether the build must be the same."),
        "lower_bound": ({"type": ["string", "null"]}, "The lowest version, or its digits."),
        "upper_bound": ({"type": ["string", "null"]}, "The first version too high, or its digits."),
        "build": (_TEXT, "The build string."),
    },
    "Test": {
        "python": (_ref("PythonTest"), "Imports of modules, in the target's Python."),
        "script": (_ref("Script"), "Commands, which run under Node."),
        "requirements": (_ref("TestRequirements"), "Packages for the commands."),
        "files": (_ref("TestFiles"), "Files for the commands."),
        "package_contents": (_ref("PackageContents"), "Files that the package must have."),
        "downstream": (_TEXT, "A package whose tests run with this one."),
    },
    "PythonTest": {
        "imports": (_TEXTS, "The modules."),
        "pip_check": (_FLAG, "Whether `pip check` runs, too; default: true."),
        "python_version": (_TEXTS, "Versions of Python to test with."),
    },
    "TestRequirements": {
        "build": (_SPECS, "Packages of the build machine."),
        "run": (_SPECS, "Packages of the target platform."),
    },
    "TestFiles": {
        "source": (_TEXTS, "Files of the unpacked source."),
        "recipe": (_TEXTS, "Files of the recipe's folder."),
    },
    "PackageContents": {
        "files": ({"anyOf": [_TEXTS, _FREE]}, "Patterns of paths."),
        "site_packages": ({"anyOf": [_TEXTS, _FREE]}, "Modules or files of site-packages."),
        "include": ({"anyOf": [_TEXTS, _FREE]}, "Headers."),
        "lib": ({"anyOf": [_TEXTS, _FREE]}, "Libraries."),
        "bin": ({"anyOf": [_TEXTS, _FREE]}, "Programs."),
        "strict": (_FLAG, "Whether the package may have no other files."),
    },
    "About": {
        "homepage": (_TEXT, "The address of the project's page."),
        "summary": (_TEXT, "One sentence."),
        "description": (_TEXT, "Several sentences."),
        "license": (_TEXT, "The licence as an SPDX expression."),
        "license_file": (_TEXTS, "Files of the source or of the recipe with the licence."),
        "license_family": (_TEXT, "A group of licences, as conda had it before SPDX."),
        "license_url": (_TEXT, "The address of the licence's text."),
        "documentation": (_TEXT, "The address of the documentation."),
        "repository": (_TEXT, "The address of the sources."),
    },
}
