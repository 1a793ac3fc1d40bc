"""Finds packages of the measured channel, build/channel."""

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
    """The entry of a package in the channel's default lock.

    Raises:
        SystemExit: the channel has no such package.
    """
    found = _locked().get(name)
    if found is None:
        raise SystemExit(
            f"{CHANNEL} has no {name}. Run `conda-emscripten build --with-deps {name}` and "
            "`conda-emscripten index`."
        )
    return found


def bundle_bytes(record: dict[str, Any]) -> bytes:
    """The bundle of an entry of the default lock, of all its parts."""
    names = [record["bundle"], *(part["bundle"] for part in record.get("bundle_parts", ()))]
    return b"".join((CHANNEL / record["subdir"] / name).read_bytes() for name in names)
