"""Writes the licences of the crates that a project compiles, and of the standard library of Rust.

The options are those of the ``cargo-bundle-licenses`` of conda-forge that its feedstocks use.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_NAMES = re.compile(r"(?:LICEN[CS]E|COPYING|COPYRIGHT|NOTICE|UNLICENSE)", re.IGNORECASE)


def metadata(manifest: Path) -> dict:
    """What cargo knows of the project and of the crates for this platform."""
    command = ["cargo", "metadata", "--offline", "--format-version=1", "--manifest-path", manifest]
    done = subprocess.run(
        [*command, "--filter-platform=wasm32-unknown-emscripten"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"error: the crates of {manifest} are not known: {done.stderr.strip()}")
    return json.loads(done.stdout)


def compiled(project: dict) -> Iterator[dict]:
    """The crates that are compiled, build scripts included; not those of tests."""
    packages = {package["id"]: package for package in project["packages"]}
    nodes = {node["id"]: node for node in project["resolve"]["nodes"]}
    waiting = list(project["workspace_members"])
    seen = set(waiting)
    while waiting:
        identity = waiting.pop()
        if packages[identity]["source"]:
            yield packages[identity]
        for dependency in nodes[identity]["deps"]:
            kinds = {kind["kind"] for kind in dependency["dep_kinds"]}
            if kinds != {"dev"} and dependency["pkg"] not in seen:
                seen.add(dependency["pkg"])
                waiting.append(dependency["pkg"])


def texts(folder: Path) -> list[str]:
    """The texts of the licence files of a folder."""
    files = sorted(path for path in folder.iterdir() if _NAMES.match(path.name) and path.is_file())
    return [path.read_text(errors="replace") for path in files]


def entry(name: str, version: str, repository: str, licence: str, notices: list[str]) -> str:
    """An entry of the list, in YAML."""
    fields = [
        f"- package_name: {name}",
        f"  package_version: {json.dumps(version)}",
        f"  repository: {json.dumps(repository)}",
        f"  license: {json.dumps(licence)}",
        "  licenses:",
    ]
    fields += [f"    - text: {json.dumps(text, ensure_ascii=False)}" for text in notices]
    return "\n".join(fields) + "\n"


def main() -> None:
    """Write the file, or name the crates without a licence."""
    parser = argparse.ArgumentParser(prog="cargo bundle-licenses")
    parser.add_argument("subcommand", nargs="?", help=argparse.SUPPRESS)
    parser.add_argument("-f", "--format", choices=["yaml"], default="yaml")
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    project = metadata(Path("Cargo.toml"))
    crates = sorted(compiled(project), key=lambda each: (each["name"], each["version"]))
    bare = [each["name"] for each in crates if not each["license"] and not each["license_file"]]
    if bare:
        sys.exit(
            f"error: crates without a licence: {', '.join(bare)}. Add `license` to their "
            "Cargo.toml by a patch, if upstream states one."
        )
    entries = [
        entry(
            each["name"],
            each["version"],
            each["repository"] or "",
            each["license"] or each["license_file"],
            texts(Path(each["manifest_path"]).parent),
        )
        for each in crates
    ]
    std = Path(os.environ["CONDA_PREFIX"], "opt/rust/share/licenses/std")
    version = subprocess.run(
        ["rustc", "--version"], capture_output=True, text=True, check=True
    ).stdout.split()[1]
    repository = "https://github.com/rust-lang/rust"
    entries.append(entry("std", version, repository, "MIT OR Apache-2.0", texts(std)))
    root = project["resolve"]["root"]
    names = [each["name"] for each in project["packages"] if each["id"] == root]
    options.output.write_text(f"root_name: {json.dumps(''.join(names))}\nthird_party_libraries:\n")
    with options.output.open("a") as file:
        file.writelines(entries)


if __name__ == "__main__":
    main()
