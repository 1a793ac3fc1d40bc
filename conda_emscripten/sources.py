"""How are the sources of a recipe fetched?

This module tries the content-addressed cache first, then the canonical URLs, then the mirror. A
file is used only if it has the sha256 in the recipe, or the sha256 that the mirror map records for
a substitute.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from conda_emscripten.errors import SourceError
from conda_emscripten.files import FULL_DISK, os_errors, sha256_file
from conda_emscripten.mirrors import (
    AptFile,
    MirrorError,
    PipFile,
    derive_mirror,
    fetch_with_apt,
    fetch_with_pip,
    load_mirrors,
)

_CACHE_HELP = "Check the folder's permissions, or choose another with XDG_CACHE_HOME."

#: Seconds to wait for a connection to a canonical URL before the mirror map is tried.
CONNECT_TIMEOUT = 5.0


@dataclass(frozen=True, kw_only=True)
class Source:
    """One file that a recipe builds from.

    Attributes:
        urls: canonical URLs, the preferred URL first.
        sha256: lower-case hexadecimal digest.
        file_name: the name of the file in the work tree; a file with such a name is not unpacked.
    """

    urls: tuple[str, ...]
    sha256: str
    file_name: str | None = None

    @property
    def name(self) -> str:
        """The last part of the first URL."""
        return urlsplit(self.urls[0]).path.rsplit("/", 1)[-1]


@dataclass(kw_only=True)
class SourceFetcher:
    """Fetches sources into ``cache_dir/sources/<sha256>/<file>``; skips unreachable hosts.

    Several threads may share a fetcher; each source is fetched once.
    """

    cache_dir: Path
    mirrors_file: Path
    report: Callable[[str], None] = lambda _message: None
    _stopped: threading.Event = field(default_factory=threading.Event)
    #: Host -> why no connection was possible. A host that broke off a download is tried again.
    _dead_hosts: dict[str, str] = field(default_factory=dict)
    _locks: dict[str, threading.Lock] = field(default_factory=dict)

    def fetch(self, source: Source) -> Path:
        """The verified local file of ``source``.

        Raises:
            SourceError: no URL or mirror can be reached, or none has bytes with the sha256.
        """
        with (
            self._locks.setdefault(source.sha256, threading.Lock()),
            os_errors(SourceError, f"{source.name}: the cache cannot be written", help=_CACHE_HELP),
        ):
            return self._fetch(source)

    def stop(self) -> None:
        """End running downloads at their next block, and start no more."""
        self._stopped.set()

    def fetch_new(self, url: str) -> Path:
        """The file of a canonical URL whose sha256 is not known yet; it is downloaded anew.

        Raises:
            SourceError: neither the URL nor its mirror can be reached.
        """
        source = Source(urls=(url,), sha256="new")
        with os_errors(
            SourceError, f"{source.name}: the cache cannot be written", help=_CACHE_HELP
        ):
            self._path("new", source.name + ".part").unlink(missing_ok=True)
            return self._download_first(source, self._mirrors(source), accepted=None)

    def _fetch(self, source: Source) -> Path:
        mirrors = self._mirrors(source)
        accepted = _accepted(source, mirrors)
        for sha256 in sorted(accepted):
            cached = self._path(sha256, source.name)
            if cached.is_file() and sha256_file(cached) == sha256:
                return cached
        return self._download_first(source, mirrors, accepted)

    def has(self, source: Source) -> bool:
        """Whether the cache has a file for ``source``, which ``fetch`` verifies."""
        accepted = _accepted(source, self._mirrors(source))
        return any(self._path(sha256, source.name).is_file() for sha256 in accepted)

    def add(self, sha256: str, file: Path) -> None:
        """Move a file with this sha256, which another machine has fetched, into the cache.

        Raises:
            OSError: the cache cannot be written.
        """
        target = self._path(sha256, file.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(file, target)

    def _download_first(
        self, source: Source, mirrors: Sequence[AptFile | PipFile], accepted: set[str] | None
    ) -> Path:
        """The first download whose sha256 is ``accepted``; None accepts every file."""
        hosts = dict.fromkeys(urlsplit(url).netloc for url in source.urls)
        problems = [f"from {h}: {self._dead_hosts[h]}" for h in hosts if h in self._dead_hosts]
        if not mirrors:
            others = filter(_is_other, source.urls)
            problems += [f"from {url}: only http and https are supported" for url in others]
        for attempt in (
            *filter(None, map(self._from_url, source.urls)),
            *map(self._from_mirror, mirrors),
        ):
            if self._stopped.is_set():
                raise SourceError(
                    f"{source.name}: fetching was interrupted.", help="Run the command again."
                )
            where, download = attempt
            part = self._path(source.sha256, source.name + ".part")
            part.parent.mkdir(parents=True, exist_ok=True)
            try:
                self.report(f"fetching {source.name} {where}")
                download(part)
            except (MirrorError, httpx.HTTPError, httpx.InvalidURL, OSError) as error:
                # pip's session raises requests' errors, which are OSErrors.
                if isinstance(error, OSError) and error.errno in FULL_DISK:
                    raise
                problems.append(f"{where}: {error or type(error).__name__}")
                continue
            actual = sha256_file(part)
            if accepted is not None and actual not in accepted:
                part.unlink()
                problems.append(f"{where}: sha256 is {actual}")
                continue
            final = self._path(actual, source.name)
            final.parent.mkdir(parents=True, exist_ok=True)
            part.replace(final)
            return final
        details = "".join(f"\n  - {problem}" for problem in problems)
        wanted = f"the bytes with sha256 {source.sha256}" if accepted else "the file"
        raise SourceError(
            f"{source.name}: no source has {wanted}.{details}\n",
            help="Check the recipe's url and sha256, or add an entry to channel/mirrors.yaml.",
        )

    def fetch_all(self, sources: Iterable[Source], jobs: int = 4) -> dict[Source, Path]:
        """Fetch in parallel. The first error is raised after running downloads have finished."""
        wanted = list(dict.fromkeys(sources))
        pool = ThreadPoolExecutor(max_workers=jobs)
        wait = True
        try:
            return dict(zip(wanted, pool.map(self.fetch, wanted), strict=True))
        except KeyboardInterrupt:  # a download may stall
            self.stop()
            wait = False
            raise
        finally:
            pool.shutdown(wait=wait, cancel_futures=True)

    def _path(self, sha256: str, name: str) -> Path:
        return self.cache_dir / "sources" / sha256 / name

    def _mirrors(self, source: Source) -> list[AptFile | PipFile]:
        """The mirrors of the URLs, in their order."""
        entries = load_mirrors(self.mirrors_file)
        found = (entries.get(url) or derive_mirror(url) for url in source.urls)
        return [mirror for mirror in found if mirror]

    def _from_url(self, url: str) -> tuple[str, Callable[[Path], None]] | None:
        host = urlsplit(url).netloc
        if _is_other(url) or host in self._dead_hosts:
            return None

        def download(part: Path) -> None:
            try:
                self._download(url, part)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                self._dead_hosts[host] = str(error) or type(error).__name__
                raise

        return f"from {host}", download

    def _download(self, url: str, part: Path) -> None:
        """Download to ``part``; resumes an interrupted download (RFC 9110, Range)."""
        have = part.stat().st_size if part.exists() else 0
        headers = {"Range": f"bytes={have}-"} if have else {}
        timeout = httpx.Timeout(60.0, connect=CONNECT_TIMEOUT)
        with httpx.stream(
            "GET", url, headers=headers, timeout=timeout, follow_redirects=True
        ) as response:
            if response.status_code == 416 and have:  # the file was complete, or is another one
                part.unlink()
                self._download(url, part)
                return
            response.raise_for_status()
            with part.open("ab" if response.status_code == 206 else "wb") as file:
                for chunk in response.iter_raw():
                    file.write(chunk)
                    if self._stopped.is_set():
                        raise MirrorError("interrupted")

    def _from_mirror(self, mirror: AptFile | PipFile) -> tuple[str, Callable[[Path], None]]:
        if isinstance(mirror, PipFile):
            return "with pip", lambda part: fetch_with_pip(mirror, part)
        state = self.cache_dir / "apt" / mirror.suite
        return f"with apt, from {mirror.suite}", lambda part: fetch_with_apt(mirror, part, state)


def _accepted(source: Source, mirrors: Sequence[AptFile | PipFile]) -> set[str]:
    """The sha256 of the files that may be used for ``source``."""
    return {source.sha256} | {each.sha256 for each in mirrors if each.sha256}


def _is_other(url: str) -> bool:
    """Whether ``url`` is not one of HTTP."""
    return urlsplit(url).scheme not in ("http", "https")
