"""What is in the channel whose files the tests damage?

The channel has two packages. Only the indexes of the packages are here, not their files.
"""

from __future__ import annotations

import hashlib
from typing import Any

from conda_emscripten.bundle import Bundle

SHA256 = hashlib.sha256(b"").hexdigest()


def record(name: str, subdir: str, *depends: str) -> dict[str, Any]:
    """A record of repodata (CEP 34), without the file name."""
    return {
        "name": name,
        "version": "1.0",
        "build": "h_0",
        "build_number": 0,
        "subdir": subdir,
        "depends": list(depends),
        "constrains": ["old <2"],
        "sha256": SHA256,
        "md5": "0" * 32,
        "size": 5,
        "timestamp": 1_700_000_000_000,
        "license": "MIT",
    }


#: Subdir -> the content of its repodata.json.
REPODATA: dict[str, Any] = {
    subdir: {
        "info": {"subdir": subdir},
        "packages": {},
        "packages.conda": {f"{name}-1.0-h_0.conda": record(name, subdir, *depends)},
        "removed": [],
        "repodata_version": 1,
    }
    for subdir, name, depends in (
        ("emscripten-wasm32", "python", ("__emscripten",)),
        ("noarch", "six", ("python >=1",)),
    )
}
#: Subdir -> its bundles.
LISTED = {
    subdir: [
        Bundle(
            file=f"{name}-1.0-h_0.lz4b",
            size=7,
            sha256=SHA256,
            head_size=3,
            head_sha256=SHA256,
            package=f"{name}-1.0-h_0.conda",
            package_sha256=SHA256,
            imports=(name,),
            distributions={},
            about={},
            run_exports={},
        )
    ]
    for subdir, name in (("emscripten-wasm32", "python"), ("noarch", "six"))
}
