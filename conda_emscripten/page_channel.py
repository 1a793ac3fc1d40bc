"""Which part of a channel does a site of its own need?

This module copies packages out of a channel, with indexes and locks that name only these packages.
The copy is for pages: it has bundles instead of packages.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from conda_emscripten.channel import require_channel
from conda_emscripten.channel_layout import bundle_files, is_for_pages
from conda_emscripten.environment import native_python, solve, solver_errors
from conda_emscripten.errors import ChannelError
from conda_emscripten.files import os_errors
from conda_emscripten.index import index_folder
from conda_emscripten.json_formats import Lock
from conda_emscripten.project import TARGET_PLATFORM, Project
from conda_emscripten.snapshot_store import copy_snapshots

_WORK_PREFIX = ".page-channel-"
_INDEX = "Run 'conda-emscripten index'."


def copy_for_pages(
    project: Project,
    target: Path,
    specs: Sequence[str],
    *,
    start: Sequence[str],
    bootstrap_channel: str | None = None,
) -> int:
    """Write the part of the project's channel that pages need.

    Args:
        project: the project with the channel, which has been indexed.
        target: a new folder.
        specs: MatchSpecs (CEP 29) of the packages; their dependencies are copied, too. Without
            specs: all packages of the channel's default lock.
        start: names of the packages that pages load first, for ``lock.json``.
        bootstrap_channel: see ``conda_emscripten.environment.native_python``.

    Returns:
        The number of packages.

    Raises:
        UsageError: a spec is malformed.
        BuildError: the specs have no solution, or there is no native Python for the byte code.
        ChannelError: there is no channel, it is not indexed, it lacks a package of ``start``, or a
            file cannot be written.
    """
    channel = project.channel_dir.resolve()
    require_channel(channel)
    packages = _solution(project, [*start, *specs]) if specs else _locked(channel, start)
    with (
        os_errors(ChannelError, f"{target}: the channel cannot be copied"),
        tempfile.TemporaryDirectory(dir=channel.parent, prefix=_WORK_PREFIX) as folder,
    ):
        part = Path(folder)
        for subdir in {path.parent for path in packages}:
            (part / subdir).mkdir()
            # With the states of the packages, no bundle is made again.
            shutil.copy2(channel / subdir / ".bundles.json", part / subdir)
        for package in packages:
            for path in (channel / package, *bundle_files(channel / package)):
                (part / package.parent / path.name).hardlink_to(path)
        copy_snapshots(channel, part)
        python = native_python(project, bootstrap_channel)
        index_folder(part, abi=project.abi, python=python, start=start)
        for path in sorted(part.rglob("*")):
            name = path.relative_to(part)
            if path.is_file() and is_for_pages(name.as_posix()):
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target / name)
    return len(packages)


def _solution(project: Project, specs: Sequence[str]) -> list[PurePosixPath]:
    """The packages for specs, by their paths in the channel."""
    urls = [project.channel_dir.as_uri() + "/"]
    with solver_errors(specs, urls, TARGET_PLATFORM):
        records = asyncio.run(solve(specs, urls, TARGET_PLATFORM, project.cache_dir))
    return [PurePosixPath(record.subdir, record.file_name) for record in records]


def _locked(channel: Path, start: Sequence[str]) -> list[PurePosixPath]:
    """The packages of a channel's default lock, by their paths in the channel."""
    file = channel / "default-lock.json"
    with os_errors(ChannelError, f"{file} cannot be read", help=_INDEX):
        lock: Lock = json.loads(file.read_bytes())
    if missing := sorted(set(start) - {package["name"] for package in lock["packages"]}):
        raise ChannelError(
            f"{file} has no {' and no '.join(missing)}.",
            help=f"Build the packages: conda-emscripten build --with-deps {' '.join(missing)}; "
            "then run 'conda-emscripten index'.",
        )
    return [PurePosixPath(package["subdir"], package["file"]) for package in lock["packages"]]
