"""This module verifies wheels (PEP 427) and writes their files to site-packages."""

import base64
import csv
import hashlib
import io
import json
import os
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from email.parser import BytesParser
from pathlib import Path

from packaging.metadata import parse_email
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from micropip._errors import InstallError
from micropip._index import PYTHON
from micropip._requirements import Wheel

SITE_PACKAGES = Path(__file__).parents[1]

_SIGNED = ("RECORD", "RECORD.jws", "RECORD.p7s")  # files without a hash in RECORD
_INSTALLER = b"micropip\n"
_HASHES = ("sha256", "sha384", "sha512")  # PEP 427 allows sha256 or better


class WheelFile:
    """The verified content of a wheel.

    Attributes:
        wheel: The name, version and address of the wheel.
        requirements: The requirements in the wheel's metadata, with their markers.
    """

    def __init__(self, wheel: Wheel, content: bytes) -> None:
        """Read a wheel and compare the files with the wheel's RECORD.

        Raises:
            InstallError: The wheel has another sha256 than `wheel`, is damaged, has a path outside
                of site-packages, is another project or version, or needs another Python.
        """
        self.wheel = wheel
        self.requirements: list[Requirement] = []
        self._sha256 = hashlib.sha256(content).hexdigest()
        if wheel.sha256 is not None and self._sha256 != wheel.sha256:
            raise InstallError(
                f"{wheel.url} is refused: its sha256 is {self._sha256}, and the expected sha256 is "
                f"{wheel.sha256}. The download is damaged, or the file on the server was replaced."
            )
        try:
            self._files = _read(content)
            self._info = self._find_info()
            self._check_record()
            self._read_metadata()
        except _DAMAGE as error:
            reason = str(error).partition("\n")[0] or type(error).__name__
            raise InstallError(f"{wheel.url} is not a valid wheel: {reason}.") from error

    def install(self, created: list[Path]) -> None:
        """Write the files. Each new path is appended to ``created`` before its creation.

        Raises:
            InstallError: A path exists with other content.
        """
        record: list[tuple[str, str, str]] = []
        signed = {SITE_PACKAGES / self._info / name for name in _SIGNED}
        files = {path: content for path, content in self._placed() if path not in signed}
        for path, content in {**files, **dict(self._notes())}.items():
            _write(path, content, created)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
            name = os.path.relpath(path, SITE_PACKAGES)
            record.append((name, f"sha256={digest.decode()}", str(len(content))))
        record.append((f"{self._info}/RECORD", "", ""))
        lines = io.StringIO()
        csv.writer(lines, lineterminator="\n").writerows(record)
        _write(SITE_PACKAGES / self._info / "RECORD", lines.getvalue().encode(), created)

    def _notes(self) -> Iterator[tuple[Path, bytes]]:
        """The files that an installer adds to the metadata (PEP 376, PEP 610)."""
        folder = SITE_PACKAGES / self._info
        yield folder / "INSTALLER", _INSTALLER
        if self.wheel.direct:
            origin = {"url": self.wheel.url, "archive_info": {"hashes": {"sha256": self._sha256}}}
            yield folder / "direct_url.json", json.dumps(origin).encode()

    def _placed(self) -> Iterator[tuple[Path, bytes]]:
        """The paths of the installed files. Scripts and headers are left out."""
        data = self._info.removesuffix(".dist-info") + ".data"
        roots = {"purelib": SITE_PACKAGES, "platlib": SITE_PACKAGES, "data": Path(sys.prefix)}
        for name, content in self._files.items():
            first, *rest = name.split("/")
            if first != data:
                yield SITE_PACKAGES / name, content
            elif len(rest) > 1 and rest[0] in roots:
                yield roots[rest[0]].joinpath(*rest[1:]), content

    def _find_info(self) -> str:
        """The name of the only ``.dist-info`` folder."""
        found = {name.partition("/")[0] for name in self._files}
        found = {name for name in found if name.endswith(".dist-info")}
        if len(found) != 1:
            raise ValueError(f"the wheel has {len(found)} .dist-info folders instead of one")
        return found.pop()

    def _check_record(self) -> None:
        """Raise ValueError if RECORD and the files differ."""
        text = self._member("RECORD").decode()
        record = {row[0]: row[1] for row in csv.reader(text.splitlines()) if row}
        for name, content in self._files.items():
            if name in [f"{self._info}/{signed}" for signed in _SIGNED]:
                continue
            algorithm, _, expected = record.get(name, "").partition("=")
            if algorithm not in _HASHES:
                raise ValueError(f"RECORD has no sha256 of {name}")
            digest = hashlib.new(algorithm, content).digest()
            if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != expected.rstrip("="):
                raise ValueError(f"{name} and its digest in RECORD differ")
        missing = record.keys() - self._files.keys()
        if missing := {name for name in missing if not name.endswith("/")}:
            raise ValueError(f"{min(missing)} of RECORD is missing")

    def _read_metadata(self) -> None:
        """Raise ValueError if WHEEL or METADATA disagrees with the file name or this Python."""
        layout = BytesParser().parsebytes(self._member("WHEEL"))["Wheel-Version"]
        if not layout or layout.partition(".")[0] != "1":
            raise ValueError(f"the Wheel-Version is {layout}, and micropip supports only 1.x")
        metadata, _ = parse_email(self._member("METADATA"))
        name, version = metadata.get("name", ""), metadata.get("version", "")
        if canonicalize_name(name) != self.wheel.name or Version(version) != self.wheel.version:
            raise ValueError(f"METADATA describes {name} {version}")
        self.requirements = [Requirement(text) for text in metadata.get("requires_dist", [])]
        python = metadata.get("requires_python", "")
        if not SpecifierSet(python).contains(PYTHON, prereleases=True):
            raise ValueError(f"the wheel needs Python {python}, and this is {PYTHON}")

    def _member(self, name: str) -> bytes:
        try:
            return self._files[f"{self._info}/{name}"]
        except KeyError:
            raise ValueError(f"there is no {name} in {self._info}") from None


def install(files: Iterable[WheelFile]) -> None:
    """Write the files of all wheels. After an error, remove the written files.

    Raises:
        InstallError: A path exists with other content.
        OSError: A file cannot be written.
    """
    created: list[Path] = []
    try:
        for file in files:
            file.install(created)
    except BaseException:
        for path in reversed(created):
            if path.is_dir():
                path.rmdir()
            else:
                path.unlink(missing_ok=True)  # the error can be older than the file
        raise


def any_installed() -> bool:
    """Whether micropip has installed a wheel."""
    return any(path.read_bytes() == _INSTALLER for path in SITE_PACKAGES.glob("*/INSTALLER"))


# zipfile raises RuntimeError for encrypted files and unsupported compressions. The errors of
# packaging are ValueErrors.
_DAMAGE = (ValueError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, csv.Error)


def _read(content: bytes) -> dict[str, bytes]:
    """The files in a zip archive, by name."""
    files: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.infolist():
            parts = member.filename.removesuffix("/").split("/")
            if not {"", ".", ".."}.isdisjoint(parts) or "\\" in member.filename:
                raise ValueError(f"the path {member.filename!r} is not allowed in a wheel")
            if member.is_dir():
                continue
            if member.filename in files:
                raise ValueError(f"the wheel has two files {member.filename}")
            files[member.filename] = archive.read(member)
    return files


def _write(path: Path, content: bytes, created: list[Path]) -> None:
    """Write a new file and its parent folders. A file with the same content may exist."""
    if path.is_file() and path.read_bytes() == content:
        return
    for place in [*reversed(path.parents), path]:
        if place.exists() and (place == path or not place.is_dir()):
            raise InstallError(
                f"{path} cannot be written: {place} exists already and belongs to another package. "
                "No wheel was installed."
            )
        if not place.exists():
            created.append(place)
            if place != path:
                place.mkdir()
    path.write_bytes(content)
