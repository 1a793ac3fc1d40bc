"""How does asyncio run on JavaScript's event loop?

A page's loop belongs to the browser: it cannot be started, stopped or waited for. This one is
always running; its callbacks are JavaScript tasks, so that pages stay responsive between them.
"""

import asyncio
from asyncio import events

import js
from _pyodide_core import JsException, JsProxy

TYPE_CHECKING = False  # importing typing takes as long as all the rest
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from contextvars import Context
    from typing import Any


class WebLoop(asyncio.BaseEventLoop):
    """An event loop that JavaScript's runs."""

    def __init__(self) -> None:
        if hasattr(js, "setImmediate"):
            self._wake = lambda: js.setImmediate(self._run_ready)
        else:
            # A message comes at once, a timeout of 0 after 4 ms when it was set by another one.
            self._channel = js.MessageChannel.new()
            self._channel.port1.onmessage = self._run_ready
            self._wake = lambda: self._channel.port2.postMessage(None)
        super().__init__()  # schedules a callback, as this loop is running

    def is_running(self) -> bool:
        return True

    def run_forever(self) -> None:
        raise RuntimeError("JavaScript's event loop is running already, and ends with the page")

    def run_until_complete(self, future: "Awaitable[Any]") -> "Any":
        raise RuntimeError(
            "A page cannot wait here: use `await` in code that runPythonAsync runs, or a callback"
        )

    def stop(self) -> None:
        self.run_forever()

    def close(self) -> None:
        """Do nothing: the loop ends with the page."""

    def call_soon_threadsafe(
        self, callback: "Callable[..., object]", *args: "Any", context: "Context | None" = None
    ) -> events.Handle:
        return self.call_soon(callback, *args, context=context)

    def call_at(
        self,
        when: float,
        callback: "Callable[..., object]",
        *args: "Any",
        context: "Context | None" = None,
    ) -> events.TimerHandle:
        timer = events.TimerHandle(when, callback, args, self, context)
        timer._scheduled = True
        delay = max(0.0, when - self.time()) * 1000
        timer._timeout = js.setTimeout(lambda: self._run_timer(timer), delay)
        return timer

    async def run_in_executor(
        self, executor: object, func: "Callable[..., Any]", *args: "Any"
    ) -> "Any":
        """Call the function here and now: there are no threads."""
        return func(*args)

    # What BaseEventLoop calls on itself:

    def _call_soon(self, callback: "Any", args: "Any", context: "Any") -> events.Handle:
        handle = events.Handle(callback, args, self, context)
        if not self._ready:
            self._wake()
        self._ready.append(handle)
        return handle

    def _timer_handle_cancelled(self, handle: "Any") -> None:
        js.clearTimeout(handle._timeout)

    # What JavaScript calls:

    def _run_ready(self, _event: object = None) -> None:
        # Those that are added meanwhile come in the next task.
        for _ in range(len(self._ready)):
            handle = self._ready.popleft()
            if not handle.cancelled():
                handle._run()
        if self._ready:
            self._wake()

    def _run_timer(self, timer: "Any") -> None:
        if not timer.cancelled():
            timer._scheduled = False
            timer._run()


class _Policy(asyncio.DefaultEventLoopPolicy):
    """The same loop for everybody."""

    def get_event_loop(self) -> asyncio.AbstractEventLoop:
        return _loop

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        return _loop

    def set_event_loop(self, loop: object) -> None:
        pass


def ensure_future(awaitable: "Awaitable[Any]") -> "asyncio.Future[Any]":
    """What makes a Python awaitable one for JavaScript, too."""
    return asyncio.ensure_future(awaitable, loop=_loop)


def await_promise(promise: JsProxy) -> "Iterator[Any]":
    """``await promise``: what a JsProxy's ``__await__`` gives.

    Raises:
        TypeError: It is no promise.
    """
    if not hasattr(promise, "then"):
        raise TypeError(f"{promise!r} is no promise and cannot be awaited")
    future = _loop.create_future()

    def fulfilled(value: "Any" = None) -> None:
        if not future.done():
            future.set_result(value)

    def rejected(reason: "Any" = None) -> None:
        if not future.done():
            future.set_exception(_exception(reason))

    promise.then(fulfilled, rejected)
    return future.__await__()


def _exception(reason: "Any") -> BaseException:
    """A Python exception that went through JavaScript comes back as itself."""
    if isinstance(reason, JsProxy):
        exception = getattr(reason, "exception", None)
        if isinstance(exception, BaseException) and not isinstance(exception, StopIteration):
            return exception
    return JsException(reason)


_loop = WebLoop()
asyncio.set_event_loop_policy(_Policy())
events._set_running_loop(_loop)
