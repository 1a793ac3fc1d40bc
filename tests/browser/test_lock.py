"""Does the lock of a running interpreter fit the schema of locks?"""

from __future__ import annotations

import json
from pathlib import Path

from jsonschema import Draft202012Validator

from tests.harness.built import BUILD_DIR, ROOT, require
from tests.harness.channels import index
from tests.harness.node import node
from tests.harness.packages import write_package

SCHEMA = ROOT / "docs" / "reference" / "schema" / "lock.schema.json"


def test_the_lock_of_packages_with_and_without_bundles_fits_the_schema(tmp_path: Path) -> None:
    script = BUILD_DIR / "dist" / "pyodide.mjs"
    require(script.is_file(), "no build/dist: run make quickstart")
    bundled, plain = tmp_path / "bundled", tmp_path / "plain"
    for channel in (bundled, plain):
        write_package(channel, "python", "3.13", subdir="emscripten-wasm32")
        write_package(channel, f"from-{channel.name}", "1.0")
        index(channel)
    for file in [path for path in plain.rglob("*") if path.is_file()]:
        if file.suffix != ".conda" and file.name != "repodata.json":
            file.unlink()  # a channel of another program has only these files
    channels = [f"{folder.as_uri()}/" for folder in (BUILD_DIR / "channel", bundled, plain)]
    with node(script, channels=channels, packages=["six"]) as started:
        lock = started.run_js("""
            await pyodide.loadPackage(["from-bundled", "from-plain"]);
            return pyodide.lock();
        """)
    Draft202012Validator(json.loads(SCHEMA.read_text())).validate(lock)
    bundles = {package["name"]: package.get("bundle") for package in lock["packages"]}
    assert bundles["from-bundled"] == "from-bundled-1.0-h_0.lz4b"
    assert bundles["from-plain"] is None
    assert {"python", "six"} <= bundles.keys()
