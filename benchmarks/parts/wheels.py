"""Packages as bundles, beside the same releases as wheels in Pyodide."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks import peers
from benchmarks.channel import CHANNEL, newest
from benchmarks.measure import BUILD_DIR, Sample, both_ways, in_node, in_turns, served, with_memory
from benchmarks.report import Row, both, megabytes, milliseconds

ROWS: list[Row] = [
    ("from the call to imported", "total", milliseconds),
    ("`loadPackage`", "load", milliseconds),
    ("`import`", "import", milliseconds),
    ("memory growth, kept", "warm_growth", megabytes),
    ("memory growth, peak", "warm_peak", megabytes),
    ("memory growth of a cold interpreter, kept", "growth", megabytes),
]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A package of the channel, its module, and its wheels: PyPI's project -> channel's package."""

    package: str
    module: str
    wheels: dict[str, str]


CASES = (
    Case(package="msgpack-python", module="msgpack", wheels={"msgpack": "msgpack-python"}),
    Case(package="sympy", module="sympy", wheels={"mpmath": "mpmath", "sympy": "sympy"}),
    Case(package="networkx", module="networkx", wheels={"networkx": "networkx"}),
)


def measure() -> str:
    """Time and memory from `loadPackage` to the end of the import, a Markdown table per package."""
    peer = peers.pyodide()
    return "\n\n".join(_compare(case, peer) for case in CASES)


def _compare(case: Case, peer: Path) -> str:
    versions = {project: newest(name)["version"] for project, name in case.wheels.items()}
    folder = peers.wheels(f"{project}=={version}" for project, version in versions.items())
    files = [
        next(folder.glob(f"{project}-{version}-*.whl")) for project, version in versions.items()
    ]
    paths = ",".join(map(str, files))
    with served(peer=peer, wheels=folder) as address:
        urls = ",".join(f"{address}/wheels/{file.name}" for file in files)

        def page(index: str, packages: str) -> Sample:
            query = {"index": index, "packages": packages, "modules": case.module}
            return both_ways(lambda **warm: with_memory(address, "load", **query, **warm))

        browser = in_turns(ours=lambda: page("/", case.package), peer=lambda: page("/peer/", urls))

    def process(*arguments: str | Path) -> Sample:
        return both_ways(lambda **warm: in_node("load", *arguments, case.module, *warm))

    node = in_turns(
        ours=lambda: process(BUILD_DIR / "dist", CHANNEL, case.package),
        peer=lambda: process(peer, "", paths),
    )
    shown = ", ".join(f"{project} {version}" for project, version in versions.items())
    return both(shown, ROWS, {"Chromium": browser, "Node": node})
