"""Which files does a project have on the index that pip is configured with?

This module reads the simple API (PEP 503, PEP 691) and downloads files, with pip's configuration
and network session: index addresses, certificates, proxies and credentials are those of the
machine. ``pip download`` would run an sdist's build backend to learn its metadata, which for NumPy
takes a compiler and a minute, so this module uses pip's internal modules instead.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from packaging.utils import canonicalize_name

#: PEP 691, preferred, and PEP 503.
_SIMPLE_API = "application/vnd.pypi.simple.v1+json, text/html;q=0.1"


class PackageIndexError(Exception):
    """pip does not accept its configuration, or no index can be reached."""


@dataclass(frozen=True, kw_only=True)
class IndexFile:
    """A file of a project.

    Attributes:
        name: the name of the sdist or wheel.
        url: where the index has the file.
        sha256: the index's digest, or None.
        requires_python: the versions of Python that the file is for.
        yanked: whether its author withdrew the file (PEP 592).
        has_metadata: whether the index has the wheel's METADATA at ``url + ".metadata"`` (PEP 658).
    """

    name: str
    url: str
    sha256: str | None
    requires_python: str | None
    yanked: bool
    has_metadata: bool


class PackageIndex:
    """The indexes in pip's configuration; made with ``PackageIndex.open()``."""

    def __init__(self, session: Any, addresses: Sequence[str]) -> None:
        self._session = session
        self._addresses = [address.rstrip("/") for address in addresses]

    @classmethod
    @contextmanager
    def open(cls) -> Iterator[PackageIndex]:
        """The indexes, until the end of the block.

        Raises:
            PackageIndexError: pip does not accept its configuration, or a request in the block
                failed.
        """
        from pip._internal.commands.download import DownloadCommand
        from pip._internal.configuration import Configuration
        from pip._internal.exceptions import PipError
        from pip._vendor.requests.exceptions import RequestException
        from pip._vendor.urllib3.exceptions import HTTPError

        # pip warns of each retry on the terminal.
        logging.getLogger("pip").setLevel(logging.ERROR)
        try:
            Configuration(isolated=False).load()  # the command would print an error and exit
            command = DownloadCommand("download", "a file of a project")
            options, _ = command.parse_args(["--quiet", "--disable-pip-version-check"])
            with command.main_context():
                session = command.get_default_session(options)
                yield cls(session, [options.index_url, *options.extra_index_urls])
        except (PipError, HTTPError, RequestException) as error:
            raise PackageIndexError(f"pip: {error}") from error
        except (SystemExit, AssertionError, ValueError) as error:
            # What pip does about a wrong value in its configuration. It prints some of its errors.
            raise PackageIndexError(
                f"pip does not accept its configuration ({error!r}): see 'python -m pip config "
                "debug'"
            ) from error

    def files(self, project: str) -> list[IndexFile]:
        """The files of a project; empty if no index has the project.

        The first index that has a file decides, as its address is the preferred one.

        Raises:
            PackageIndexError: no index has the project, and one cannot be reached.
        """
        from pip._vendor.requests.exceptions import ConnectionError as Unreachable
        from pip._vendor.requests.exceptions import HTTPError

        found: dict[str, IndexFile] = {}
        problems = []
        for address in self._addresses:
            try:
                for file in self._page(f"{address}/{canonicalize_name(project)}/"):
                    found.setdefault(file.name, file)
            except (Unreachable, HTTPError) as error:
                problems.append(f"{address} cannot be reached: {error}")
        if problems and not found:
            raise PackageIndexError("; ".join(problems))
        return list(found.values())

    def metadata(self, wheel: IndexFile) -> bytes:
        """The METADATA of a wheel that ``has_metadata`` (PEP 658).

        Raises:
            PackageIndexError: at the end of the block of ``open``.
        """
        response = self._session.get(f"{wheel.url}.metadata")
        response.raise_for_status()
        return bytes(response.content)

    def download(self, file: IndexFile, target: Path) -> None:
        """Download to ``target``; resumes an interrupted download (RFC 9110, Range).

        Raises:
            PackageIndexError: at the end of the block of ``open``.
        """
        have = target.stat().st_size if target.exists() else 0
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
        with self._session.get(file.url, headers=headers, stream=True) as response:
            if response.status_code == 416 and have:  # the file was complete, or is another one
                target.unlink()
                self.download(file, target)
                return
            response.raise_for_status()
            with target.open("ab" if response.status_code == 206 else "wb") as part:
                shutil.copyfileobj(response.raw, part, 1 << 20)

    def _page(self, url: str) -> Iterator[IndexFile]:
        from pip._internal.index.collector import IndexContent, parse_links

        parts = urlsplit(url)
        if parts.scheme == "file" and Path(url2pathname(parts.path)).is_dir():
            url += "index.html"
        response = self._session.get(url, headers={"Accept": _SIMPLE_API})
        if response.status_code == 404:
            return
        response.raise_for_status()
        kind = response.headers.get("Content-Type", "text/html")
        page = IndexContent(
            response.content, kind, response.encoding, response.url, cache_link_parsing=False
        )
        for link in parse_links(page):
            yield IndexFile(
                name=link.filename,
                url=link.url_without_fragment,
                sha256=link.hash if link.hash_name == "sha256" else None,
                requires_python=link.requires_python,
                yanked=link.is_yanked,
                has_metadata=link.metadata_file_data is not None,
            )
