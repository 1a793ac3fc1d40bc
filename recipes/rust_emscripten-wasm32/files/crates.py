"""Unpacks the crates among a recipe's sources, and makes cargo take all crates from there.

Run by the activation of the compiler in a build with a folder ``crate-sources``. The folder has
Debian's packages of crates (``librust-*-dev``, ``*.deb``) and crates of the registry (``*.crate``).

The crates become a directory source of cargo. With Debian's packages, whose versions and bytes are
not the registry's, ``Cargo.lock`` is made anew from the versions that are there. Without them, each
crate must have the checksum of ``Cargo.lock``.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

FOLDER = "crate-sources"
NEXT = "Write the list of crates with 'conda-emscripten recipe crates NAME'."
RELAX = "Or let a patch of Cargo.toml accept the version that is there."


class CratesError(Exception):
    """The crates are not those that the project needs; the message says what to do."""


def unpack_debian(package: Path, vendor: Path) -> None:
    """Unpack the crates of a Debian package, each with Debian's copyright file."""
    with tempfile.TemporaryDirectory(dir=vendor.parent) as folder:
        if subprocess.run(["dpkg-deb", "-x", package, folder], check=False).returncode:
            raise CratesError(f"{package} cannot be unpacked. Fetch the source again.")
        crates = sorted(Path(folder).glob("usr/share/cargo/registry/*/"))
        if not crates:
            raise CratesError(f"{package} contains no crate. {NEXT}")
        (notice,) = Path(folder).glob("usr/share/doc/*/copyright")
        for crate in crates:
            shutil.copyfile(notice, crate / "COPYRIGHT.Debian")
            add(crate, vendor, sha256=None)


def unpack_registry(file: Path, vendor: Path) -> None:
    """Unpack a crate of the registry, a gzipped tar file."""
    with tempfile.TemporaryDirectory(dir=vendor.parent) as folder:
        try:
            with tarfile.open(file) as tar:
                tar.extractall(folder, filter="data")
        except (tarfile.TarError, EOFError, OSError) as error:
            raise CratesError(f"{file} cannot be unpacked: {error}. Fetch it again.") from error
        sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
        for crate in Path(folder).iterdir():
            add(crate, vendor, sha256=sha256)


def add(crate: Path, vendor: Path, *, sha256: str | None) -> None:
    """Move an unpacked crate to the directory source, with the file of checksums that cargo wants.

    Listing no file means that cargo verifies none: the recipe's sha256 was verified before.
    """
    checksums = {"files": {}} if sha256 is None else {"files": {}, "package": sha256}
    (crate / ".cargo-checksum.json").write_text(json.dumps(checksums))
    shutil.rmtree(vendor / crate.name, ignore_errors=True)
    shutil.move(crate, vendor / crate.name)


def locks(source: Path) -> list[Path]:
    """The ``Cargo.lock`` files of the project, or the places for them.

    ``pyproject.toml`` may name the manifest for maturin. Otherwise manifests are searched at most
    three folders deep. A workspace has one lock, in the folder of its ``Cargo.toml``.
    """
    settings = source / "pyproject.toml"
    if settings.is_file():
        maturin = tomllib.loads(settings.read_text()).get("tool", {}).get("maturin", {})
        if "manifest-path" in maturin:
            return [(source / maturin["manifest-path"]).with_name("Cargo.lock")]
    found: list[Path] = []
    for depth in range(4):
        for manifest in sorted(source.glob("*/" * depth + "Cargo.toml")):
            folder = manifest.parent
            inside = any(lock.parent in folder.parents for lock in found)
            if not inside and FOLDER not in folder.relative_to(source).parts[:1]:
                found.append(folder / "Cargo.lock")
    return found


def check_checksums(lock: Path, vendor: Path) -> None:
    """Compare the checksums of ``Cargo.lock`` with those of the crates that are there."""
    for package in tomllib.loads(lock.read_text()).get("package", ()):
        crate = f"{package['name']}-{package['version']}"
        file = vendor / crate / ".cargo-checksum.json"
        if wanted := package.get("checksum"):
            if not file.is_file():
                continue  # of another platform; cargo names a crate that it needs
            sha256 = json.loads(file.read_text())["package"]
            if sha256 != wanted:
                raise CratesError(
                    f"{FOLDER}/{crate}.crate has the sha256 {sha256}, {lock} wants {wanted}. {NEXT}"
                )


def resolve(lock: Path, *, relock: bool) -> None:
    """Let cargo find all crates of a project, by ``Cargo.lock`` or anew."""
    manifest = lock.with_name("Cargo.toml")
    if relock:
        lock.unlink(missing_ok=True)
        command = ["cargo", "generate-lockfile"]
    elif lock.is_file():
        command = ["cargo", "metadata", "--locked", "--format-version=1"]
        command.append("--filter-platform=wasm32-unknown-emscripten")
    else:
        raise CratesError(f"{manifest.parent} has no Cargo.lock. Add it by a patch of the recipe.")
    done = subprocess.run(
        [*command, "--offline", "--manifest-path", manifest],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CratesError(f"{done.stderr.strip()}\n{NEXT} {RELAX}")


def main() -> None:
    """Make the directory source and the configuration of cargo."""
    source = Path(os.environ["SRC_DIR"])
    crates = source / FOLDER
    vendor = crates / "vendor"
    vendor.mkdir(exist_ok=True)
    debian, registry = (sorted(crates.glob(pattern)) for pattern in ("*.deb", "*.crate"))
    for file in (*debian, *registry):
        unpacked = vendor / f".{file.name}"
        if not unpacked.exists():
            (unpack_debian if file in debian else unpack_registry)(file, vendor)
            unpacked.touch()
    config = Path(os.environ["CARGO_HOME"]) / "config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(
        '[source.crates-io]\nreplace-with = "recipe"\n'
        f"[source.recipe]\ndirectory = {json.dumps(str(vendor))}\n"
    )
    for lock in locks(source):
        if not debian and lock.is_file():
            check_checksums(lock, vendor)
        resolve(lock, relock=bool(debian))


if __name__ == "__main__":
    try:
        main()
    except CratesError as error:
        sys.exit(f"error: {error}")
