"""Do aiohttp's parser and what it is made of work without sockets?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


def test_the_compiled_parser_reads_requests(evaluate: Evaluate) -> None:
    def program() -> Any:
        import asyncio

        from aiohttp import _http_parser, http_exceptions

        loop = asyncio.new_event_loop()

        def parse(data: bytes) -> Any:
            parser = _http_parser.HttpRequestParser(None, loop, 2**16)
            messages, _, _ = parser.feed_data(data)
            return messages[0][0]

        message = parse(b"GET /a?b=%C3%A9 HTTP/1.1\r\nHost: example.org\r\nX: 1\r\nX: 2\r\n\r\n")
        try:
            parse(b"GET / HTTP/9\r\nHost: example.org\r\n\r\n")
            wrong = False
        except http_exceptions.BadHttpMessage:
            wrong = True
        return [message.method, message.url.query["b"], message.headers.getall("x"), wrong]

    assert evaluate(program) == ["GET", "é", ["1", "2"], True]


def test_urls_signals_and_dictionaries_work(evaluate: Evaluate) -> None:
    def program() -> Any:
        from aiosignal import Signal
        from frozenlist import FrozenList
        from multidict import CIMultiDict
        from yarl import URL

        headers = CIMultiDict([("Accept", "a"), ("accept", "b")])
        signal = Signal(None)
        signal.append(len)
        signal.freeze()
        url = URL("https://example.org/a b/../c") / "d" % {"e": "1"}
        return [str(url), headers.getall("ACCEPT"), signal.frozen, list(FrozenList([1, 2]))]

    assert evaluate(program) == ["https://example.org/c/d?e=1", ["a", "b"], True, [1, 2]]
