"""Front ends on the distribution: from navigation to the first output, bytes and requests."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import BUILD_DIR, Sample, in_turns
from benchmarks.report import count, megabytes, milliseconds, table
from benchmarks.visits import Application, visit
from tests.frontends import bundled, installed, pages
from tests.harness.server import site


def _pyscript(folder: Path) -> Application:
    pages.make("pyscript", folder, site="", modules=installed.node_modules())
    app = site(BUILD_DIR, application=folder)
    shown = "document.querySelector('#mean')?.textContent.includes('kg')"
    return Application(app, "/application/index.html", shown)


def _panel(folder: Path) -> Application:
    pages.make("panel", folder, site="", programs=installed.python())
    app = site(BUILD_DIR, application=folder / "site")
    return Application(app, "/application/app.html", "pyodideWorker.jsdoc !== undefined")


def _marimo(folder: Path) -> Application:
    pages.make("marimo", folder, site="", programs=installed.python())
    output = folder / "site"
    app = site(BUILD_DIR, application=output, wasm=output / "wasm")  # at the root of the origin
    shown = "document.body.innerText.includes('The diagonal is')"
    return Application(app, "/application/index.html", shown)


#: Front end -> a function that makes its application in an empty folder.
FRONT_ENDS: dict[str, Callable[[Path], Application]] = {
    **{
        f"{bundler}, the npm package": functools.partial(bundled.application, bundler)
        for bundler in bundled.BUNDLERS
    },
    "PyScript, with NumPy": _pyscript,
    "Panel, a plot of Bokeh": _panel,
    "marimo, with NumPy": _marimo,
}


def measure() -> str:
    """The medians of first visits with an empty cache, as a Markdown table."""
    with tempfile.TemporaryDirectory(prefix="frontends-") as folder:
        found = in_turns(
            **{
                name: functools.partial(_sample, _application(make, Path(folder)))
                for name, make in FRONT_ENDS.items()
            }
        )
    head = ["first visit", "first output", "bytes, brotli -11", "requests"]
    rows = [
        [name, milliseconds(of["output"]), megabytes(of["bytes"]), count(of["requests"])]
        for name, of in found.items()
    ]
    return table(head, rows)


def _application(make: Callable[[Path], Application], parent: Path) -> Application:
    return make(Path(tempfile.mkdtemp(dir=parent)))


def _sample(application: Application) -> Sample:
    return visit(application).sample()
