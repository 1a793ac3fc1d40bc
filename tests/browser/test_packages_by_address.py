"""Are conda packages of both formats and bundles loaded by the scripts of the built site?

tests/browser/test_custom_urls.py has the packages of file_packager and of the channel.
"""

from __future__ import annotations

import bz2
import hashlib
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.archives import as_tar_bz2
from tests.harness.packages import make_package
from tests.harness.runtime import JavaScriptError, Runtime
from tests.harness.server import other_origin, running

NOISE = random.Random(20).randbytes

#: Name of a package -> content of its file, level of bzip2.
CONTENTS = {
    "tiny": (b"x", 9),
    "one-block": (b"A line of text.\n" * 5000, 9),
    "runs": (b"".join(bytes([n % 256]) * n for n in range(1500)), 1),
    "blocks-of-100k": (NOISE(1_200_000), 1),
    "blocks-of-900k": (NOISE(2_000_000), 9),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages, as ``<name>-1.0-h_0.tar.bz2``."""
    folder = tmp_path_factory.mktemp("packages")
    for name, (content, level) in CONTENTS.items():
        package = make_package(folder, {f"share/{name}/data": content}, name=name)
        assert bz2.decompress(as_tar_bz2(package, level=level).read_bytes())
    return folder


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """The address of the packages, on another origin than the site."""
    with running(other_origin(folder)) as address:
        yield address


def test_the_packages_are_small_and_large(folder: Path) -> None:
    sizes = sorted(path.stat().st_size for path in folder.glob("*.tar.bz2"))
    assert sizes[0] < 600
    assert sizes[-1] > 2_000_000


@pytest.mark.parametrize("name", CONTENTS)
def test_a_tar_bz2_package_is_loaded(runtime: Runtime, address: str, name: str) -> None:
    runtime.run_js(f"await pyodide.loadPackage('{address}/{name}-1.0-h_0.tar.bz2');")
    content, _ = CONTENTS[name]
    assert runtime.run_python(f"""
        import hashlib
        with open("/share/{name}/data", "rb") as file:
            content = file.read()
        [len(content), hashlib.sha256(content).hexdigest()]
    """) == [len(content), hashlib.sha256(content).hexdigest()]


def test_a_damaged_tar_bz2_package_is_refused(runtime: Runtime, address: str, folder: Path) -> None:
    content = bytearray((folder / "tiny-1.0-h_0.tar.bz2").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "damaged-1.0-h_0.tar.bz2").write_bytes(content)
    with pytest.raises(JavaScriptError, match=r"damaged-.*bz2 cannot be loaded: it is not a sound"):
        runtime.run_js(f"await pyodide.loadPackage('{address}/damaged-1.0-h_0.tar.bz2');")
