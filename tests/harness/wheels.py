"""How does a test make a wheel (PEP 427), sound or damaged?"""

from __future__ import annotations

import base64
import hashlib
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Wheel:
    """A wheel in memory; the index also has ``requires_python``."""

    file: str
    content: bytes
    requires_python: str | None = None

    @property
    def project(self) -> str:
        """The normalized name of the wheel's project (PEP 503)."""
        return self.file.partition("-")[0].replace("_", "-")

    @property
    def version(self) -> str:
        return self.file.split("-")[1]

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def make_wheel(
    name: str,
    version: str = "1.0",
    *,
    requires: Sequence[str] = (),
    requires_python: str | None = None,
    tag: str = "py3-none-any",
    files: Mapping[str, bytes] | None = None,
    replaced: Mapping[str, bytes | None] | None = None,
) -> Wheel:
    """A wheel with the module ``<name>``, in which ``version`` is its version.

    Args:
        requires: lines of ``Requires-Dist``.
        files: files to pack instead of the module.
        replaced: files that differ from the RECORD; None leaves a file out.
    """
    stem = name.replace("-", "_")
    info = f"{stem}-{version}.dist-info"
    metadata = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    metadata += [f"Requires-Dist: {line}" for line in requires]
    extras = re.findall(r"extra == [\"']([^\"']+)", " ".join(requires))
    metadata += [f"Provides-Extra: {extra}" for extra in dict.fromkeys(extras)]
    metadata += [f"Requires-Python: {requires_python}"] if requires_python else []
    contents = {
        **(files or {f"{stem}.py": f"version = {version!r}\n".encode()}),
        f"{info}/METADATA": "\n".join([*metadata, "", "About it."]).encode(),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n".encode(),
    }
    record = [f"{path},{_hash(content)},{len(content)}" for path, content in contents.items()]
    contents[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""]).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in {**contents, **(replaced or {})}.items():
            if content is not None:
                # With the current date, each wheel would have another sha256.
                archive.writestr(zipfile.ZipInfo(path), content)
    return Wheel(f"{stem}-{version}-{tag}.whl", buffer.getvalue(), requires_python)


def _hash(content: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
    return f"sha256={digest.decode().rstrip('=')}"
