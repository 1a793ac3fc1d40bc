"""Does the site of ``conda-emscripten notebook`` run notebooks, also without its server?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from conda_emscripten.serve import Files
from tests.frontends import jupyterlite
from tests.frontends.document import blocks, commands, write_files
from tests.frontends.jupyterlite import REPL
from tests.harness import server
from tests.harness.built import BUILD_DIR, require, require_packages
from tests.harness.index import Index
from tests.harness.page import Page
from tests.harness.server import Counter, running
from tests.harness.tabs import OpenTab
from tests.harness.wheels import make_wheel

#: A cell for each promise of docs/use-from/jupyterlite.md, and the packages that it imports. The
#: kernel loads the packages of import statements before it runs a cell, also before %conda.
CELLS = {
    "print": ((), "print(6 * 7)"),
    "figure": (
        ("matplotlib",),
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 3, 2])\nplt.show()",
    ),
    "table": (("pandas",), 'import pandas\npandas.DataFrame({"x": [1, 2]})'),
    "import": (("numpy",), "import numpy\nint(numpy.arange(5).sum())"),
    "pip": ((), "%pip install from-index\nimport from_index\nfrom_index.version"),
    "conda": ((), "%conda install 'snowballstemmer>=3'\n__import__('snowballstemmer').__name__"),
    "input": ((), 'name = input("name? ")\nprint("Hello", name)'),
    "drive": ((), 'open("data.csv").read()'),
    "written": ((), 'open("new.txt", "w").write("from Python")'),
    "asyncio": ((), "import asyncio\nawait asyncio.sleep(0.01, 'waited')"),
    # The last one, as an error ends the run.
    "conflict": ((), "%conda install 'python<3'"),
}


def printed(page: Page) -> str:
    """The text of the first output on the page."""
    text = "document.querySelector('.jp-OutputArea-output')?.textContent.trim()"
    page.wait_until(text)
    return str(page.run_js(f"return {text};"))


def has(package: str) -> bool:
    return any((BUILD_DIR / "channel").glob(f"*/{package}-[0-9]*.conda"))


@pytest.fixture(scope="session")
def drive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first files of the drive: a notebook with one cell for each promise, and a table."""
    folder = tmp_path_factory.mktemp("drive")
    (folder / "data.csv").write_text("x,y\n1,2\n")
    cells = [
        {"cell_type": "code", "id": name, "source": code, "metadata": {}, "outputs": []}
        | {"execution_count": None}
        for name, (packages, code) in CELLS.items()
        if all(map(has, packages))
    ]
    kernel = {"kernelspec": {"name": "python", "display_name": "Python"}}
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": cells}
    (folder / "cells.ipynb").write_text(json.dumps(notebook))
    return folder


@pytest.fixture(scope="session")
def notebook_site(frontend_python: Path, drive: Path) -> Path:
    """A site with all that the notebook needs; tests read the notebook from the application."""
    assert (frontend_python / "jupyter-lite").is_file()
    require((BUILD_DIR / "dist" / "pyodide.mjs").is_file(), "no build/dist: run make quickstart")
    require_packages("ipython", "comm", "jedi", "micropip")
    packages = {package for needed, _ in CELLS.values() for package in needed if has(package)}
    specs = ["pytz", "snowballstemmer", *packages]
    site = jupyterlite.notebook(drive.with_name("site"), *specs, "--contents", drive)
    config = site / "jupyter-lite.json"
    content = json.loads(config.read_text())
    content["jupyter-config-data"]["exposeAppInBrowser"] = True
    config.write_text(json.dumps(content))
    return site


#: With the headers for SharedArrayBuffer, and without, as on GitHub Pages.
HOSTS: dict[str, Callable[[Path], ASGIApp]] = {
    "isolated": lambda folder: _at_root(Files(directory=folder, html=True)),
    "plain": lambda folder: _at_root(StaticFiles(directory=folder, html=True)),
}


def _at_root(app: ASGIApp) -> ASGIApp:
    return Starlette(routes=[Mount("/", app)])


#: JavaScript: the notebook of the page, as soon as its kernel is there.
PANEL = """
    const until = async (condition) => {
        for (let tries = 0; tries < 1100; tries++) {
            const value = await condition();
            if (value) return value;
            await new Promise((resolve) => setTimeout(resolve, 100));
        }
        throw new Error(`waited in vain: ${condition}`);
    };
    const app = await until(() => globalThis.jupyterapp);
    const panel = await until(() => {
        const widget = app.shell.currentWidget;
        return widget?.sessionContext?.session?.kernel && widget.content.model && widget;
    });
"""


class Notebook:
    """A notebook in JupyterLite, whose cells have the names of their ids."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def start(self, command: str) -> None:
        """Execute a command of the application that runs all cells."""
        self.page.run_js(f"""{PANEL}
            globalThis.isDone = false;
            const done = () => {{ globalThis.isDone = true; }};
            app.commands.execute({json.dumps(command)}).then(done, done);
        """)

    def finish(self) -> None:
        """Wait for the end of the command."""
        self.page.run_js(f"{PANEL} await until(() => globalThis.isDone);")

    def answer(self, text: str) -> None:
        """Wait for the question of ``input()``, and answer."""
        self.page.run_js(f"""{PANEL}
            (await until(() => document.querySelector("input.jp-Stdin-input"))).focus();
        """)
        self.page.press(text + Keys.ENTER)

    def outputs(self) -> dict[str, list[dict[str, Any]]]:
        """The outputs of each cell, in nbformat."""
        cells = self.page.run_js(f"{PANEL} return panel.content.model.toJSON().cells;")
        return {cell["id"]: cell.get("outputs", []) for cell in cells}

    def execute(self, code: str) -> str:
        """Run code in the kernel, and return the printed text, or the name of the error."""
        return str(
            self.page.run_js(f"""{PANEL}
                const kernel = panel.sessionContext.session.kernel;
                const future = kernel.requestExecute({{ code: {json.dumps(code)} }});
                let text = "";
                future.onIOPub = ({{ content: {{ text: printed, ename }} }}) => {{
                    text += printed ?? ename ?? "";
                }};
                await future.done;
                return text;
            """)
        )


def text_of(outputs: list[dict[str, Any]], kind: str = "text/plain") -> str:
    """The text of a cell's outputs, or what there is of another MIME type."""
    texts = [output.get("text") or output.get("data", {}).get(kind, "") for output in outputs]
    return "".join("".join(text) for text in texts)


@dataclass(frozen=True)
class Visit:
    """A visit of the notebook, whose cells have all run."""

    notebook: Notebook
    outputs: dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module", params=HOSTS)
def visited(
    request: pytest.FixtureRequest, notebook_site: Path, chromium_tabs: OpenTab
) -> Iterator[Visit]:
    """The notebook in Chromium, on a host with and on one without isolation."""
    index = Index()
    index.add(make_wheel("from-index"))
    with ExitStack() as stack:
        address = stack.enter_context(running(HOSTS[request.param](notebook_site)))
        index.address = stack.enter_context(running(index.app()))
        page = chromium_tabs(f"{address}/notebooks/index.html?path=cells.ipynb")
        stack.callback(page.close)
        is_isolated = page.run_js("return crossOriginIsolated")
        assert is_isolated == (request.param == "isolated")
        notebook = Notebook(page)
        url = f"{index.url}/{{package_name}}/json"
        notebook.execute(f"import micropip; micropip.set_index_urls({url!r})")
        notebook.start("notebook:run-all-cells")
        notebook.answer("Ada")
        notebook.finish()
        yield Visit(notebook, notebook.outputs())


def test_a_cell_prints(visited: Visit) -> None:
    assert text_of(visited.outputs["print"]) == "42\n"


def test_a_figure_is_inline(visited: Visit) -> None:
    require_packages("matplotlib")
    assert text_of(visited.outputs["figure"], "image/png").startswith("iVBOR")


def test_a_table_is_html(visited: Visit) -> None:
    require_packages("pandas")
    assert "<td>2</td>" in text_of(visited.outputs["table"], "text/html")


def test_an_import_loads_its_package(visited: Visit) -> None:
    assert text_of(visited.outputs["import"]) == "10"


def test_pip_installs_from_an_index(visited: Visit) -> None:
    assert text_of(visited.outputs["pip"]).endswith("'1.0'")


def test_conda_loads_specs(visited: Visit) -> None:
    loaded, name = text_of(visited.outputs["conda"]).splitlines()
    assert loaded.startswith("Loaded snowballstemmer 3")
    assert name == "'snowballstemmer'"


def test_a_spec_that_does_not_fit_is_an_error(visited: Visit) -> None:
    [error] = visited.outputs["conflict"]
    assert "ValueError" in error["ename"]
    assert "python" in error["evalue"]


def test_input_waits_for_the_user(visited: Visit) -> None:
    assert text_of(visited.outputs["input"]).endswith("Hello Ada\n")


def test_python_and_the_application_share_the_drive(visited: Visit) -> None:
    assert text_of(visited.outputs["drive"]) == repr("x,y\n1,2\n")
    content = visited.notebook.page.run_js(f"""{PANEL}
        const {{ contents }} = app.serviceManager;
        const {{ format, content }} = await contents.get("new.txt", {{ content: true }});
        return format === "base64" ? atob(content) : content;
    """)
    assert content == "from Python"


def test_a_cell_can_await(visited: Visit) -> None:
    assert text_of(visited.outputs["asyncio"]) == "'waited'"


def test_an_interrupt_cancels_the_cells_that_wait(visited: Visit) -> None:
    assert visited.notebook.page.run_js(f"""{PANEL}
        const kernel = panel.sessionContext.session.kernel;
        const codes = ["import time; time.sleep(1)", "1"];
        const replies = codes.map((code) => kernel.requestExecute({{ code }}).done);
        await new Promise((resolve) => setTimeout(resolve, 300)); // the second waits for the first
        await kernel.interrupt();
        return (await Promise.all(replies)).map(({{ content }}) => content.ename ?? content.status);
    """) == ["ok", "Kernel Interrupt"]


def test_after_a_restart_the_kernel_is_new(visited: Visit) -> None:
    notebook = visited.notebook
    notebook.execute("kept = 1")
    notebook.page.run_js(f"{PANEL} await panel.sessionContext.session.kernel.restart();")
    assert "NameError" in notebook.execute("print(kept)")
    assert notebook.execute("print(6 * 7)") == "42\n"


def test_no_answer_is_lost_that_is_there_before_the_page_waits(
    notebook_site: Path, chromium_tabs: OpenTab
) -> None:
    async def late(request: Request) -> Response:
        text = (notebook_site / request.url.path[1:]).read_text()
        return HTMLResponse(text.replace("<head>", f"<head><script>{LATE}</script>"), 200, ISOLATED)

    app = Starlette(
        routes=[
            Route("/notebooks/index.html", late),
            Mount("/", HOSTS["isolated"](notebook_site)),
        ]
    )
    with running(app) as address, closing_tabs(chromium_tabs) as open_tab:
        notebook = Notebook(open_tab(f"{address}/notebooks/index.html?path=cells.ipynb"))
        assert notebook.execute("print(6 * 7)") == "42\n"
        assert notebook.page.run_js("return globalThis.isLate;")


#: JavaScript: the page does not wait for its kernel before there is an answer, or for a second.
LATE = """
    const { waitAsync } = Atomics;
    Atomics.waitAsync = (...parameters) => {
        const [array, index, value = 0] = parameters;
        const end = performance.now() + 1000;
        while (Atomics.load(array, index) === value && performance.now() < end);
        const result = waitAsync(...parameters);
        globalThis.isLate ||= !result.async;
        return result;
    };
"""
ISOLATED = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}


def test_the_home_page_opens_the_notebooks(notebook_site: Path, chromium_tabs: OpenTab) -> None:
    app = server.site(BUILD_DIR, notebook=notebook_site)
    with running(app) as address, closing_tabs(chromium_tabs) as open_tab:
        page = open_tab(f"{address}/pyodide.mjs")
        page.open_frame("/")
        page.run_js("frames[0].document.querySelector('[data-notebook]').click();")
        page.wait_until("frames[0].location.pathname.startsWith('/notebook/')")
        page.wait_until("frames[0].document.querySelector('.jp-Launcher') !== null")
        repl = open_tab(f"{address}/notebook{REPL}print(6*7)")
        assert printed(repl) == "42"


@pytest.mark.parametrize("host", HOSTS)
def test_the_next_starts_are_from_a_snapshot(
    host: str, notebook_site: Path, chromium_tabs: OpenTab
) -> None:
    app = HOSTS[host](notebook_site)
    with running(app) as address, closing_tabs(chromium_tabs) as open_tab:

        def visit() -> str:
            page = open_tab(f"{address}{REPL}print(hash('a'))")
            seeded = printed(page)
            page.wait_until(SNAPSHOT)
            return seeded

        first, second, third = visit(), visit(), visit()
        assert first != second == third


#: JavaScript: the browser has made a snapshot.
SNAPSHOT = """
    (await (await caches.open("conda-emscripten")).keys()).some(({ url }) => /snapshot/.test(url))
"""


def test_the_site_opens_while_its_server_is_stopped(
    notebook_site: Path, chromium_tabs: OpenTab
) -> None:
    code = f"{REPL}import%20pytz%3Bprint(pytz.__name__)"
    with running(HOSTS["plain"](notebook_site)) as address, closing_tabs(chromium_tabs) as open_tab:
        first = open_tab(address + code)
        assert printed(first) == "pytz"
        assert first.run_js(CACHED) == [[f"{address}/"], True]
    with closing_tabs(chromium_tabs) as open_tab:
        for _ in range(2):  # JupyterLite must not have removed the service worker at the first
            assert printed(open_tab(address + code)) == "pytz"
        # The drive needs JupyterLite's part of the service worker.
        asked = open_tab(f"{address}{REPL}print(open('data.csv').read())")
        assert printed(asked) == "x,y\n1,2"


#: JavaScript: the scopes of the service workers, when the packages and the site's files are cached.
CACHED = """
    const isFull = async (prefix, least) => {
        const name = (await caches.keys()).find((name) => name.startsWith(prefix));
        return name !== undefined && (await (await caches.open(name)).keys()).length >= least;
    };
    for (let tries = 0; tries < 600 && !(await isFull("conda-emscripten-site ", 400)); tries++) {
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const workers = await navigator.serviceWorker.getRegistrations();
    return [workers.map(({ scope }) => scope), await isFull("conda-emscripten", 10)];
"""


@contextmanager
def closing_tabs(open_tab: OpenTab) -> Iterator[OpenTab]:
    """Opens tabs that are closed at the end."""
    with ExitStack() as stack:

        def open_address(url: str) -> Page:
            page = open_tab(url)
            stack.callback(page.close)
            return page

        yield open_address


POLICY = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; report-uri /report"


class OwnOriginOnly:
    """Sends a policy that blocks requests to other origins, and keeps what was blocked."""

    def __init__(self, app: ASGIApp) -> None:
        self.blocked: list[str] = []
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                header = (b"content-security-policy", POLICY.encode())
                message["headers"] = [*message["headers"], header]
            await send(message)

        if scope["type"] == "http" and scope["path"] == "/report":
            report = await Request(scope, receive).json()
            self.blocked.append(report["csp-report"]["blocked-uri"])
            return await Response()(scope, receive, send)
        return await self._app(scope, receive, add)


def test_nothing_comes_from_other_origins(notebook_site: Path, chromium_tabs: OpenTab) -> None:
    policy = OwnOriginOnly(HOSTS["plain"](notebook_site))
    counter = Counter(policy)
    with running(counter) as address, closing_tabs(chromium_tabs) as open_tab:
        page = open_tab(f"{address}{REPL}import%20pytz%3Bprint(pytz.__name__)")
        assert printed(page) == "pytz"
        assert policy.blocked == []
        page.run_js("await fetch('http://other.invalid/').catch(() => {}); return null;")
        page.run_js("await fetch('/').catch(() => {}); return null;")
        assert policy.blocked == ["http://other.invalid/"]
    # The kernel does not even ask the index of the site.
    assert not [path for path, _, _ in counter.sent if path.endswith("pypi/all.json")]


def test_the_distribution_s_address_suffices(
    site: str, frontend_python: Path, tmp_path: Path, chromium_tabs: OpenTab
) -> None:
    assert (frontend_python / "jupyter-lite").is_file()
    require_packages("ipython", "comm")
    found = blocks("jupyterlite", "The address", site=site)
    write_files(found, tmp_path)
    _install, build = commands(found)[0].splitlines()
    jupyterlite.build(tmp_path, build)
    lite = HOSTS["isolated"](tmp_path / "lite")
    with running(lite) as address, closing_tabs(chromium_tabs) as open_tab:
        page = open_tab(f"{address}{REPL}import%20pytz%3Bprint(pytz.__name__)")
        assert printed(page) == "pytz"
