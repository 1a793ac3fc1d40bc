"""What does a channel of 50,000 records look like? Repodata alone, in all three forms."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from pathlib import Path
from typing import Any

import zstandard

from conda_emscripten.shards import write_shards

NAMES, VERSIONS = 2500, 20
#: One in five has compiled code.
COMPILED = 5
PLATFORM = "emscripten-wasm32"


def write_many(folder: Path) -> None:
    """Write the repodata of `NAMES` packages in `VERSIONS` versions each, if it is not there.

    Package 0 is wanted by most, as numpy is; each package wants up to four of those before it, and
    a python that is loaded already.
    """
    if (folder / "complete").is_file():
        return
    shutil.rmtree(folder, ignore_errors=True)
    choose = random.Random(50_000)
    subdirs: dict[str, dict[str, Any]] = {PLATFORM: {}, "noarch": {}}
    for number in range(NAMES):
        for version in range(VERSIONS):
            subdir = PLATFORM if number % COMPILED == 0 else "noarch"
            record = _record(number, version, subdir, choose)
            subdirs[subdir][f"{record['name']}-{record['version']}-{record['build']}.conda"] = (
                record
            )
    for subdir, records in subdirs.items():
        (folder / subdir).mkdir(parents=True)
        content = {"info": {"subdir": subdir}, "packages": {}, "packages.conda": records}
        data = json.dumps(content).encode()
        (folder / subdir / "repodata.json").write_bytes(data)
        (folder / subdir / "repodata.json.zst").write_bytes(zstandard.compress(data))
        write_shards(folder / subdir, content, {})
    (folder / "complete").touch()


def _record(number: int, version: int, subdir: str, choose: random.Random) -> dict[str, Any]:
    wanted = {int(number * choose.random() ** 3) for _ in range(choose.randint(0, 4))} - {number}
    name = f"package-{number}"
    text = f"{1 + version // 5}.{version % 5}.{choose.randint(0, 9)}"
    depends = [
        f"package-{other} >={1 + max(version - 5, 0) // 5}.{max(version - 5, 0) % 5}"
        for other in sorted(wanted)
    ]
    digest = hashlib.sha256(f"{name} {text}".encode()).hexdigest()
    return {
        "name": name,
        "version": text,
        "build": "py313h123_0" if subdir == PLATFORM else "pyhd_0",
        "build_number": 0,
        "depends": [*depends, "python >=3.13,<3.14.0a0" if subdir == PLATFORM else "python >=3.10"],
        "subdir": subdir,
        "sha256": digest,
        "md5": digest[:32],
        "size": 100_000 + number,
        "timestamp": 1_750_000_000_000 + version,
        "license": "BSD-3-Clause",
    }
