"""Does requests work in pages and workers?"""

from __future__ import annotations

from tests.harness.http_clients import BYTES, MARKED
from tests.harness.programs import Evaluate

PACKAGES = ["requests"]


def test_a_get_request_has_its_parameters_and_headers(
    in_browser: Evaluate, http_server: str
) -> None:
    def get(address):
        import requests

        with requests.Session() as session:
            answer = session.get(f"{address}/echo", params={"a": "ä"}, headers={"X-Question": "1"})
        found = answer.json()
        return [
            answer.status_code,
            answer.headers["X-Answer"],
            found["method"],
            found["query"],
            found["headers"]["x-question"],
        ]

    assert in_browser(get, http_server) == [200, "echo", "GET", "a=%C3%A4", "1"]


def test_the_content_has_all_bytes(in_browser: Evaluate, http_server: str) -> None:
    def content(address):
        import requests

        answers = [requests.get(f"{address}/{name}", timeout=60) for name in ("bytes", "marked")]
        return [list(answer.content) for answer in answers]

    assert [bytes(found) for found in in_browser(content, http_server)] == [BYTES, MARKED]


def test_a_post_request_has_its_body(in_browser: Evaluate, http_server: str) -> None:
    def post(address):
        import requests

        answers = [
            requests.post(f"{address}/echo", json={"a": [1, "ä"]}).json(),
            requests.post(f"{address}/echo", data=b"\x00bytes").json(),
        ]
        return [[answer["method"], answer["body"]] for answer in answers]

    assert in_browser(post, http_server) == [
        ["POST", '{"a": [1, "\\u00e4"]}'],
        ["POST", "\x00bytes"],
    ]


def test_an_error_of_the_server_and_of_the_network_is_that_of_requests(
    in_browser: Evaluate, http_server: str
) -> None:
    def fail(address):
        import requests

        found = []
        for url in (f"{address}/status/404", "http://127.0.0.1:1/"):
            try:
                requests.get(url).raise_for_status()
            except requests.exceptions.RequestException as error:
                found.append(type(error).__name__)
        return found

    assert in_browser(fail, http_server) == ["HTTPError", "ConnectionError"]
