"""How is a conda environment made from channels, for this machine or for emscripten-wasm32?

This module solves specs and installs packages with py-rattler, and raises py-rattler's exceptions
as user-facing errors.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import rattler
from rattler import exceptions

from conda_emscripten.channel import read_records
from conda_emscripten.errors import BuildError, ChannelError, UsageError
from conda_emscripten.files import os_errors
from conda_emscripten.project import BUILD_PLATFORM, Project


def create_environment(
    prefix: Path, specs: Sequence[str], *, channels: Sequence[str], platform: str, cache_dir: Path
) -> list[str]:
    """Solve ``specs`` and install the result into ``prefix``, which must not exist or be empty.

    Args:
        specs: MatchSpecs (CEP 29), for example ``numpy>=2``.
        channels: channel URLs, strict priority.
        platform: the subdir beside ``noarch``.
        cache_dir: ``cache_dir/rattler`` is the cache of unpacked packages.

    Returns:
        The installed packages as ``name version build``, sorted.

    Raises:
        UsageError: ``prefix`` is not empty or cannot be written, or a spec or the platform is
            malformed.
        ChannelError: a channel cannot be read.
        BuildError: the specs have no solution (the message is the solver's explanation), or a
            package cannot be installed.
    """
    with os_errors(UsageError, f"{prefix}: cannot be written", help="Choose another folder."):
        if prefix.exists() and any(prefix.iterdir()):
            raise UsageError(
                f"{prefix} is not empty.", help="Choose another folder or remove it first."
            )
        created = not prefix.exists()
        try:
            with solver_errors(specs, channels, platform):
                return asyncio.run(_create(prefix, specs, channels, platform, cache_dir))
        except BaseException:
            if created:
                shutil.rmtree(prefix, ignore_errors=True)
            raise


def channel_url(channel: str) -> str:
    """The URL of a channel that a user names by URL, folder or conda's channel name.

    The path of an existing folder becomes a ``file://`` URL. Other text without a scheme is a name
    such as ``conda-forge``, unless it looks like a path.

    Raises:
        UsageError: ``channel`` looks like a path, and there is no such folder.
    """
    if "://" in channel:
        return channel
    folder = Path(channel).expanduser()
    if folder.is_dir():
        return folder.resolve().as_uri()
    if channel.startswith((".", "/", "~")) or channel.count("/") > 1 or not channel:
        raise UsageError(
            f"There is no channel in {folder.absolute()}.",
            help="Give a channel's URL, its folder, or a name such as conda-forge.",
        )
    return channel


_MALFORMED_SPEC = (
    exceptions.InvalidMatchSpecError,
    exceptions.InvalidPackageNameError,
    exceptions.InvalidVersionSpecError,
    exceptions.PackageNameMatcherParseError,
    ValueError,
)
_UNREADABLE_CHANNEL = (
    exceptions.FetchRepoDataError,
    exceptions.GatewayError,
    exceptions.InvalidChannelError,
    exceptions.InvalidUrlError,
)
_FAILED_INSTALLATION = (
    exceptions.CacheDirError,
    exceptions.ExtractError,
    exceptions.InstallerError,
    exceptions.IoError,
    exceptions.LinkError,
    exceptions.TransactionError,
)


@contextlib.contextmanager
def solver_errors(specs: Sequence[str], channels: Sequence[str], platform: str) -> Iterator[None]:
    """Raise py-rattler's exceptions in the block as the errors of ``create_environment``."""
    try:
        yield
    except exceptions.ParseSubdirError as error:
        raise UsageError(
            f"{error}.", help="Give a platform such as emscripten-wasm32 or linux-64."
        ) from error
    except _MALFORMED_SPEC as error:
        raise UsageError(
            f"Cannot read the spec: {error}.", help="Example: 'numpy>=2,<3'."
        ) from error
    except exceptions.SolverError as error:
        raise BuildError(
            f"No solution for {' '.join(specs)} on {platform}:\n{error}\n",
            help="Check the specs and the channels. The packages of this project are built with "
            "'conda-emscripten build --with-deps NAME'.",
        ) from error
    except _UNREADABLE_CHANNEL as error:
        fault, *causes = str(error).splitlines()
        reason = f": {causes[-1].removeprefix('Caused by: ')}" if causes else ""
        raise ChannelError(
            f"A channel cannot be read: {fault}{reason}.",
            help=f"Check {' and '.join(channels)}: a channel has a folder {platform} or noarch, "
            "each with a sound repodata.json.",
        ) from error
    except _FAILED_INSTALLATION as error:
        raise BuildError(
            f"The packages cannot be installed: {error}.",
            help="Check the disk and the permissions of the folder, then run the command again.",
        ) from error


async def _create(
    prefix: Path, specs: Sequence[str], channels: Sequence[str], platform: str, cache_dir: Path
) -> list[str]:
    records = await solve(specs, channels, platform, cache_dir)
    await rattler.install(
        records,
        target_prefix=prefix,
        cache_dir=cache_dir / "rattler" / "pkgs",
        platform=rattler.Subdir(platform),
        show_progress=False,
    )
    return sorted(f"{r.name.normalized} {r.version} {r.build}" for r in records)


async def solve(
    specs: Sequence[str], channels: Sequence[str], platform: str, cache_dir: Path
) -> list[rattler.RepoDataRecord]:
    """The packages of a new environment; see ``create_environment`` for the arguments.

    Raises:
        Exception: an exception of py-rattler; see ``solver_errors``.
    """
    return await rattler.solve(
        sources=list(channels),
        specs=[rattler.MatchSpec(spec) for spec in specs],
        gateway=rattler.Gateway(cache_dir=cache_dir / "rattler" / "repodata"),
        platforms=[rattler.Subdir(platform), rattler.Subdir("noarch")],
        virtual_packages=virtual_packages(platform),
    )


def virtual_packages(platform: str) -> list[rattler.GenericVirtualPackage]:
    """The virtual packages of ``platform`` (CEP 30): of this machine, or of a browser."""
    if platform == str(rattler.Subdir.current()):
        return [package.into_generic() for package in rattler.VirtualPackage.detect()]
    names = ["__unix", "__emscripten"] if platform.startswith("emscripten") else ["__unix"]
    return [
        rattler.GenericVirtualPackage(
            rattler.PackageName(name), rattler.Version("0"), rattler.BuildString("0")
        )
        for name in names
    ]


def native_python(project: Project, bootstrap_channel: str | None = None) -> Path:
    """A CPython of the target's version for this machine; it compiles the bundles' byte code.

    Raises:
        BuildError: see ``build_tool``.
    """
    version = project.abi.python
    return build_tool(project, f"python {version}.*", bootstrap_channel) / f"python{version}"


def build_tool(project: Project, spec: str, bootstrap_channel: str | None = None) -> Path:
    """The ``bin`` folder of an environment with one of the build platform's tools.

    The environment is in ``build/tools``. If the bootstrap channel changes, a new environment is
    made.

    Args:
        project: the project whose bootstrap channel has the tool.
        spec: a MatchSpec (CEP 29).
        bootstrap_channel: URL of a channel to use instead of ``build/bootstrap``.

    Raises:
        BuildError: the channel does not have the tool.
    """
    url = bootstrap_channel or project.bootstrap_dir.as_uri()
    records = read_records(project.bootstrap_dir / BUILD_PLATFORM)
    content = json.dumps([url, spec, records], sort_keys=True)
    prefix = project.build_dir / "tools" / hashlib.sha256(content.encode()).hexdigest()[:16]
    if not (prefix / "conda-meta").is_dir():
        try:
            create_environment(
                prefix,
                [spec],
                channels=[url],
                platform=BUILD_PLATFORM,
                cache_dir=project.cache_dir,
            )
        except BuildError as error:
            tool = spec.split(maxsplit=1)[0]
            raise BuildError(
                error.message,
                help=f"Build the tool with 'conda-emscripten build --with-deps bootstrap/{tool}'.",
            ) from error
    return prefix / "bin"
