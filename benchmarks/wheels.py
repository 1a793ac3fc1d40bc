"""How fast is a package as our bundle, beside the same release as a wheel in Pyodide?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks import peers
from benchmarks.channel import CHANNEL, newest
from benchmarks.measure import BUILD_DIR, Sample, in_node, in_turns, served, with_memory
from benchmarks.report import Row, both, megabytes, milliseconds

ROWS: list[Row] = [
    ("from the call to imported", "total", milliseconds),
    ("`loadPackage`", "load", milliseconds),
    ("`import`", "import", milliseconds),
    ("memory growth, kept", "growth", megabytes),
    ("memory growth, peak", "peak", megabytes),
]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A package of ours, its module, and its wheels: project of PyPI -> package of the channel."""

    package: str
    module: str
    wheels: dict[str, str]


CASES = (
    Case(package="msgpack-python", module="msgpack", wheels={"msgpack": "msgpack-python"}),
    Case(package="sympy", module="sympy", wheels={"mpmath": "mpmath", "sympy": "sympy"}),
    Case(package="networkx", module="networkx", wheels={"networkx": "networkx"}),
)


def measure() -> str:
    """Time and memory from the call to imported, as a Markdown table for each package."""
    peer = peers.pyodide()
    return "\n\n".join(_compare(case, peer) for case in CASES)


def _compare(case: Case, peer: Path) -> str:
    versions = {project: newest(name)["version"] for project, name in case.wheels.items()}
    folder = peers.wheels(f"{project}=={version}" for project, version in versions.items())
    files = [
        next(folder.glob(f"{project}-{version}-*.whl")) for project, version in versions.items()
    ]
    with served(peer=peer, wheels=folder) as address:

        def page(index: str, packages: list[str]) -> Sample:
            listed = ",".join(packages)
            return with_memory(address, "load", index=index, packages=listed, modules=case.module)

        browser = in_turns(
            ours=lambda: page("/", [case.package]),
            peer=lambda: page("/peer/", [f"{address}/wheels/{file.name}" for file in files]),
        )
    paths = ",".join(map(str, files))
    node = in_turns(
        ours=lambda: in_node("load", BUILD_DIR / "dist", CHANNEL, case.package, case.module),
        peer=lambda: in_node("load", peer, "", paths, case.module),
    )
    shown = ", ".join(f"{project} {version}" for project, version in versions.items())
    return both(shown, ROWS, browser, node)
