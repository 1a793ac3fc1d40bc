"""How is the static site made?

This module makes the folder ``build/dist``, and with ``npm_package`` the folder ``build/npm``. The
WebAssembly files are in the channel's packages ``pyodide-core``, the interpreter, and
``pyodide-solver``. esbuild makes the scripts and pages from ``runtime`` and ``loader``, Sphinx the
documentation from ``docs``, and ``gallery_sources`` shows the sources of the gallery.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from conda_emscripten.channel import locked, read_records
from conda_emscripten.compress import compress_site
from conda_emscripten.environment import create_environment
from conda_emscripten.errors import BuildError, UsageError
from conda_emscripten.files import os_errors, write_json
from conda_emscripten.gallery_sources import render_sources
from conda_emscripten.npm_package import write_npm_package
from conda_emscripten.project import TARGET_PLATFORM, Project
from conda_emscripten.pyodide_lock import write_site_lock

#: The folder of the site's files in both packages.
_PACKAGE_FOLDER = Path("lib/pyodide")
_PACKAGES = ("pyodide-core", "pyodide-solver")
_WORK_PREFIX = ".dist-"


def build_dist(project: Project) -> list[Path]:
    """Make the site and the npm package, and replace ``build/dist`` and ``build/npm`` at the end.

    Returns:
        The new folders. There is no npm package of a channel that has not been indexed.

    Raises:
        UsageError: a package is not in the channel, or ``node_modules`` does not exist.
        BuildError: esbuild or Sphinx failed, npm is not installed, or a file cannot be written.
        ChannelError: another command works in the build folder, or the channel is damaged.
    """
    records = read_records(project.channel_dir / TARGET_PLATFORM)
    names = {record["name"] for record in records.values()}
    for package in _PACKAGES:
        if package not in names:
            raise UsageError(
                f"The package {package} is not in {project.channel_dir}.",
                help=f"Build the package: conda-emscripten build --with-deps {package}",
            )
    if not (project.root / "node_modules").is_dir():
        raise UsageError(
            f"The folder {project.root / 'node_modules'} does not exist.",
            help=f"Install the JavaScript packages: npm ci --prefix {project.root}",
        )
    with locked(project.build_dir), os_errors(BuildError, f"{project.dist_dir} cannot be written"):
        for unfinished in project.build_dir.glob(f"{_WORK_PREFIX}*"):  # of a killed command
            shutil.rmtree(unfinished, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=project.build_dir, prefix=_WORK_PREFIX) as folder:
            site = _make_site(project, Path(folder))
            compress_site(site, project.dist_dir)
            npm_package = Path(folder, "npm")
            write_npm_package(project.root, site, project.channel_dir, npm_package)
            for new, target in ((site, project.dist_dir), (npm_package, project.npm_dir)):
                # Away at once: a reader or a killed command never finds a part of an old folder.
                if target.exists():
                    target.rename(Path(folder, f"old-{target.name}"))
                if new.exists():
                    new.rename(target)
    project.dist_dir.chmod(0o755)
    return [folder for folder in (project.dist_dir, project.npm_dir) if folder.exists()]


def _make_site(project: Project, folder: Path) -> Path:
    prefix, site = folder / "prefix", folder / "site"
    create_environment(
        prefix,
        list(_PACKAGES),
        channels=[project.channel_dir.as_uri()],
        platform=TARGET_PLATFORM,
        cache_dir=project.cache_dir,
    )
    shutil.copytree(prefix / _PACKAGE_FOLDER, site)
    _write_docs(project.root, site / "docs", folder / "doctrees")
    render_sources(project.root / "runtime" / "pages" / "gallery", site / "gallery" / "source")
    done = run(["npm", "run", "--silent", "build", "--", str(site)], project.root)
    if done.returncode:
        raise BuildError(
            f"'npm run build' failed:\n{done.stdout}{done.stderr}\n",
            help=f"Correct the sources, or run 'npm ci' in {project.root} again.",
        )
    _write_integrity(site)
    # The default channel, <indexURL>channel/, for static servers and for Node.
    write_site_lock(project.channel_dir, site)
    (site / "channel").symlink_to(Path("..") / project.channel_dir.name)
    return site


def _write_docs(root: Path, target: Path, work: Path) -> None:
    """Make the documentation of the site. Warnings are errors of ``make docs`` only."""
    command = [sys.executable, "-m", "sphinx", "--quiet", "-A", "site=1", "-d", str(work)]
    done = run([*command, "docs", str(target)], root)
    if done.returncode:
        raise BuildError(
            f"Sphinx failed:\n{done.stdout}{done.stderr}",
            help=f"Correct the files in {root / 'docs'}: make docs",
        )
    (target / ".buildinfo").unlink(missing_ok=True)  # for Sphinx's next run


def _write_integrity(site: Path) -> None:
    """Write ``integrity.json``: the digest of each file, as in HTML's ``integrity`` (W3C SRI)."""

    def digest(path: Path) -> str:
        return f"sha256-{base64.b64encode(hashlib.sha256(path.read_bytes()).digest()).decode()}"

    paths = sorted(path for path in site.rglob("*") if path.is_file())
    digests = {path.relative_to(site).as_posix(): digest(path) for path in paths}
    write_json(site / "integrity.json", {"version": 1, "files": digests})


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a program in ``folder``. After an interruption, none of its processes is left.

    Raises:
        BuildError: the program is not installed.
    """
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except FileNotFoundError as error:
        raise BuildError(
            f"'{command[0]}' is not in PATH.",
            help="Install the program; 'conda-emscripten doctor' prints how.",
        ) from error
    with process:
        try:
            stdout, stderr = process.communicate()
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise
    return subprocess.CompletedProcess(command, process.returncode, stdout, stderr)
