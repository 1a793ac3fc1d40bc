"""Opens a page as a visitor does: how long until its first output, and what is received?"""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from benchmarks.brotli import brotli
from tests.harness.chromium import ChromiumPage, chromium
from tests.harness.server import running

_brotli = functools.cache(brotli)


@dataclass(frozen=True)
class Answer:
    """What a server sent for a request.

    Attributes:
        time: of the request, in seconds since 1970.
        compressed: whether the server has compressed the body.
    """

    time: float
    path: str
    body: bytes
    compressed: bool

    def wire_size(self) -> float:
        """The number of bytes of the body, compressed with brotli if that is smaller."""
        size = len(self.body)
        return size if self.compressed or not size else min(size, _brotli(self.body))


class Recorder:
    """Keeps what an application answers.

    Attributes:
        answers: in the order of their ends.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.answers: list[Answer] = []
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        asked, body = time.time(), bytearray()
        compressed = False

        async def keep(message: Message) -> None:
            nonlocal compressed
            if message["type"] == "http.response.start":
                compressed = any(name == b"content-encoding" for name, _ in message["headers"])
            body.extend(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, keep)
        finally:
            self.answers.append(Answer(asked, scope["path"], bytes(body), compressed))


@dataclass(frozen=True)
class Application:
    """A page to visit.

    Attributes:
        app: serves the page and all that it needs.
        path: of the page, with a slash in front.
        output: an expression of JavaScript that is true when the first output is on the page.
    """

    app: ASGIApp
    path: str
    output: str


@dataclass(frozen=True)
class Visit:
    """The first visit of a page.

    Attributes:
        first_output: from the navigation to the first output, in milliseconds.
        answers: what the server sent until then.
        result: that of the script.
    """

    first_output: float
    answers: list[Answer]
    result: object = None

    def sample(self) -> dict[str, float]:
        """``output`` in milliseconds, ``bytes`` with brotli, and ``requests``."""
        return {
            "output": self.first_output,
            "bytes": sum(answer.wire_size() for answer in self.answers),
            "requests": len(self.answers),
        }


#: Runs in each new document, before its scripts: a timer of 10 ms notes when the output is there.
_WATCH = """
globalThis.firstOutput = new Promise((resolve) => {
    const timer = setInterval(() => {
        let there = false;
        try { there = %s; } catch {}
        if (!there) return;
        clearInterval(timer);
        resolve([performance.now(), Date.now() / 1000]);
    }, 10);
});
"""


def visit(application: Application, script: str = "") -> Visit:
    """Open a page in a Chromium with a new profile.

    Args:
        application: the page, and what counts as its output.
        script: the body of an async function that runs afterwards; ``result`` is its result.

    Raises:
        JavaScriptError: the script threw. Without output, selenium's TimeoutException.
    """
    recorder = Recorder(application.app)
    with running(recorder) as address, chromium() as driver:
        page = ChromiumPage(driver, "about:blank")
        watch = _WATCH % f"Boolean({application.output})"
        driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": watch})
        driver.get(address + application.path)
        first_output, shown = page.run_js("return await globalThis.firstOutput;")
        # The page goes on to ask for files.
        before = [answer for answer in recorder.answers if answer.time < shown]
        answers = [answer for answer in before if answer.path != "/favicon.ico"]
        result: object = page.run_js(script) if script else None
        return Visit(first_output, answers, result)
