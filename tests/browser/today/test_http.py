"""Does ``pyodide.http`` make requests as Pyodide 314 documents it?"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import tarfile
import zipfile
from collections.abc import AsyncIterator, Iterator

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.harness.page import Page
from tests.harness.runtime import JavaScriptError, Runtime
from tests.harness.server import running

METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]
BYTES = bytes(range(256))


async def echo(request: Request) -> Response:
    """What the server got; in a header, too, because HEAD has no body."""
    got = {
        "method": request.method,
        "query": sorted(request.query_params.multi_items()),
        "headers": dict(request.headers),
        "body": base64.b64encode(await request.body()).decode(),
    }
    return JSONResponse(got, headers={"X-Method": request.method})


async def status(request: Request) -> Response:
    return Response(b"the body", status_code=request.path_params["number"])


async def binary(_request: Request) -> Response:
    return Response(BYTES, media_type="application/octet-stream")


async def text(_request: Request) -> Response:
    return Response("snow ☃".encode(), media_type="text/plain; charset=utf-8")


async def redirect(_request: Request) -> Response:
    return RedirectResponse("/text")


async def slow(_request: Request) -> Response:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield b"." * 4096
            await asyncio.sleep(0.1)

    return StreamingResponse(parts())


async def archive(request: Request) -> Response:
    file = io.BytesIO()
    if request.path_params["name"].endswith(".tar.gz"):
        with tarfile.open(fileobj=file, mode="w:gz") as tar:
            member = tarfile.TarInfo("packed/file.txt")
            member.size = 4
            tar.addfile(member, io.BytesIO(b"text"))
    else:
        with zipfile.ZipFile(file, "w") as packed:
            packed.writestr("packed/file.txt", "text")
    return Response(file.getvalue())


ROUTES = [
    Route("/echo", echo, methods=METHODS),
    Route("/status/{number:int}", status),
    Route("/bytes", binary),
    Route("/text", text),
    Route("/redirect", redirect),
    Route("/slow", slow),
    Route("/{name:path}", archive),
]
CORS = Middleware(
    CORSMiddleware,
    allow_origins=["*"],
    allow_methods=METHODS,
    allow_headers=["*"],
    expose_headers=["X-Method"],
)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with running(Starlette(routes=ROUTES, middleware=[CORS])) as address:
        yield address


@pytest.fixture(scope="module")
def silent() -> Iterator[str]:
    """A server that allows no other origin to read."""
    with running(Starlette(routes=ROUTES)) as address:
        yield address


@pytest.fixture(params=["chromium", "firefox"])
def page(request: pytest.FixtureRequest) -> Page:
    started: Page = request.getfixturevalue(f"today_in_{request.param}")
    return started


def test_the_properties_of_a_response(today: Runtime, server: str) -> None:
    today.run_python_async(f"""
        from pyodide.http import FetchResponse, pyfetch
        response = await pyfetch("{server}/redirect")
        assert isinstance(response, FetchResponse)
        assert (response.ok, response.status, response.status_text) == (True, 200, "OK")
        assert response.redirected and response.url == "{server}/text"
        assert response._url == "{server}/redirect" == response.js_request.url
        assert response.headers["content-type"] == "text/plain; charset=utf-8"
        assert type(response.headers) is dict
        assert response.type in ("cors", "basic")
        assert response.js_response.status == 200
        assert not response.body_used
        assert await response.text() == "snow ☃"
        assert response.body_used
    """)


def test_the_body_of_a_response(today: Runtime, server: str) -> None:
    today.run_python_async(f"""
        from pyodide.http import pyfetch
        async def read(path, method, **kwargs):
            return await getattr(await pyfetch("{server}" + path), method)(**kwargs)
        everything = bytes(range(256))
        assert await read("/bytes", "bytes") == everything
        view = await read("/bytes", "memoryview")
        assert type(view) is memoryview and bytes(view) == everything
        assert (await read("/bytes", "buffer")).to_bytes() == everything
        assert await read("/text", "text") == await read("/text", "string") == "snow ☃"
        assert (await read("/echo", "json"))["method"] == "GET"
        assert (await read("/echo", "json", object_pairs_hook=list))[0] == ("method", "GET")
    """)


def test_a_body_is_read_once_and_a_clone_once_more(today: Runtime, server: str) -> None:
    today.run_python_async(f"""
        from pyodide.http import BodyUsedError, pyfetch
        response = await pyfetch("{server}/text")
        clone = response.clone()
        assert await response.text() == await clone.text()
        for read in response.text, response.bytes, clone.json:
            try:
                await read()
            except BodyUsedError as error:
                assert isinstance(error, OSError)
                assert str(error) == "Response body is already used"
            else:
                raise AssertionError("the body is read again")
        try:
            response.clone()
        except BodyUsedError:
            pass
        else:
            raise AssertionError("a read body is cloned")
    """)


def test_the_options_of_a_request(today: Runtime, server: str) -> None:
    today.run_python_async(f"""
        import base64, js
        from pyodide.http import pyfetch
        sent = dict(method="POST", body=bytes([0, 255]), headers={{"X-Test": "yes"}})
        got = await (await pyfetch("{server}/echo?a=1", **sent)).json()
        assert got["method"] == "POST" and got["headers"]["x-test"] == "yes"
        assert got["query"] == [["a", "1"]] and base64.b64decode(got["body"]) == bytes([0, 255])
        request = js.Request.new("{server}/echo", method="PUT")
        assert (await (await pyfetch(request)).json())["method"] == "PUT"
    """)


def test_another_function_can_fetch(today: Runtime) -> None:
    today.run_python_async("""
        import js
        from pyodide.http import FetchResponse, pyfetch
        calls = []
        def fetch(request, options):
            calls.append((request.url, options.to_py()["headers"], options.signal.aborted))
            return js.Promise.resolve(js.Response.new("made here"))
        headers = {"X-Test": "yes"}
        response = await pyfetch("https://example.org/a", fetcher=fetch, headers=headers)
        assert await response.text() == "made here"
        assert calls == [("https://example.org/a", headers, False)]
        response = FetchResponse("", js.Response.new("made here, too"))
        assert response._url == response.clone()._url == "" and await response.bytes()
        try:
            response.abort()
        except ValueError as error:
            assert "abort_controller is not set" in str(error)
        else:
            raise AssertionError("a response without a controller is aborted")
    """)


def test_raise_for_status(today: Runtime, server: str) -> None:
    today.run_python_async(f"""
        import pickle
        from pyodide.http import HttpStatusError, pyfetch
        (await pyfetch("{server}/status/200")).raise_for_status()
        for number, kind in (404, "404 Client Error"), (503, "503 Server Error"):
            response = await pyfetch(f"{server}/status/{{number}}")
            assert not response.ok and await response.text() == "the body"
            try:
                response.raise_for_status()
            except HttpStatusError as error:
                assert isinstance(error, OSError)
                for it in error, pickle.loads(pickle.dumps(error)):
                    assert (it.status, it.url) == (number, f"{server}/status/{{number}}")
                    assert str(it) == f"{{kind}}: {{it.status_text}} for url: {{it.url}}"
            else:
                raise AssertionError(f"{{number}} is no error")
        assert "not between 400 and 599: odd for url: u" in str(HttpStatusError(900, "odd", "u"))
    """)


def test_a_request_without_an_answer_is_an_oserror(page: Page, silent: str) -> None:
    page.run_python_async(f"""
        from pyodide.http import AbortError, pyfetch
        try:
            await pyfetch("{silent}/text")
        except AbortError as error:
            assert isinstance(error, OSError) and str(error)
        else:
            raise AssertionError("another origin is read")
    """)


def test_a_request_can_be_aborted(today: Runtime, server: str) -> None:
    today.run_python_async(f"""
        import js
        from pyodide.http import AbortError, pyfetch
        async def message(awaitable):
            try:
                await awaitable
            except AbortError as error:
                return str(error)
            raise AssertionError("nothing is aborted")

        response = await pyfetch("{server}/slow")
        response.abort("of the test")
        assert await message(response.text()) == "of the test"
        response = await pyfetch("{server}/slow")
        reading = message(response.text())
        response.clone().abort()
        assert "abort" in await reading

        controller = js.AbortController.new()
        response = await pyfetch("{server}/slow", signal=controller.signal)
        assert not response.abort_signal.aborted
        controller.abort(js.Error.new("of the controller"))
        assert response.abort_signal.aborted
        assert await message(response.text()) == "of the controller"
        assert await message(pyfetch("{server}/text", signal=controller.signal))
    """)


def test_a_cancelled_task_aborts_its_request(today: Runtime, server: str) -> None:
    today.run_python_async(f"""
        import asyncio
        from pyodide.http import pyfetch
        response = await pyfetch("{server}/slow")
        reading = asyncio.ensure_future(response.text())
        await asyncio.sleep(0.05)
        reading.cancel("of the task")
        try:
            await reading
        except asyncio.CancelledError:
            pass
        else:
            raise AssertionError("the task is not cancelled")
        assert response.abort_signal.aborted
        assert response.abort_signal.reason.message == "of the task"
        fetching = asyncio.ensure_future(pyfetch("{server}/slow"))
        fetching.cancel()
        await asyncio.wait([fetching])
        assert fetching.cancelled()
    """)


@pytest.mark.parametrize("name", ["a.zip", "a.whl?x=1", "a.tar.gz"])
def test_archives_are_unpacked(today: Runtime, server: str, name: str) -> None:
    today.run_python_async(f"""
        import os, pathlib, shutil, tempfile
        from pyodide.http import pyfetch
        folder = pathlib.Path(tempfile.mkdtemp())
        await (await pyfetch("{server}/{name}")).unpack_archive(extract_dir=str(folder))
        assert (folder / "packed" / "file.txt").read_text() == "text"
        shutil.rmtree(folder)
    """)


def test_the_format_of_an_archive_can_be_given(today: Runtime, server: str) -> None:
    today.run_python_async(f"""
        import os, pathlib, tempfile
        from pyodide.http import pyfetch
        response = await pyfetch("{server}/archive")
        try:
            await response.unpack_archive()
        except ValueError as error:
            assert "'archive'" in str(error) and "zip" in str(error)
        else:
            raise AssertionError("the format is known")
        here = os.getcwd()
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            try:
                await response.unpack_archive(format="zip")
                assert pathlib.Path("packed/file.txt").read_text() == "text"
            finally:
                os.chdir(here)
    """)


def test_a_body_becomes_a_file(today: Runtime, server: str) -> None:
    today.run_python_async(f"""
        import pathlib
        from pyodide.http import pyfetch
        file = pathlib.Path("of_test_http")
        await (await pyfetch("{server}/bytes"))._create_file(str(file))
        try:
            assert file.read_bytes() == bytes(range(256))
        finally:
            file.unlink()
    """)


def test_open_url(page: Page, server: str, silent: str) -> None:
    page.run_python(f"""
        from pyodide.http import open_url
        assert open_url("{server}/text").read() == "snow ☃"
        assert open_url("{server}/status/404").read() == "the body"
    """)
    with pytest.raises(JavaScriptError, match="NetworkError"):
        page.run_python(f"open_url('{silent}/text')")


@pytest.mark.parametrize("name", ["get", "post", "put", "delete", "patch", "head", "options"])
def test_the_methods_of_pyxhr(page: Page, server: str, name: str) -> None:
    page.run_python(f"""
        from pyodide.http import pyxhr
        response = pyxhr.{name}("{server}/echo")
        assert response.status_code == 200 and response.ok
        assert response.headers["x-method"] == "{name.upper()}"
        assert type(response.headers) is dict
        assert response.url == "{server}/echo"
    """)


def test_the_options_of_pyxhr(page: Page, server: str) -> None:
    got = page.run_python(f"""
        import json
        from pyodide.http import pyxhr
        def ask(method, query="", **options):
            return getattr(pyxhr, method)("{server}/echo" + query, **options).json()
        headers = {{"X-Test": "yes"}}
        json.dumps([
            ask("get", "?a=1#part", params={{"b": "x y", "c": [1, 2]}}, headers=headers),
            ask("post", json={{"a": [1, "ü"]}}, auth=("user", "secret")),
            ask("put", data="text ü"),
            ask("put", data=bytes([0, 255])),
            ask("put", json=1, headers={{"content-type": "application/x-own"}}),
        ])
    """)
    query, posted, text, binary, own = json.loads(got)
    assert query["query"] == [["a", "1"], ["b", "x y"], ["c", "1"], ["c", "2"]]
    assert query["headers"]["x-test"] == "yes"
    assert json.loads(base64.b64decode(posted["body"])) == {"a": [1, "ü"]}
    assert posted["headers"]["content-type"] == "application/json"
    assert posted["headers"]["authorization"] == "Basic dXNlcjpzZWNyZXQ="
    assert base64.b64decode(text["body"]).decode() == "text ü"
    assert base64.b64decode(binary["body"]) == b"\0\xff"
    assert own["headers"]["content-type"] == "application/x-own"


def test_the_bodies_of_pyxhr(page: Page, server: str) -> None:
    page.run_python(f"""
        from pyodide.http import pyxhr
        assert pyxhr.get("{server}/bytes").content == bytes(range(256))
        assert pyxhr.get("{server}/text").text == "snow ☃"
        got = pyxhr.get("{server}/echo").json(object_pairs_hook=list)
        assert got[0] == ("method", "GET")
        assert isinstance(pyxhr.get("{server}/text"), pyxhr.XHRResponse)
    """)


def test_the_errors_of_pyxhr(page: Page, server: str, silent: str) -> None:
    page.run_python(f"""
        from pyodide.http import HttpStatusError, pyxhr
        response = pyxhr.get("{server}/status/404")
        assert not response.ok and response.text == "the body"
        pyxhr.get("{server}/text").raise_for_status()
        for call, error in [
            (response.raise_for_status, HttpStatusError),
            (lambda: pyxhr.get("{silent}/text"), pyxhr.XHRNetworkError),
            (lambda: pyxhr.get("{server}/text", timeout=1), TypeError),
        ]:
            try:
                call()
            except error as caught:
                assert error is TypeError or isinstance(caught, OSError)
            else:
                raise AssertionError(f"there is no {{error}}")
        assert issubclass(pyxhr.XHRNetworkError, pyxhr.XHRError)
    """)


def test_node_has_no_synchronous_request(today_in_node: Runtime) -> None:
    for call in "pyxhr.get('http://a')", "open_url('http://a')":
        with pytest.raises(
            JavaScriptError, match="XMLHttpRequest is only available in browser environments"
        ):
            today_in_node.run_python(f"from pyodide.http import open_url, pyxhr; {call}")


def test_a_worker_makes_synchronous_requests(page: Page, server: str, site: str) -> None:
    assert (
        page.run_js(f"""
        const source = `
            import {{ loadPyodide }} from "{site}/pyodide.mjs";
            const pyodide = await loadPyodide({{ api: "314" }});
            postMessage(pyodide.runPython(\\`
                from pyodide.http import open_url, pyxhr
                content = pyxhr.get("{server}/bytes").content
                f"{{content == bytes(range(256))}} {{open_url('{server}/text').read()}}"
            \\`));
        `;
        const url = URL.createObjectURL(new Blob([source], {{ type: "text/javascript" }}));
        const worker = new Worker(url, {{ type: "module" }});
        try {{
            return await new Promise((resolve, reject) => {{
                worker.onmessage = ({{ data }}) => resolve(data);
                worker.onerror = (event) => reject(new Error(event.message));
            }});
        }} finally {{
            worker.terminate();
        }}
    """)
        == "True snow ☃"
    )
