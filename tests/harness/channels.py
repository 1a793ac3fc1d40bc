"""How does a test index a channel of its own?"""

from __future__ import annotations

from pathlib import Path

from conda_emscripten.bundle import Bundle
from conda_emscripten.index import index_folder
from conda_emscripten.project import Project

ABI = Project.find(Path(__file__)).abi
START = ("python", "six")


def index(channel: Path, *, python: Path | None = None, force: bool = True) -> dict[str, Bundle]:
    """Write all files that describe the packages of a channel.

    Args:
        channel: the folder of the channel.
        python: a native Python that compiles byte code; None: no byte code.
        force: read every package again, also the packages that the repodata already lists.

    Returns:
        File name of each package -> its bundle.
    """
    bundles = index_folder(channel, abi=ABI, python=python, start=START, force=force)
    return {bundle.package: bundle for listed in bundles.values() for bundle in listed}
