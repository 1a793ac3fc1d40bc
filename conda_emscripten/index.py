"""How does the channel get its indexes: repodata, bundles, imports and the default lock?"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from conda_emscripten.bundle import bundle_channel
from conda_emscripten.channel import Channel, locked
from conda_emscripten.compress import compress_bundles
from conda_emscripten.environment import create_environment
from conda_emscripten.errors import ChannelError
from conda_emscripten.project import BUILD_PLATFORM, TARGET_PLATFORM, Project


@dataclass(frozen=True, kw_only=True)
class IndexEntry:
    """A package in the channel; sizes in bytes, ``bundle_size`` is None without a bundle."""

    subdir: str
    file: str
    package_size: int
    bundle_size: int | None


def index_channel(
    project: Project, bootstrap_channel: str | None = None, *, compress: bool = False
) -> list[IndexEntry]:
    """Write the channel's repodata, make missing bundles, and write the files that list them.

    With ``compress`` bundles also get the files that compress.py makes.

    Raises:
        ChannelError: there is no channel yet, or it is in use.
        BundleError: a package cannot be made into a bundle.
    """
    channel = Channel(path=project.channel_dir, subdirs=(TARGET_PLATFORM, "noarch"))
    if not channel.path.is_dir():
        raise ChannelError(
            f"There is no channel in {channel.path}. Build something first, for example with "
            "'conda-emscripten build --with-deps numpy'."
        )
    with locked(project.build_dir):
        channel.index()
        python = native_python(project, bootstrap_channel)
        bundles = {b.package: b for b in bundle_channel(channel.path, python=python)}
        if compress:
            compress_bundles(channel.path)
    return [
        IndexEntry(
            subdir=subdir,
            file=file,
            package_size=channel.package(subdir, file).stat().st_size,
            bundle_size=bundles[file].size if bundles[file].file else None,
        )
        for subdir in channel.subdirs
        for file in sorted(channel.records(subdir))
    ]


def native_python(project: Project, bootstrap_channel: str | None = None) -> Path:
    """A CPython of the target's version for this machine; it compiles the bundles' byte code."""
    return build_tool(project, "python 3.13.*", bootstrap_channel) / "python3.13"


def build_tool(project: Project, spec: str, bootstrap_channel: str | None = None) -> Path:
    """The ``bin`` folder of an environment with one of the build platform's tools.

    It is in ``build/tools``, and made again when the bootstrap channel changes.

    Raises:
        BuildError: the channel does not have it.
    """
    url = bootstrap_channel or project.bootstrap_dir.as_uri()
    records = Channel(path=project.bootstrap_dir, subdirs=()).records(BUILD_PLATFORM)
    content = json.dumps([url, spec, records], sort_keys=True)
    prefix = project.build_dir / "tools" / hashlib.sha256(content.encode()).hexdigest()[:16]
    if not (prefix / "conda-meta").is_dir():
        create_environment(
            prefix,
            [spec],
            channels=[url],
            platform=BUILD_PLATFORM,
            cache_dir=project.cache_dir,
        )
    return prefix / "bin"
