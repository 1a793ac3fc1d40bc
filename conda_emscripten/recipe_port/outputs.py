"""Which one package do the outputs of a feedstock become?

This module gives the keys of v0 recipes their names in v1, and merges the outputs of a feedstock:
where libraries are static, a library, its headers and its programs are one package.
Sources: conda-build's "Defining metadata", CEP 14.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from conda_emscripten.errors import RecipeError, UsageError
from conda_emscripten.recipe_new.licences import spdx
from conda_emscripten.recipe_port.evaluate import Notice, Text, line_of

_SOURCE = {
    "folder": "target_directory",
    "fn": "file_name",
    **{key: key for key in ("url", "sha256", "md5", "patches", "path", "target_directory")},
    "file_name": "file_name",
}
_ARCHIVE = re.compile(r".*\.(?:zip|tar|tgz|tar\.\w+)")
_ABOUT = {
    "home": "homepage",
    "dev_url": "repository",
    "doc_url": "documentation",
    **{key: key for key in ("homepage", "repository", "documentation")},
    **{key: key for key in ("license", "license_file", "summary")},
}
_ABOUT_ORDER = ("homepage", "repository", "documentation", "license", "license_file", "summary")
_BUILD = frozenset(["number", "noarch", "script", "skip", "string", "python", "dynamic_linking"])
_BUILD_V0 = frozenset(
    [
        "entry_points",
        "run_exports",
        "ignore_run_exports",
        "ignore_run_exports_from",
        "binary_relocation",
    ]
)
#: Outputs for other languages and for hardware that a page does not have.
_DROPPED = re.compile(r"r-.*|.*-(cuda|gpu|nocuda|rocm|proc|dbg|debug)(-.*)?|.*-(java|jar)")


@dataclass(frozen=True, kw_only=True)
class Part:
    """A package of a feedstock with the keys of v1; several parts merge into one.

    Attributes:
        name: of the package.
        version: of the package.
        build: the section ``build``.
        requirements: the section ``requirements``.
        tests: the tests, each as v0's ``test`` or as one of v1's ``tests``.
        about: the section ``about``.
    """

    name: str
    version: str
    build: dict[str, Any]
    requirements: dict[str, Any]
    tests: list[dict[str, Any]]
    about: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Merged:
    """The package that a feedstock's outputs become.

    Attributes:
        part: the package.
        sources: the section ``source``, always a list.
        siblings: the names of all outputs.
        scripts: the build scripts of the merged outputs, the recipe's own first.
        maintainers: ``extra/recipe-maintainers``.
    """

    part: Part
    sources: list[dict[str, Any]]
    siblings: frozenset[str]
    scripts: list[Any]
    maintainers: list[str]


def merge(tree: Any, path: str, feedstock: str, notices: list[Notice]) -> Merged:
    """Read an evaluated recipe of either format.

    Args:
        tree: the evaluated YAML.
        path: the recipe's name in messages.
        feedstock: the name of the feedstock.
        notices: what a person must look at is added here.

    Raises:
        RecipeError: the recipe has no name or version, or a source is a git repository.
    """
    if not isinstance(tree, dict):
        raise RecipeError(f"{path}:1: the recipe is empty.", help="Name another feedstock.")
    head = tree.get("package") or tree.get("recipe") or {}
    top = _part(tree, head, notices)
    outputs = [_output(each, top, notices) for each in tree.get("outputs") or ()]
    kept = [each for each in outputs if not _DROPPED.fullmatch(each.name)] or outputs
    notices += [
        Notice(line=line_of(each.name), message=f"the output {each.name} is dropped")
        for each in outputs
        if each not in kept
    ]
    siblings = frozenset({each.name for each in outputs} | ({top.name} if top.name else set()))
    extra = tree.get("extra") or {}
    feedstock = str(extra.get("feedstock-name") or feedstock)
    part = _one(top, kept, feedstock, notices) if kept else top
    if not part.name or not part.version:
        raise RecipeError(
            f"{path}:1: the package has no name or no version.", help="Correct the recipe."
        )
    return Merged(
        part=part,
        sources=[
            _source(each, path, notices)
            for item in (tree, *(o for o in tree.get("outputs") or () if isinstance(o, dict)))
            for each in _list(item.get("source"))
        ],
        siblings=siblings,
        scripts=[each.build["script"] for each in (top, *kept) if each.build.get("script")],
        maintainers=[str(each) for each in _list(extra.get("recipe-maintainers"))],
    )


def _one(top: Part, outputs: list[Part], feedstock: str, notices: list[Notice]) -> Part:
    """The package of several outputs, which share everything."""
    names = [each.name for each in outputs]
    wanted = [feedstock, feedstock.removeprefix("python-"), top.name, *names]
    main = outputs[names.index(next(each for each in wanted if each in names))]
    others = [each for each in outputs if each is not main]
    notices += [
        Notice(line=line_of(each.name), message=f"{each.name} becomes part of {main.name}")
        for each in others
    ]
    parts = [top, main, *others]
    requirements: dict[str, Any] = {}
    for part in parts:
        for key, value in part.requirements.items():
            requirements[key] = _joined(requirements.get(key), value)
    noarch = main.build.get("noarch") if all(each.build.get("noarch") for each in outputs) else None
    return Part(
        name=main.name,
        version=main.version or top.version,
        build={**top.build, **main.build, "noarch": noarch},
        requirements=requirements,
        tests=[test for part in parts for test in part.tests],
        about={**top.about, **main.about},
    )


def _joined(first: Any, second: Any) -> Any:
    """Two values of a section: of run_exports by strength, otherwise lists."""
    if isinstance(first, dict) or isinstance(second, dict):
        one = first if isinstance(first, dict) else {"weak": first}
        two = second if isinstance(second, dict) else {"weak": second}
        return {key: [*_list(one.get(key)), *_list(two.get(key))] for key in {**one, **two}}
    return [*_list(first), *_list(second)]


def _output(tree: dict[str, Any], top: Part, notices: list[Notice]) -> Part:
    head = tree.get("package") or {"name": tree.get("name"), "version": tree.get("version")}
    script = tree.get("script")
    build = {**(tree.get("build") or {}), **({"script": script} if script else {})}
    part = _part({**tree, "build": build}, head, notices)
    if part.build.get("noarch") is None and top.build.get("noarch"):
        part.build["noarch"] = top.build["noarch"]
    return part


def _part(tree: dict[str, Any], head: dict[str, Any], notices: list[Notice]) -> Part:
    build = dict(tree.get("build") or {})
    requirements = tree.get("requirements") or {}
    if isinstance(requirements, list):  # conda-build: a list is that of `run`
        requirements = {"run": requirements}
    requirements = dict(requirements)
    renames = {"run_constrained": "run_constraints"}
    requirements = {renames.get(key, key): value for key, value in requirements.items() if value}
    if build.get("run_exports"):
        requirements["run_exports"] = build["run_exports"]
    by_name, by_package = build.get("ignore_run_exports"), build.get("ignore_run_exports_from")
    if by_name or by_package:
        requirements["ignore_run_exports"] = {"by_name": by_name, "from_package": by_package}
    if build.get("entry_points"):
        build["python"] = {"entry_points": build["entry_points"]}
    for key, value in build.items():
        if key not in _BUILD | _BUILD_V0:
            notices.append(
                Notice(line=line_of(key) or line_of(value), message=f"build/{key} is dropped")
            )
    about = tree.get("about") or {}
    mapped = {_ABOUT[key]: value for key, value in about.items() if key in _ABOUT and value}
    if isinstance(mapped.get("license"), str):
        text = re.sub(r"\s(and|or|with)\s", lambda found: found[0].upper(), mapped["license"])
        with suppress(UsageError):  # rendering names a licence that SPDX does not list
            text = spdx(text)
        mapped["license"] = Text(text, line_of(mapped["license"]))
    for key in ("homepage", "repository", "documentation"):
        if isinstance(mapped.get(key), list):  # v0 allows several
            mapped[key] = mapped[key][0]
    tests = tree.get("tests") or ([tree["test"]] if tree.get("test") else [])
    return Part(
        name=Text((head.get("name") or "").lower(), line_of(head.get("name"))),
        version=str(head.get("version") or ""),
        build={key: value for key, value in build.items() if key in _BUILD},
        requirements=requirements,
        tests=[each for each in tests if isinstance(each, dict)],
        about={key: mapped[key] for key in _ABOUT_ORDER if key in mapped},
    )


def _source(tree: dict[str, Any], path: str, notices: list[Notice]) -> dict[str, Any]:
    if git := next((key for key in tree if key in ("git", "git_url", "svn_url", "hg_url")), None):
        raise RecipeError(
            f"{path}:{line_of(git)}: the source is the repository {tree[git]}, whose content has "
            "no sha256.",
            help="Write the url and sha256 of an archive into the recipe, and port the folder.",
        )
    notices += [
        Notice(line=line_of(key), message=f"source/{key} is dropped")
        for key in tree
        if key not in _SOURCE
    ]
    # conda-build unpacks an archive that it renames; a `file_name` of v1 stays packed.
    unpacked = all(_ARCHIVE.fullmatch(each) for each in (str(tree.get("fn")), *_urls(tree)))
    return {
        _SOURCE[key]: value
        for key, value in tree.items()
        if key in _SOURCE and value and not (key == "fn" and unpacked)
    }


def _urls(tree: dict[str, Any]) -> list[str]:
    return [str(each) for each in _list(tree.get("url"))]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def flat(value: Any) -> Iterator[Text]:
    """The texts of nested lists."""
    for item in _list(value):
        if isinstance(item, list):
            yield from flat(item)
        elif isinstance(item, Text) and item.strip():
            yield item
