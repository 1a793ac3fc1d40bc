"""How does a test run an HTTP client in pages and workers, against a server of another origin?

This pytest plug-in is for the tests of packages that send requests.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.harness.page import Page
from tests.harness.programs import Evaluate, source
from tests.harness.server import running
from tests.harness.tabs import PAGES, OpenTab

BYTES = bytes(range(256))
#: With a byte order mark, which has precedence over the character set that a client asks for.
MARKED = "\ufeffä€".encode()

_START = """
    const start = async (api) => {
        const { loadPyodide } = await import("/pyodide.mjs");
        return loadPyodide({ api });
    };
"""
_WORKER = (
    _START
    + """
    const started = start(self.name);
    self.onmessage = async ({ data: { code, packages } }) => {
        try {
            const pyodide = await started;
            await pyodide.loadPackage(packages);
            self.postMessage({ value: await pyodide.runPythonAsync(code) });
        } catch (error) {
            self.postMessage({ error: error.message });
        }
    };
"""
)


async def _echo(request: Request) -> Response:
    """The request as JSON."""
    return JSONResponse(
        {
            "method": request.method,
            "path": request.url.path,
            "query": request.url.query,
            "headers": dict(request.headers),
            "body": (await request.body()).decode(),
        },
        headers={"X-Answer": "echo"},
    )


def _status(request: Request) -> Response:
    return Response(b"nothing", status_code=request.path_params["code"])


@pytest.fixture(scope="session")
def http_server() -> Iterator[str]:
    """The address of a server of another origin, which pages may ask for everything."""
    routes = [
        Route("/echo", _echo, methods=["GET", "POST", "PUT", "DELETE"]),
        Route("/bytes", lambda _: Response(BYTES, media_type="application/octet-stream")),
        Route("/marked", lambda _: Response(MARKED, media_type="text/csv")),
        Route("/status/{code:int}", _status),
        Route("/redirect", lambda _: RedirectResponse("/echo")),
    ]
    cors = Middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=["*"],
        allow_headers=["*"],
        expose_headers=["*"],
    )
    with running(Starlette(routes=routes, middleware=[cors])) as address:
        yield address


@pytest.fixture(
    scope="module",
    params=[
        ("chromium", "page", "0.16"),
        ("chromium", "page", "314"),
        ("chromium", "worker", "0.16"),
        ("chromium", "worker", "314"),
        ("firefox", "page", "314"),
        ("firefox", "worker", "314"),
    ],
    ids="-".join,
)
def in_browser(request: pytest.FixtureRequest) -> Iterator[Evaluate]:
    """Calls a function of the test in a page or a worker with the packages of the module.

    The packages are in ``PACKAGES``, a list in the test module.
    """
    browser, place, api = request.param
    open_tab: OpenTab = request.getfixturevalue(f"{browser}_tabs")
    page = open_tab(f"{request.getfixturevalue('site')}/pages/blank.html")
    request.node.stash.setdefault(PAGES, []).append(page)
    run = _in_page(page, api) if place == "page" else _in_worker(page, api)
    yield functools.partial(_evaluate, run, request.module.PACKAGES)
    page.close()


def _evaluate(
    run: Callable[[str, list[str]], Any],
    packages: list[str],
    function: Callable[..., Any],
    *arguments: Any,
) -> Any:
    definitions, call = source(function, *arguments)
    awaited = call.replace("json.dumps(", "json.dumps(await ", 1)
    is_async = function.__code__.co_flags & 0x80  # inspect.CO_COROUTINE
    return json.loads(run(f"{definitions}\n{awaited if is_async else call}", packages))


def _in_page(page: Page, api: str) -> Callable[[str, list[str]], Any]:
    page.run_js(f"{_START} globalThis.pyodide = await start({json.dumps(api)});")
    return lambda code, packages: page.run_js(f"""
        await pyodide.loadPackage({json.dumps(packages)});
        return await pyodide.runPythonAsync({json.dumps(code)});
    """)


def _in_worker(page: Page, api: str) -> Callable[[str, list[str]], Any]:
    page.run_js(f"""
        const source = {json.dumps(_WORKER)}.replaceAll('"/', `"${{location.origin}}/`);
        const url = URL.createObjectURL(new Blob([source], {{ type: "text/javascript" }}));
        globalThis.worker = new Worker(url, {{ type: "module", name: {json.dumps(api)} }});
    """)
    return lambda code, packages: page.run_js(f"""
        const answer = new Promise((resolve, reject) => {{
            worker.onmessage = ({{ data: {{ value, error }} }}) =>
                error === undefined ? resolve(value) : reject(new Error(error));
            worker.onerror = (event) => reject(new Error(event.message));
        }});
        worker.postMessage({{ code: {json.dumps(code)}, packages: {json.dumps(packages)} }});
        return await answer;
    """)
