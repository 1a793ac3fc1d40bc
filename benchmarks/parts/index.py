"""Duration of `conda-emscripten index` on a channel of 5,000 packages."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from benchmarks.report import table
from tests.harness.channels import index
from tests.harness.packages import write_package

PACKAGES = 5000
REPEATS = "one run"


def measure() -> str:
    """The first index, an index after one new package, and an index with no change, as a table."""
    with tempfile.TemporaryDirectory() as folder:
        channel = Path(folder)
        (channel / "emscripten-wasm32").mkdir()
        write_package(channel, "python", "3.13.5")
        write_package(channel, "six", "1.17.0")
        for number in range(PACKAGES - 2):
            write_package(channel, f"package-{number // 5}", f"1.{number % 5}")
        rows = [["at first", _index(channel)]]
        time.sleep(1.1)  # `index` trusts the mtime of a file that is at least a second old
        _index(channel)
        write_package(channel, "one-more", "1.0")
        rows.append(["with one package more", _index(channel)])
        rows.append(["again", _index(channel)])
    return table([f"index of a channel of {PACKAGES:,} packages", "time"], rows)


def _index(channel: Path) -> str:
    start = time.monotonic()
    index(channel, force=False)
    return f"{time.monotonic() - start:.1f} s"
