"""How is a JupyterLite site made that runs on the channel?

This module joins three parts in one folder: the site of ``jupyter-lite build``; in
``static/pyodide/``, the distribution and the needed part of the channel; and a service worker for
both. https://jupyterlite.readthedocs.io/en/stable/reference/ describes JupyterLite's files.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from conda_emscripten.default_lock import read_start_packages
from conda_emscripten.dist import run
from conda_emscripten.errors import BuildError, UsageError
from conda_emscripten.files import os_errors, write_json
from conda_emscripten.npm_package import SITE_FILES
from conda_emscripten.page_channel import copy_for_pages
from conda_emscripten.project import Project
from conda_emscripten.pyodide_lock import FILE as PYODIDE_LOCK
from conda_emscripten.pyodide_lock import PyodideLock, PyodidePackage, write_site_lock

#: The packages that the kernel starts with (worker.js of @jupyterlite/pyodide-kernel 0.8).
_FROM_CHANNEL = ("comm", "ipython", "jedi", "micropip")
#: Wheels of the kernel's extension, made for the version of its scripts; and their dependencies.
_FROM_EXTENSION = {
    "ipykernel": ["pyodide-kernel"],
    "piplite": ["micropip"],
    "pyodide-kernel": ["comm", "ipython"],
}

_EXTENSION = "@jupyterlite/pyodide-kernel-extension"
_WHEELS = Path("extensions", _EXTENSION, "static", "pypi")
#: JupyterLite's own place for a distribution of Pyodide.
_DISTRIBUTION = Path("static", "pyodide")
#: Of the site in build/dist: what programs read, and the script of JupyterLite's pages.
_FILES = (*SITE_FILES, "notebook.js")
_SERVICE_WORKER = "service-worker.js"

_CONFIG: dict[str, Any] = {
    "jupyter-lite-schema-version": 0,
    "jupyter-config-data": {
        "litePluginSettings": {
            f"{_EXTENSION}:kernel": {
                "pyodideUrl": f"./{_DISTRIBUTION.as_posix()}/pyodide.mjs",
                # They are mounted while Python starts; the kernel then installs nothing.
                "loadPyodideOptions": {
                    "packages": sorted([*_FROM_CHANNEL, *_FROM_EXTENSION]),
                    # A restart and the next visit have their modules already.
                    "snapshot": "auto",
                },
            }
        }
    },
}


def build_notebook(
    project: Project,
    output: Path,
    specs: Sequence[str],
    *,
    contents: Sequence[Path] = (),
    bootstrap_channel: str | None = None,
) -> int:
    """Make a JupyterLite site beside ``output``, and replace that folder when it is complete.

    Args:
        project: the project with the channel and the site.
        output: a new or empty folder, or an earlier site.
        specs: MatchSpecs (CEP 29) of the packages that notebooks can import, beside the packages
            of the kernel. Without specs: all packages of the channel's default lock.
        contents: files, and folders whose files, the site's drive has at first.
        bootstrap_channel: see ``conda_emscripten.environment.native_python``.

    Returns:
        The number of packages.

    Raises:
        UsageError: JupyterLite is not installed, ``output`` has other files or cannot be written,
            a path of ``contents`` does not exist, there is no site, or a spec is malformed.
        BuildError: the specs have no solution, or JupyterLite failed.
        ChannelError: the channel is missing, not indexed, or damaged.
    """
    output = output.resolve()
    _check(project, output, contents)
    command = _jupyter_lite()
    with os_errors(UsageError, f"{output} cannot be written", help="Choose another folder."):
        output.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=output.parent, prefix=f".{output.name}-") as folder:
            site = Path(folder, "site")
            _build_site(command, site, contents)
            distribution = site / _DISTRIBUTION
            distribution.mkdir(parents=True)
            for name in _FILES:
                shutil.copy(project.dist_dir / name, distribution)
            channel = distribution / "channel"
            start = [*read_start_packages(project.start_packages), *_FROM_CHANNEL]
            count = copy_for_pages(
                project, channel, specs, start=start, bootstrap_channel=bootstrap_channel
            )
            _write_lock(site)
            _add_script(site)
            _write_service_worker(project.dist_dir, site)
            if output.exists():  # it is removed with the folder
                output.rename(Path(folder, "old"))
            site.rename(output)
    return count


def _check(project: Project, output: Path, contents: Sequence[Path]) -> None:
    """Refuse bad arguments before anything is written."""
    if missing := [name for name in _FILES if not (project.dist_dir / name).is_file()]:
        raise UsageError(
            f"{project.dist_dir} has no {missing[0]}.",
            help="Make the site: conda-emscripten dist",
        )
    is_site = (output / "jupyter-lite.json").is_file()
    if output.exists() and not (output.is_dir() and (is_site or not any(output.iterdir()))):
        raise UsageError(
            f"{output} exists and is not a JupyterLite site.",
            help="Choose a new folder, or remove this one first.",
        )
    for path in contents:
        if not path.exists():
            raise UsageError(f"{path} does not exist.", help="Correct --contents.")


def _jupyter_lite() -> str:
    """The program ``jupyter-lite``: the one beside this Python, or else in PATH."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    program = shutil.which("jupyter-lite", path=path)
    if program is None:
        raise UsageError(
            "JupyterLite is not installed.",
            help="Install it: pip install 'conda-emscripten[notebook]'",
        )
    return program


def _build_site(program: str, site: Path, contents: Sequence[Path]) -> None:
    # A folder of its own: doit writes a database into the current one.
    folder = site.with_name("lite")
    folder.mkdir()
    write_json(folder / "jupyter-lite.json", _CONFIG)
    options = [f"--contents={path.resolve()}" for path in contents]
    command = [program, "build", "--lite-dir=.", f"--output-dir={site}", "--no-sourcemaps"]
    done = run([*command, *options], folder)
    if done.returncode:
        raise BuildError(
            f"'jupyter-lite build' failed:\n{done.stdout}{done.stderr}\n",
            help="Install the packages again: pip install 'conda-emscripten[notebook]'",
        )
    if not (site / _WHEELS / "all.json").is_file():
        raise BuildError(
            "JupyterLite has no Python kernel.",
            help="Install it beside JupyterLite: pip install 'conda-emscripten[notebook]'",
        )


def _write_lock(site: Path) -> None:
    """Write ``pyodide-lock.json``: the view of the channel's part, and the extension's wheels."""
    distribution = site / _DISTRIBUTION
    write_site_lock(distribution / "channel", distribution)
    lock: PyodideLock = json.loads((distribution / PYODIDE_LOCK).read_text())
    index: dict[str, Any] = json.loads((site / _WHEELS / "all.json").read_text())
    for name, depends in _FROM_EXTENSION.items():
        [(version, [wheel])] = index[name]["releases"].items()
        lock["packages"][name] = PyodidePackage(
            name=name,
            version=version,
            file_name=os.path.relpath(site / _WHEELS / wheel["filename"], distribution),
            sha256=wheel["digests"]["sha256"],
            package_type="package",
            install_dir="site",
            imports=[name.replace("-", "_")],
            depends=depends,
            unvendored_tests=False,
        )
    write_json(distribution / PYODIDE_LOCK, lock)


def _add_script(site: Path) -> None:
    """Have all pages run ``notebook.js``."""
    for page in site.rglob("index.html"):
        text = page.read_text()
        address = os.path.relpath(site / _DISTRIBUTION / "notebook.js", page.parent)
        script = f'<script type="module" src="{address}"></script>'
        page.write_text(re.sub(r"</head>", f"  {script}\n  </head>", text, count=1))


def _write_service_worker(dist: Path, site: Path) -> None:
    """Join the service workers of JupyterLite and of the site: a scope has only one worker."""
    _, _, program = (dist / "pyodide-sw.js").read_text().partition("\n")
    worker = site / _SERVICE_WORKER
    files = sorted(
        path.relative_to(site).as_posix()
        for path in site.rglob("*")
        # The loader keeps the files of channels.
        if path.is_file()
        and path != worker
        and site / _DISTRIBUTION / "channel" not in path.parents
    )
    version = hashlib.sha256()
    for file in files:
        version.update(file.encode() + b"\0" + (site / file).read_bytes())
    own = {"files": files, "version": version.hexdigest()[:16], "isEarly": True}
    line = f"const SITE={json.dumps(own, separators=(',', ':'))};\n"
    worker.write_text(f"{line}{program.rstrip()}\n{worker.read_text()}")
