"""Where is a source fetched from if its canonical URL cannot be reached?

This module fetches sources with the machine's own pip and apt. The map ``channel/mirrors.yaml``
names, for a canonical URL, a file of a Debian source package; ``pypi.io`` URLs are derived. The
addresses of registries come from the configuration of pip and apt.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from conda_emscripten.errors import SourceError
from conda_emscripten.files import os_errors, read_yaml
from conda_emscripten.package_index import PackageIndex, PackageIndexError

#: Only one apt may write the private state at a time.
_apt_lock = threading.Lock()

#: Container images often disable apt's caches, and without caches each call takes a second.
_APT_OPTIONS = (
    "--quiet",
    "--option=APT::Sandbox::User=root",
    "--option=Dir::Cache::pkgcache=pkgcache.bin",
    "--option=Dir::Cache::srcpkgcache=srcpkgcache.bin",
)

#: Age in seconds of apt's lists of a suite before they are read again: at first, and after a file
#: was not there.
_SECONDS_OF_A_DAY, _SECONDS_OF_A_RETRY = 86400, 600

#: A package's version in what apt prints.
_VERSION = re.compile(r"^Version: (.+)$", re.MULTILINE)


class MirrorError(Exception):
    """A mirror lacks a file or cannot be reached; ``SourceFetcher`` reports all attempts."""


@dataclass(frozen=True, kw_only=True)
class AptFile:
    """A file of Debian's archive.

    Attributes:
        suite: a suite of the archive, for example ``trixie``.
        package: the name of the source or binary package.
        file: the name of the file.
        source: whether the file belongs to a source package.
        sha256: of the file, if its bytes differ from upstream's; otherwise None.
    """

    suite: str
    package: str
    file: str
    source: bool
    sha256: str | None = None


@dataclass(frozen=True, kw_only=True)
class PipFile:
    """A file of a project on the index that pip is configured with."""

    project: str
    file: str
    sha256: None = None


def load_mirrors(path: Path) -> dict[str, AptFile]:
    """Read the mirror map: canonical URL to file.

    Raises:
        SourceError: an entry is not of the form that ``docs/recipes.md`` describes.
    """
    if not path.is_file():
        return {}
    with os_errors(SourceError, f"{path} cannot be read"):
        try:
            entries: Any = read_yaml(path) or {}
        except ValueError as error:
            raise SourceError(
                f"{path} cannot be read: {error}.", help="Correct the file."
            ) from error
    if not isinstance(entries, dict):
        raise SourceError(
            f"{path} does not map URLs to entries.",
            help="Write 'URL: {apt-source: {suite: …, package: …, file: …}}'.",
        )
    mirrors = {}
    for url, entry in entries.items():
        try:
            apt = entry["apt-source"]
            mirrors[url] = AptFile(
                suite=apt["suite"],
                package=apt["package"],
                file=apt["file"],
                source=True,
                sha256=entry.get("sha256"),
            )
        except (KeyError, TypeError) as error:
            raise SourceError(
                f"{path}: the entry for {url} needs 'apt-source'.",
                help="Give the entry an 'apt-source' with suite, package and file.",
            ) from error
    return mirrors


def derive_mirror(url: str) -> AptFile | PipFile | None:
    """The mirror of a URL that needs no entry in the map.

    ``apt://<suite>/<package>_<version>_<arch>.deb`` is a Debian binary package, and
    ``https://pypi.io/packages/<tag>/<letter>/<project>/<file>`` is a file of a Python project.
    """
    parts = urlsplit(url)
    if parts.scheme == "apt":
        file = unquote(parts.path.strip("/"))
        return AptFile(suite=parts.netloc, package=file.split("_")[0], file=file, source=False)
    match = re.fullmatch(r"/packages/[^/]+/[^/]+/([^/]+)/([^/]+)", parts.path)
    if parts.netloc == "pypi.io" and match:
        return PipFile(project=match[1], file=match[2])
    return None


def fetch_with_pip(wanted: PipFile, target: Path) -> None:
    """Download a file of a project from the index that pip is configured with.

    Raises:
        MirrorError: no index in pip's configuration has the file, or the connection failed.
    """
    try:
        with PackageIndex.open() as index:
            for file in index.files(wanted.project):
                if file.name == wanted.file:
                    index.download(file, target)
                    return
    except PackageIndexError as error:
        raise MirrorError(str(error)) from error
    raise MirrorError(f"no index in pip's configuration has {wanted.file}")


def fetch_with_apt(wanted: AptFile, target: Path, state: Path) -> None:
    """Download a file of Debian's archive with apt, from any suite, into ``target``.

    ``state`` is a folder for apt's lists of the suite; the system's lists are not changed. The
    address of the archive comes from the machine's apt configuration.

    Raises:
        MirrorError: apt is missing, has no Debian archive configured, or does not have the file.
    """
    with _apt_lock:
        env = _apt_environment(wanted.suite, state)
        try:
            _apt_download(wanted, target, env)
        except MirrorError:
            if not _update_apt_lists(env, state, older_than=_SECONDS_OF_A_RETRY):
                raise
            _apt_download(wanted, target, env)


def _apt_download(wanted: AptFile, target: Path, env: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        if wanted.source:
            command = ["apt-get", "source", "--download-only", "--tar-only", "--only-source"]
            command.append(f"{wanted.package}={_apt_source_version(wanted, env)}")
        else:
            version = _apt_version(wanted, env)
            command = ["apt-get", "download", f"{wanted.package}={version}"]
        _run([*command, *_APT_OPTIONS], env, cwd=Path(folder))
        for path in Path(folder).iterdir():
            if _without_epoch(path.name) == wanted.file:
                path.replace(target)
                return
        raise MirrorError(f"apt did not download {wanted.file}.")


def apt_versions(wanted: AptFile, state: Path) -> list[str]:
    """The versions in the suite of the package that ``wanted`` belongs to, as Debian writes them.

    Args:
        wanted: a file of the package, of any version.
        state: as for ``fetch_with_apt``.

    Raises:
        MirrorError: apt is missing, has no Debian archive configured, or does not have the package.
    """
    with _apt_lock:
        env = _apt_environment(wanted.suite, state)
        return _VERSION.findall(_apt_show(wanted, env))


@dataclass(frozen=True, kw_only=True)
class AptPackage:
    """A binary package of a suite.

    Attributes:
        name: of the package.
        version: without the epoch.
        file: the name of the file, as in an ``apt://`` URL.
        sha256: of the file.
    """

    name: str
    version: str
    file: str
    sha256: str


def apt_packages(suite: str, prefix: str, state: Path) -> list[AptPackage]:
    """The binary packages of a suite whose names begin with ``prefix``.

    Args:
        suite: see ``AptFile``.
        prefix: of the names.
        state: as for ``fetch_with_apt``.

    Raises:
        MirrorError: apt is missing, or has no Debian archive configured.
    """
    with _apt_lock:
        env = _apt_environment(suite, state)
        paragraphs = _run(["apt-cache", "dumpavail", *_APT_OPTIONS], env).split("\n\n")
    found = []
    for paragraph in paragraphs:
        if paragraph.startswith(f"Package: {prefix}"):
            fields = dict(
                re.findall(r"^(Package|Version|Filename|SHA256): (.+)$", paragraph, re.MULTILINE)
            )
            found.append(
                AptPackage(
                    name=fields["Package"],
                    version=fields["Version"].split(":")[-1],
                    file=fields["Filename"].rsplit("/", 1)[-1],
                    sha256=fields["SHA256"],
                )
            )
    return found


def _apt_show(wanted: AptFile, env: dict[str, str]) -> str:
    """What apt knows of the package of a file: a paragraph for each version."""
    command = ["showsrc", "--only-source"] if wanted.source else ["show"]
    return _run(["apt-cache", *command, *_APT_OPTIONS, wanted.package], env)


def _apt_source_version(wanted: AptFile, env: dict[str, str]) -> str:
    """The version of the source package with the wanted file; there may be several versions."""
    shown = _apt_show(wanted, env)
    for entry in shown.split("\n\n"):
        version = _VERSION.search(entry)
        if version and f" {wanted.file}\n" in entry:
            return version[1]
    raise MirrorError(
        f"Debian's source package {wanted.package} in {wanted.suite} has no file {wanted.file}; "
        "correct the entry in channel/mirrors.yaml."
    )


def _apt_version(wanted: AptFile, env: dict[str, str]) -> str:
    """The version, epoch included, of the wanted binary package."""
    versions: list[str] = _VERSION.findall(_apt_show(wanted, env))
    name_version = wanted.file.rsplit("_", 1)[0]
    for version in versions:
        if f"{wanted.package}_{version.split(':')[-1]}" == name_version:
            return version
    raise MirrorError(
        f"{wanted.suite} no longer has {wanted.file}; it has {wanted.package} "
        f"{', '.join(versions) or '(nothing)'}. Update the recipe's url and sha256."
    )


def _without_epoch(file: str) -> str:
    """The name in the archive of apt's download, for example ``clang_1%3a19.1_amd64.deb``."""
    return re.sub(r"_\d+%3a", "_", file)


@functools.cache
def _apt_environment(suite: str, state: Path) -> dict[str, str]:
    """Environment variables with which apt uses ``suite`` only; lists are updated once a day.

    Security updates, such as the suite ``trixie-security``, are in an archive of their own.
    """
    if not shutil.which("apt-get"):
        raise MirrorError("apt-get is not installed on this machine.")
    label = "Debian-Security" if suite.endswith("-security") else "Debian"
    targets = _run(
        ["apt-get", "indextargets", "--format", "$(LABEL) $(REPO_URI)"], dict(os.environ)
    )
    addresses = sorted(
        {t.split()[1] for t in targets.splitlines() if t.startswith(f"{label} http")}
    )
    if not addresses:
        raise MirrorError(
            f"apt has no archive '{label}' configured (or no lists yet): add the archive to apt's "
            "sources, and run 'apt-get update'."
        )
    for folder in ("lists/partial", "cache/archives/partial"):
        (state / folder).mkdir(parents=True, exist_ok=True)
    keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
    sources = "".join(
        f"{kind} [signed-by={keyring}] {addresses[0]} {suite} main\n" for kind in ("deb", "deb-src")
    )
    (state / "sources.list").write_text(sources)
    (state / "apt.conf").write_text(
        f'Dir::Etc::sourcelist "{state}/sources.list";\n'
        'Dir::Etc::sourceparts "/dev/null";\n'
        f'Dir::State::Lists "{state}/lists";\n'
        f'Dir::Cache "{state}/cache";\n'
        'Dir::State::status "/dev/null";\n'
    )
    env = {**os.environ, "APT_CONFIG": str(state / "apt.conf")}
    _update_apt_lists(env, state, older_than=_SECONDS_OF_A_DAY)
    return env


def _update_apt_lists(env: dict[str, str], state: Path, *, older_than: int) -> bool:
    """Read the lists of a suite if they are older than so many seconds; returns whether so."""
    stamp = state / "updated"
    if stamp.exists() and time.time() - stamp.stat().st_mtime < older_than:
        return False
    _run(["apt-get", "update", *_APT_OPTIONS], env)
    stamp.touch()
    return True


def _run(command: list[str], env: dict[str, str], cwd: Path | None = None) -> str:
    done = subprocess.run(command, env=env, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MirrorError(f"'{' '.join(command)}' failed: {done.stderr.strip()[-500:]}")
    return str(done.stdout)
