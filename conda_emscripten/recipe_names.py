"""Which outputs does a name on the command line mean?

This module chooses among the outputs of a recipe folder by name and version, and has the errors for
unknown names.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence

from rattler import Version, VersionSpec
from rattler.exceptions import InvalidVersionError, InvalidVersionSpecError

from conda_emscripten.errors import RecipeError, UsageError
from conda_emscripten.recipe import Output


def without_suites(name: str, outputs: Sequence[Output]) -> list[Output]:
    """``outputs`` without test outputs, unless ``name`` is the name of one."""
    if name in {output.name for output in outputs if output.is_suite}:
        return list(outputs)
    return [output for output in outputs if not output.is_suite]


def of_version(name: str, outputs: Sequence[Output]) -> list[Output]:
    """Those of ``outputs`` that a name with a version, such as ``numpy=2.4``, means.

    These are the outputs of exactly this version, or else of the versions ``2.4.*``.

    Raises:
        UsageError: the text after ``=`` is not a version, or no output has such a version.
    """
    bare, _, version = name.removeprefix("bootstrap/").partition("=")
    version = version.removeprefix("=")
    found = without_suites(bare, outputs)
    try:
        spec = VersionSpec(f"{version}.*")
        matching = [output for output in found if spec.matches(Version(output.version))]
    except (InvalidVersionError, InvalidVersionSpecError) as error:
        raise UsageError(
            f"{name!r}: {version!r} is not a version.", help="Write for example numpy=2.4."
        ) from error
    matching = [output for output in found if output.version == version] or matching
    if not matching:
        known = ", ".join(dict.fromkeys(output.label for output in outputs))
        raise UsageError(f"{outputs[0].folder} has no variant {name!r}.", help=f"It makes {known}.")
    return matching


def unknown_name(name: str, known: Collection[str]) -> UsageError:
    """The error for a name that no recipe has; ``known`` are the names of the folders."""
    # Of a path, the folder's name counts.
    folder = name.rstrip("/").removesuffix("/recipe.yaml").rpartition("/")[2].partition("=")[0]
    close = difflib.get_close_matches(folder, known, n=3)
    return UsageError(
        f"There is no recipe {name!r}.",
        help=f"Did you mean {' or '.join(close)}?" if close else "See the folder recipes/.",
    )


def unknown_package(name: str, unreadable: Sequence[str]) -> RecipeError:
    """The error for a required package; ``unreadable`` are the errors of unreadable recipes."""
    if unreadable:
        return RecipeError(
            "\n".join(
                [
                    f"No recipe that can be read makes the package {name!r}. These cannot be read:",
                    *unreadable,
                    "",
                ]
            ),
            help=f"Correct the recipe that makes {name}.",
        )
    return RecipeError(
        f"No recipe makes the package {name!r}.",
        help=f"Add recipes/{name}/recipe.yaml ('conda-emscripten build' looks in recipes/ and "
        "channel/bootstrap/).",
    )
