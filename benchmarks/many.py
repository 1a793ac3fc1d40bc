"""Writes a channel of 50,000 records: repodata.json, repodata.json.zst, shards and a lock."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from pathlib import Path
from typing import Any

import zstandard

from conda_emscripten.current import current_packages
from conda_emscripten.shards import write_shards

NAMES, VERSIONS = 2500, 20
#: One package in five is for the platform, the others are noarch.
COMPILED = 5
PLATFORM = "emscripten-wasm32"


def write_many(folder: Path) -> None:
    """Write repodata and lock of `NAMES` packages in `VERSIONS` versions each, if missing.

    Each package depends on Python and on up to four earlier packages. Packages with low numbers
    have the most dependents, as numpy has.
    """
    if (folder / "complete").is_file():
        return
    shutil.rmtree(folder, ignore_errors=True)
    choose = random.Random(50_000)
    subdirs: dict[str, dict[str, Any]] = {PLATFORM: {}, "noarch": {}}
    newest = []
    for number in range(NAMES):
        wanted = _wanted(number, choose)
        subdir = PLATFORM if number % COMPILED == 0 else "noarch"
        for version in range(VERSIONS):
            record = _record(number, version, subdir, wanted)
            file = f"{record['name']}-{record['version']}-{record['build']}.conda"
            subdirs[subdir][file] = record
        newest.append(_locked(file, record))
    contents = {}
    for subdir, records in subdirs.items():
        (folder / subdir).mkdir(parents=True)
        content = {"info": {"subdir": subdir}, "packages": {}, "packages.conda": records}
        data = json.dumps(content).encode()
        (folder / subdir / "repodata.json").write_bytes(data)
        (folder / subdir / "repodata.json.zst").write_bytes(zstandard.compress(data))
        contents[subdir] = content
    current = current_packages(folder, contents)
    for subdir, content in contents.items():
        write_shards(folder / subdir, content, {}, current[subdir])
    lock = {"version": 1, "platform": PLATFORM, "specs": [], "packages": newest}
    (folder / "default-lock.json").write_text(json.dumps(lock))
    (folder / "complete").touch()


def _wanted(number: int, choose: random.Random) -> list[int]:
    """The numbers of the packages on which all versions of a package depend."""
    count = min(number, choose.randint(0, 4))
    return sorted({int(number * choose.random() ** 3) for _ in range(count)})


def _record(number: int, version: int, subdir: str, wanted: list[int]) -> dict[str, Any]:
    name = f"package-{number}"
    text = f"{1 + version // 5}.{version % 5}.0"
    oldest = max(version - 5, 0)
    depends = [f"package-{other} >={1 + oldest // 5}.{oldest % 5}" for other in wanted]
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


def _locked(file: str, record: dict[str, Any]) -> dict[str, Any]:
    """The lock entry of a package without a bundle."""
    keys = ("name", "version", "build", "build_number", "subdir", "sha256", "depends")
    return {"file": file, **{key: record[key] for key in keys}}
