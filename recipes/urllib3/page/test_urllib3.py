"""Does urllib3 work in pages and workers?"""

from __future__ import annotations

from tests.harness.http_clients import BYTES
from tests.harness.programs import Evaluate

PACKAGES = ["urllib3"]


def test_a_request_has_its_method_headers_and_body(in_browser: Evaluate, http_server: str) -> None:
    def request(address):
        import urllib3

        answer = urllib3.request(
            "PUT", f"{address}/echo", body=b"content", headers={"X-Question": "1"}
        )
        found = answer.json()
        return [answer.status, found["method"], found["body"], found["headers"]["x-question"]]

    assert in_browser(request, http_server) == [200, "PUT", "content", "1"]


def test_a_pool_reads_all_bytes(in_browser: Evaluate, http_server: str) -> None:
    def read(address):
        import urllib3

        with urllib3.PoolManager() as pool:
            whole = pool.request("GET", f"{address}/bytes").data
            answer = pool.request("GET", f"{address}/bytes", preload_content=False)
            parts = b"".join(answer.stream(100))
        return [list(whole), whole == parts]

    content, is_same = in_browser(read, http_server)
    assert bytes(content) == BYTES
    assert is_same


def test_a_server_that_does_not_answer_is_one_error(in_browser: Evaluate) -> None:
    def fail():
        import urllib3

        try:
            urllib3.request("GET", "http://127.0.0.1:1/", retries=False)
        except urllib3.exceptions.HTTPError as error:
            return [type(error).__name__, "127.0.0.1:1" in str(error)]

    name, _ = in_browser(fail)
    assert name == "ProtocolError"
