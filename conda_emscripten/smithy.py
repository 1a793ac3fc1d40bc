"""``python -m conda_emscripten.smithy``: conda-smithy, with corrections for emscripten-wasm32.

The arguments are those of ``conda-smithy``. Three faults of conda-build 26.7 and conda-smithy
2026.8 stop the commands for this platform; ``ci/upstream/`` has patches. Two of them are corrected
in this process, and nothing that is installed changes; ``feedstock_export`` avoids the third by
configuration.
"""

from __future__ import annotations

import sys
from typing import Any


def main() -> int:
    """Run conda-smithy.

    Returns:
        The exit code of the command; 1 if conda-smithy is not installed in this Python.
    """
    try:
        from conda_build import variants
        from conda_smithy.cli import main as conda_smithy
        from conda_smithy.linter import conda_recipe_v1_linter as linter
    except ImportError as error:
        print(f"error: conda-smithy is not installed in {sys.executable}: {error}", file=sys.stderr)
        print("help: Install conda-smithy, which environment.yml has.", file=sys.stderr)
        return 1
    # KeyError: 'emscripten', as the table has no compilers for the platform.
    variants.DEFAULT_COMPILERS.setdefault("emscripten", {"c": "emscripten", "cxx": "emscripten"})
    # AttributeError: 'CommentedMap' object has no attribute 'startswith', for `if:` in `build:`.
    linter.hint_noarch_usage = _without_conditions(linter.hint_noarch_usage)
    return int(conda_smithy() or 0)


def _without_conditions(hint: Any) -> Any:
    """``hint_noarch_usage``, which has no hint for a recipe with conditions in ``build``."""

    def checked(build: Any, requirements: Any, hints: list[str]) -> None:
        entries = requirements.get("build") or ()
        if all(isinstance(entry, str) for entry in entries):
            hint(build, requirements, hints)

    return checked


if __name__ == "__main__":
    sys.exit(main())
