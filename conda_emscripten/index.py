"""How does the channel get its indexes: repodata, bundles, imports and the default lock?"""

from __future__ import annotations

from dataclasses import dataclass

from conda_emscripten.bundle import bundle_channel
from conda_emscripten.channel import Channel, locked
from conda_emscripten.compress import compress_bundles
from conda_emscripten.environment import native_python
from conda_emscripten.errors import ChannelError
from conda_emscripten.project import TARGET_PLATFORM, Project


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
