"""JupyterLite's REPL on the distribution and on Pyodide: from navigation to the output."""

from __future__ import annotations

import functools
import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name, parse_wheel_filename
from starlette.applications import Starlette
from starlette.routing import Mount

from benchmarks import peers
from benchmarks.measure import BENCH_DIR, BUILD_DIR, Sample, in_turns
from benchmarks.report import count, megabytes, milliseconds, table
from benchmarks.visits import Application, visit
from conda_emscripten.serve import Files
from tests.frontends import jupyterlite

#: Pyodide's packages that the kernel starts with, beside those of JupyterLite's extension, and
#: what they need: pip downloads each without its dependencies.
_PACKAGES = [
    *("asttokens", "comm", "decorator", "executing", "ipython", "jedi", "matplotlib-inline"),
    *("micropip", "parso", "prompt-toolkit", "pure-eval", "pygments", "six", "stack-data"),
    *("traitlets", "wcwidth"),
]
_OUTPUT = "document.querySelector('.jp-OutputArea-output')?.textContent.trim() === '42'"


def measure() -> str:
    """The medians of first visits with an empty cache, as a Markdown table."""
    with tempfile.TemporaryDirectory(prefix="jupyterlite-") as parent:
        folder = Path(parent)
        dist = Files(directory=BUILD_DIR / "dist", follow_symlink=True)
        sites = {
            "`conda-emscripten notebook`": _application(
                jupyterlite.notebook(folder / "notebook", "ipython")
            ),
            "`pyodideUrl` of our site": _application(_site(folder / "ours"), dist),
            f"`pyodideUrl` of Pyodide {peers.PYODIDE}": _application(
                _site(folder / "theirs"), Files(directory=_pyodide())
            ),
        }
        found = in_turns(**{name: functools.partial(_sample, site) for name, site in sites.items()})
    *_, theirs = found.values()
    head = ["REPL, `print(6*7)`", "first output", "ratio", "bytes, brotli -11", "requests"]
    rows = [
        [
            name,
            milliseconds(of["output"]),
            f"{of['output'] / theirs['output']:.2f}",
            megabytes(of["bytes"]),
            count(of["requests"]),
        ]
        for name, of in found.items()
    ]
    return table(head, rows)


def _site(folder: Path) -> Path:
    folder.mkdir()
    return jupyterlite.with_address(folder, "/distribution/pyodide.mjs")


def _application(site: Path, distribution: Files | None = None) -> Application:
    mounts = [Mount("/distribution", distribution)] if distribution else []
    routes = [*mounts, Mount("/", Files(directory=site, html=True))]
    return Application(Starlette(routes=routes), f"{jupyterlite.REPL}print(6*7)", _OUTPUT)


def _sample(application: Application) -> Sample:
    return visit(application).sample()


def _pyodide() -> Path:
    """A distribution of Pyodide, with wheels of PyPI in the versions of its lock file.

    npm's package has no wheels. The lock file gets the names and digests of PyPI's wheels, and the
    package `comm`, which Pyodide does not have.
    """
    folder = BENCH_DIR / "jupyterlite-pyodide"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(peers.pyodide(), folder)
    file = folder / "pyodide-lock.json"
    lock: dict[str, Any] = json.loads(file.read_text())
    packages: dict[str, Any] = {
        canonicalize_name(name): entry for name, entry in lock["packages"].items()
    }
    for entry in packages.values():
        entry["depends"] = [canonicalize_name(name) for name in entry["depends"]]
    wanted = [
        f"{name}=={packages[name]['version']}" if name in packages else name for name in _PACKAGES
    ]
    for wheel in peers.wheels(wanted).glob("*.whl"):
        name, version, *_ = parse_wheel_filename(wheel.name)
        if name not in _PACKAGES:
            continue
        shutil.copy(wheel, folder)
        new = {"name": name, "imports": [name], "depends": [], "install_dir": "site"}
        packages[name] = packages.get(name, {**new, "package_type": "package"}) | {
            "version": str(version),
            "file_name": wheel.name,
            "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        }
    file.write_text(json.dumps({**lock, "packages": packages}))
    return folder
