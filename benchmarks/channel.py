"""Which packages does the channel have that is measured?"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from benchmarks.measure import BUILD_DIR

CHANNEL = BUILD_DIR / "channel"


@cache
def _locked() -> dict[str, dict[str, Any]]:
    packages = json.loads((CHANNEL / "default-lock.json").read_text())["packages"]
    return {package["name"]: package for package in packages}


def newest(name: str) -> dict[str, Any]:
    """What the channel's own lock says of a package; ends the program if it is not there."""
    found = _locked().get(name)
    if found is None:
        raise SystemExit(
            f"{CHANNEL} has no {name}. Run `conda-emscripten build --with-deps {name}` and "
            "`conda-emscripten index`."
        )
    return found
