"""Does urllib.request open addresses in pages and workers?"""

from __future__ import annotations

import pytest

from tests.harness.built import BUILD_DIR
from tests.harness.http_clients import BYTES, MARKED
from tests.harness.node import node
from tests.harness.programs import Evaluate

PACKAGES: list[str] = []


def test_a_response_has_its_status_headers_and_bytes(
    in_browser: Evaluate, http_server: str
) -> None:
    def read(address: str) -> list[object]:
        from urllib.request import urlopen

        with urlopen(f"{address}/bytes") as response, urlopen(f"{address}/marked") as marked:
            return [
                response.status,
                response.reason,
                response.headers["Content-Type"],
                response.url == f"{address}/bytes",
                list(response.read(3) + response.read()),
                list(marked.read()),
            ]

    *head, content, marked = in_browser(read, http_server)
    assert head == [200, "OK", "application/octet-stream", True]
    assert (bytes(content), bytes(marked)) == (BYTES, MARKED)


def test_a_request_has_its_method_headers_and_body(in_browser: Evaluate, http_server: str) -> None:
    def send(address: str) -> list[object]:
        import io
        import json
        from urllib.request import Request, build_opener, urlopen

        url = f"{address}/echo?a=1"
        requests = [
            Request(url, data=b"\x00bytes", headers={"X-Question": "1"}),
            Request(url, data=io.BytesIO(b"file"), method="PUT"),
        ]
        requests[1].add_header("Content-Length", "4")
        answers = [json.load(urlopen(request)) for request in requests]
        answers.append(json.load(build_opener().open(url)))
        return [
            answers[0]["headers"]["x-question"],
            *([answer["method"], answer["query"], answer["body"]] for answer in answers),
        ]

    assert in_browser(send, http_server) == [
        "1",
        ["POST", "a=1", "\x00bytes"],
        ["PUT", "a=1", "file"],
        ["GET", "a=1", ""],
    ]


def test_redirects_are_followed_and_errors_are_those_of_urllib(
    in_browser: Evaluate, http_server: str
) -> None:
    def open_all(address: str) -> list[object]:
        from urllib.error import HTTPError, URLError
        from urllib.request import urlopen

        found: list[object] = []
        with urlopen(f"{address}/redirect") as response:
            found.append(response.url == f"{address}/echo")
        try:
            urlopen(f"{address}/status/404")
        except HTTPError as error:
            found.append([error.code, error.read().decode()])
        try:
            urlopen("http://127.0.0.1:1/")
        except URLError as error:
            found.append(type(error).__name__)
        return found

    assert in_browser(open_all, http_server) == [True, [404, "nothing"], "URLError"]


def test_https_needs_no_ssl(in_browser: Evaluate) -> None:
    """The browser refuses the address; urllib.request knows the scheme."""

    def open_https() -> list[object]:
        import sys
        from urllib.error import URLError
        from urllib.request import urlopen

        try:
            urlopen("https://127.0.0.1:1/")
        except URLError as error:
            return ["_ssl" in sys.modules, "unknown url type" in str(error)]
        return []

    assert in_browser(open_https) == [False, False]


@pytest.mark.parametrize("api", ["0.16", "314"])
def test_in_node_the_error_names_pyfetch(api: str) -> None:
    with node(BUILD_DIR / "dist" / "pyodide.mjs", api=api) as runtime:
        message = runtime.run_python("""
            from urllib.error import URLError
            from urllib.request import urlopen
            try:
                urlopen("https://example.com/")
            except URLError as error:
                message = str(error)
            message
        """)
        assert "use pyodide.http.pyfetch" in str(message)
