"""Does HTTPX work in pages and workers, with and without await?"""

from __future__ import annotations

from tests.harness.built import BUILD_DIR
from tests.harness.http_clients import BYTES, MARKED
from tests.harness.node import node
from tests.harness.programs import Evaluate

PACKAGES = ["httpx"]


def test_a_request_has_its_parameters_headers_and_body(
    in_browser: Evaluate, http_server: str
) -> None:
    def request(address):
        import httpx

        with httpx.Client(base_url=address, headers={"X-Question": "1"}) as client:
            answer = client.put("/echo", params={"a": "ä"}, json={"b": 1})
            found = answer.json()
            return [
                answer.status_code,
                answer.reason_phrase,
                answer.headers["x-answer"],
                found["method"],
                found["query"],
                found["body"],
                found["headers"]["x-question"],
            ]

    expected = [200, "OK", "echo", "PUT", "a=%C3%A4", '{"b":1}', "1"]
    assert in_browser(request, http_server) == expected


def test_an_asynchronous_request_is_the_same(in_browser: Evaluate, http_server: str) -> None:
    async def request(address):
        import httpx

        async with httpx.AsyncClient(base_url=address, headers={"X-Question": "1"}) as client:
            answer = await client.post("/echo", content=b"\x00bytes")
            found = answer.json()
            return [
                answer.status_code,
                answer.headers["x-answer"],
                found["method"],
                found["body"],
                found["headers"]["x-question"],
            ]

    assert in_browser(request, http_server) == [200, "echo", "POST", "\x00bytes", "1"]


def test_the_content_has_all_bytes(in_browser: Evaluate, http_server: str) -> None:
    def content(address):
        import httpx

        with httpx.Client(base_url=address) as client:
            return [list(client.get(f"/{name}").content) for name in ("bytes", "marked")]

    async def stream(address):
        import httpx

        async with httpx.AsyncClient() as client, client.stream("GET", f"{address}/bytes") as found:
            return list(b"".join([part async for part in found.aiter_bytes()]))

    assert [bytes(found) for found in in_browser(content, http_server)] == [BYTES, MARKED]
    assert bytes(in_browser(stream, http_server)) == BYTES


def test_an_error_of_the_server_and_of_the_network_is_that_of_httpx(
    in_browser: Evaluate, http_server: str
) -> None:
    def fail(address):
        import httpx

        found = []
        with httpx.Client() as client:
            for url in (f"{address}/status/404", "http://127.0.0.1:1/"):
                try:
                    client.get(url).raise_for_status()
                except httpx.HTTPError as error:
                    found.append(type(error).__name__)
        return found

    async def fail_later(address):
        import httpx

        found = []
        async with httpx.AsyncClient() as client:
            for url in (f"{address}/status/404", "http://127.0.0.1:1/"):
                try:
                    (await client.get(url)).raise_for_status()
                except httpx.HTTPError as error:
                    found.append(type(error).__name__)
        return found

    assert in_browser(fail, http_server) == ["HTTPStatusError", "ConnectError"]
    assert in_browser(fail_later, http_server) == ["HTTPStatusError", "ConnectError"]


def test_a_proxy_is_refused(in_browser: Evaluate) -> None:
    def refuse():
        import httpx

        try:
            httpx.Client(proxy="http://127.0.0.1:1")
        except ValueError as error:
            return str(error)

    assert in_browser(refuse) == "The browser makes the connections: leave proxy out."


def test_in_node_the_asynchronous_client_works_and_the_other_says_so(http_server: str) -> None:
    with node(BUILD_DIR / "dist" / "pyodide.mjs", api="314") as runtime:
        runtime.run_js("await pyodide.loadPackage('httpx');")
        assert runtime.run_python_async(f"""
            import httpx
            async with httpx.AsyncClient() as client:
                answer = await client.get({http_server + "/echo"!r})
            try:
                httpx.get({http_server + "/echo"!r})
            except httpx.ConnectError as error:
                message = str(error)
            f"{{answer.json()['method']}} {{message}}"
        """) == ("GET There is no XMLHttpRequest in Node.js. Use httpx.AsyncClient.")
