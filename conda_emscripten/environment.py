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
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import rattler
from rattler import exceptions

from conda_emscripten.channel import read_records
from conda_emscripten.errors import BuildError, ChannelError, UsageError
from conda_emscripten.files import os_errors
from conda_emscripten.project import BUILD_PLATFORM, Project

#: Seconds that py-rattler's threads have to end after an interruption.
_SECONDS_TO_STOP = 5.0


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
        created = [path for path in (prefix, *prefix.parents) if not path.exists()]
        try:
            prefix.mkdir(parents=True, exist_ok=True)
            with solver_errors(specs, channels, platform):
                return asyncio.run(_create(prefix, specs, channels, platform, cache_dir))
        except BaseException:
            if created:
                _remove(prefix)
                for parent in created[1:]:
                    with contextlib.suppress(OSError):  # another process uses it by now
                        parent.rmdir()
            raise


def _remove(prefix: Path) -> None:
    """Remove a prefix that py-rattler's threads may still be writing to after an interruption."""
    stop = time.monotonic() + _SECONDS_TO_STOP
    quiet = 0
    while quiet < 3 and time.monotonic() < stop:
        quiet = quiet + 1 if not prefix.exists() else 0
        shutil.rmtree(prefix, ignore_errors=True)
        time.sleep(0.05)


#: The schemes of URLs that py-rattler can read a channel from.
_SCHEMES = ("https", "http", "file", "s3", "oci")
_CHANNEL_HELP = "Give a channel's URL, its folder, or a name such as conda-forge."


def channel_url(channel: str) -> str:
    """The URL of a channel that a user names by URL, folder or conda's channel name.

    The path of an existing folder becomes a ``file://`` URL. Other text without a scheme is a name
    such as ``conda-forge`` or ``conda-forge/label/dev``, unless it looks like a path.

    Raises:
        UsageError: ``channel`` looks like a path, and there is no such folder, or it is a URL that
            channels do not have.
    """
    try:
        scheme = urlsplit(channel).scheme
    except ValueError as error:
        raise UsageError(f"'{channel}' is not a URL: {error}.", help=_CHANNEL_HELP) from error
    if "://" in channel:
        if scheme not in _SCHEMES:
            raise UsageError(
                f"'{channel}': a channel cannot have the scheme '{scheme}'.", help=_CHANNEL_HELP
            )
        return channel
    folder = Path(channel)
    with contextlib.suppress(RuntimeError):  # there is no user of the name after ~
        folder = folder.expanduser()
    with os_errors(UsageError, f"'{channel}' is not a channel", help=_CHANNEL_HELP):
        if channel and folder.is_dir():
            return folder.resolve().as_uri()
        is_path = channel.startswith((".", "/", "~")) or Path(*folder.parts[:1]).exists()
    if is_path or not channel:
        raise UsageError(f"There is no channel in {folder.absolute()}.", help=_CHANNEL_HELP)
    return channel


def check_channel(channel: str, platform: str, cache_dir: Path) -> None:
    """Ask a channel for one package, so that a channel out of reach is one error.

    Args:
        channel: a URL or conda's name of a channel.
        platform: the subdir beside ``noarch``.
        cache_dir: see ``create_environment``.

    Raises:
        ChannelError: the channel cannot be read.
    """

    async def query() -> None:
        subdirs = [rattler.Subdir(platform), rattler.Subdir("noarch")]
        await _gateway(cache_dir).query([channel], subdirs, ["python"])

    with solver_errors(["python"], [channel], platform):
        asyncio.run(query())


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
#: All exceptions of py-rattler, which have no base class of their own.
RATTLER_ERRORS = tuple(
    value
    for value in vars(exceptions).values()
    if isinstance(value, type) and issubclass(value, Exception)
)


@contextlib.contextmanager
def solver_errors(specs: Sequence[str], channels: Sequence[str], platform: str) -> Iterator[None]:
    """Raise py-rattler's exceptions in the block as the errors of ``create_environment``."""
    try:
        yield
    except exceptions.ParseSubdirError as error:
        raise UsageError(
            f"{_reason(error).partition(' Known subdirs')[0].rstrip('.')}.",
            help="Give a platform such as emscripten-wasm32 or linux-64.",
        ) from error
    except _MALFORMED_SPEC as error:
        raise UsageError(
            f"Cannot read the spec: {_reason(error)}.", help="Example: 'numpy>=2,<3'."
        ) from error
    except exceptions.SolverError as error:
        raise BuildError(
            f"No solution for {' '.join(specs)} on {platform}:\n{error}\n",
            help="Check the specs and the channels. The packages of this project are built with "
            "'conda-emscripten build --with-deps NAME'.",
        ) from error
    except _UNREADABLE_CHANNEL as error:
        raise ChannelError(
            f"A channel cannot be read: {_reason(error)}.",
            help=f"Check {' and '.join(channels)}: a channel has a folder {platform} or noarch, "
            "each with a sound repodata.json." + _name_help(channels),
        ) from error
    except RATTLER_ERRORS as error:
        raise BuildError(
            f"The packages cannot be installed: {_reason(error)}.",
            help="Check the disk and the permissions of the folder, then run the command again.",
        ) from error


def _reason(error: Exception) -> str:
    """The first line of an exception of py-rattler and its last cause, if that says more."""
    fault, *causes = (line.rstrip(" .") for line in str(error).splitlines())
    cause = causes[-1].removeprefix("Caused by: ") if causes else ""
    return fault if cause in fault else f"{fault}: {cause}"


def _name_help(channels: Sequence[str]) -> str:
    """What to say of channels that are named as conda names them: it may have been a folder."""
    names = [channel.rstrip("/") for channel in channels if "://" not in channel]
    return f" No folder here has the name {' or '.join(names)}." if names else ""


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
        gateway=_gateway(cache_dir),
        platforms=[rattler.Subdir(platform), rattler.Subdir("noarch")],
        virtual_packages=virtual_packages(platform),
    )


def _gateway(cache_dir: Path) -> rattler.Gateway:
    return rattler.Gateway(cache_dir=cache_dir / "rattler" / "repodata")


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
        ChannelError: the channel cannot be read.
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
        except (BuildError, ChannelError) as error:
            if bootstrap_channel:
                raise
            tool = spec.split(maxsplit=1)[0]
            raise type(error)(
                error.message,
                help=f"Build the tool with 'conda-emscripten build --with-deps bootstrap/{tool}', "
                "or pass --bootstrap-channel.",
            ) from error
    return prefix / "bin"
