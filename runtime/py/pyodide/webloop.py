"""How does asyncio run on JavaScript's event loop?

A page's event loop belongs to the browser: a program cannot start it, stop it or wait for it. The
event loop of this module is always running. Its callbacks are JavaScript tasks, so that the page
stays responsive between them.
"""

import asyncio
import math
import sys
from asyncio import events
from collections import deque
from weakref import WeakSet

import js
from _pyodide_core import JsException, JsProxy, background, set_current_tasks, today

from pyodide import _traceback
from pyodide._futures import PyodideFuture, PyodideTask

TYPE_CHECKING = False  # importing typing takes as long as all the rest
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Generator, Sequence
    from contextvars import Context
    from typing import Any

    class _BaseEventLoop(asyncio.BaseEventLoop):
        """With the private members of CPython 3.13 that are used here."""

        _ready: deque[events.Handle]
        _scheduled: Sequence[events.TimerHandle]
        _asyncgen_firstiter_hook: Callable[[Any], None]
        _asyncgen_finalizer_hook: Callable[[Any], None]

        def _call_soon(self, callback: Any, args: Any, context: Any) -> events.Handle: ...
        def _run_once(self) -> None: ...

else:
    _BaseEventLoop = asyncio.BaseEventLoop

__all__ = ["PyodideFuture", "PyodideTask", "WebLoop", "WebLoopPolicy"]

_MAX_TIMEOUT_MS = 2**31 - 1  # of JavaScript's setTimeout


def scheduleCallback(callback: "Callable[[], object]", delay: int) -> "Any":  # noqa: N802
    """JavaScript's ``setTimeout``. Programs replace this function, which has Pyodide's name."""
    return js.setTimeout(callback, delay)


class WebLoop(_BaseEventLoop):
    """An event loop inside JavaScript's: each step is a JavaScript task."""

    def __init__(self) -> None:
        self._selector = _NoFiles()
        self._awake: bool  # whether JavaScript is about to call _step
        self._timeout: Any = None  # JavaScript's timer of a later step
        self._call_step: Callable[[], object]
        self._set_timeout: Callable[[int], object]
        self._connect()
        super().__init__()
        self._ready = _Ready()
        _loops.add(self)

    def _connect(self) -> None:
        """Make the functions by which JavaScript and this loop call each other."""
        self._awake = False
        step = background(self._step, self._step_waits)
        if hasattr(js, "setImmediate"):
            self._call_step = lambda: js.setImmediate(step)
        else:
            # A message arrives at once; a nested timeout of 0 takes 4 ms.
            channel = js.MessageChannel.new()
            channel.port1.onmessage = step
            self._call_step = lambda: channel.port2.postMessage(None)
        self._set_timeout = lambda delay: scheduleCallback(step, delay)

    def _disconnect(self) -> int:
        """Undo ``_connect``. Returns the number of callbacks that the loop still has to call."""
        if self._timeout is not None:
            js.clearTimeout(self._timeout)
            self._timeout = None
        self._call_step, self._set_timeout = (lambda: None), (lambda _delay: None)
        handles: list[events.Handle] = [*self._ready, *self._scheduled]
        return sum(not handle.cancelled() for handle in handles)

    def is_running(self) -> bool:
        return True

    def run_forever(self) -> None:
        """Do nothing: the loop runs until the page ends. Pyodide 0.16 raises a RuntimeError."""
        if not today:
            raise RuntimeError("JavaScript's event loop is running already, and ends with the page")

    def run_until_complete(self, future: "Awaitable[Any]") -> "Any":
        """Wait for an awaitable.

        Returns:
            The result. With Pyodide 0.16, and with loadPyodide's ``enableRunUntilComplete: false``,
            it is a future instead, which only ``await`` waits for.

        Raises:
            RuntimeError: The caller cannot wait (``pyodide.ffi.run_sync``).
        """
        if not _waits():
            return asyncio.ensure_future(future, loop=self)
        from pyodide._waiting import run_sync

        return run_sync(future)

    def stop(self) -> None:
        self.run_forever()

    def create_future(self) -> "asyncio.Future[Any]":
        return PyodideFuture(loop=self) if today else super().create_future()

    def create_task[T](self, coro: "Coroutine[Any, Any, T]", **options: "Any") -> "asyncio.Task[T]":
        if not today or self.get_task_factory() is not None:
            return super().create_task(coro, **options)
        task = PyodideTask(coro, loop=self, **options)
        asyncio.Task.add_done_callback(task, self._report)
        return task

    def _report(self, task: "asyncio.Task[Any]") -> None:
        """Report the exception of a task that nothing waits for. A program may keep the task, so
        that CPython's report, when the task is deleted, comes too late."""
        if not task.has_waiter and not task.cancelled():  # type: ignore[attr-defined]
            error = task.exception()
            if error is not None and not isinstance(error, SystemExit | KeyboardInterrupt):
                _traceback.remember(error)
                message = "Unhandled exception in event loop"
                self.call_exception_handler({"message": message, "exception": error, "task": task})

    def close(self) -> None:
        """Do nothing: the loop ends with the page."""

    def call_soon_threadsafe[*Ts](
        self, callback: "Callable[[*Ts], object]", *args: *Ts, context: "Context | None" = None
    ) -> events.Handle:
        return self.call_soon(callback, *args, context=context)

    def call_at[*Ts](
        self,
        when: float,
        callback: "Callable[[*Ts], object]",
        *args: *Ts,
        context: "Context | None" = None,
    ) -> events.TimerHandle:
        timer = super().call_at(when, callback, *args, context=context)
        self._schedule_step()
        return timer

    def run_in_executor[*Ts, T](
        self, executor: object, func: "Callable[[*Ts], T]", *args: *Ts
    ) -> "asyncio.Future[T]":
        """Call the function in this thread, in a later step: there are no other threads.

        Args:
            executor: Not used.
        """

        async def call() -> T:
            return func(*args)

        return self.create_task(call())

    # What BaseEventLoop calls on itself:

    def _call_soon(self, callback: "Any", args: "Any", context: "Any") -> events.Handle:
        handle = super()._call_soon(callback, args, context)
        self._schedule_step()
        return handle

    def _process_events(self, event_list: object) -> None:
        pass

    # JavaScript's side:

    def _schedule_step(self) -> None:
        """Have JavaScript call ``_step`` when there is something to do."""
        if self._awake:
            return
        if self._ready:
            self._awake = True
            self._call_step()
            return
        if self._timeout is not None:
            js.clearTimeout(self._timeout)
            self._timeout = None
        if self._scheduled and self._scheduled[0].when() != math.inf:
            delay = (self._scheduled[0].when() - self.time()) * 1000
            # Rounded up, so that it is not too early. A longer delay would overflow to 0.
            self._timeout = self._set_timeout(math.ceil(max(0, min(delay, _MAX_TIMEOUT_MS))))

    def _step(self) -> None:
        self._awake = False
        _install(self)
        try:
            self._run_once()
        except (SystemExit, KeyboardInterrupt) as error:
            # Elsewhere these end asyncio.run(). Here the page goes on.
            message = f"{type(error).__name__} in a callback"
            self.call_exception_handler({"message": message, "exception": error})
        finally:
            self._step_waits()

    def _step_waits(self) -> None:
        """Have others run: the step has ended, or waits (``run_sync``)."""
        _install(_policy.get_event_loop())
        self._schedule_step()


class _Ready(deque[events.Handle]):
    """The handles that are ready. A step that waits (``run_sync``) shares them with other steps."""

    def popleft(self) -> events.Handle:
        """The next handle, or a cancelled one if another step has taken the rest."""
        return super().popleft() if self else _NOTHING


class _NoFiles:
    """A selector without files: JavaScript's events call back instead."""

    def select(self, _timeout: float | None) -> list[object]:
        return []


class WebLoopPolicy(asyncio.DefaultEventLoopPolicy):
    """Has one loop, which is the running one outside tasks, too. A program may set another."""

    _loop: WebLoop | None = None

    def get_event_loop(self) -> WebLoop:
        if self._loop is None:
            self._loop = WebLoop()
        return self._loop

    def new_event_loop(self) -> WebLoop:
        """A new loop; in Pyodide 0.16, the same one."""
        return WebLoop() if today else self.get_event_loop()

    def set_event_loop(self, loop: "Any") -> None:
        """Set the loop. Other loops than a WebLoop, and None, change nothing: they cannot run."""
        if today and isinstance(loop, WebLoop):
            self._loop = loop
            _install(loop)


def _install(loop: WebLoop) -> None:
    """Make a loop the running one. It closes the asynchronous generators that start now."""
    if events._get_running_loop() is not loop:
        events._set_running_loop(loop)
        sys.set_asyncgen_hooks(loop._asyncgen_firstiter_hook, loop._asyncgen_finalizer_hook)


def _waits() -> bool:
    """Whether run_until_complete waits: loadPyodide's option ``enableRunUntilComplete``."""
    if not today:
        return False
    import pyodide_js

    options = getattr(getattr(pyodide_js, "_api", None), "config", None)
    return getattr(options, "enableRunUntilComplete", None) is not False


def run(
    main: "Coroutine[Any, Any, Any]", *, debug: bool | None = None, loop_factory: "Any" = None
) -> "Any":
    """``asyncio.run``: run a coroutine on the running loop.

    With the API of Pyodide 0.16, this function returns a task, because a page cannot wait. A call
    at the end of a program works unchanged. Code that needs the result must ``await`` the coroutine
    instead.

    Raises:
        RuntimeError: The caller cannot wait (``WebLoop.run_until_complete``).
        TypeError: It is not a coroutine or another awaitable.
    """
    if today and (loop_factory is not None or not _waits()):
        return _run(main, debug=debug, loop_factory=loop_factory)
    loop = _policy.get_event_loop()
    if debug is not None:
        loop.set_debug(debug)
    return loop.run_until_complete(main)


def when_done(awaitable: "Awaitable[Any]", callback: "Callable[[Any], None]") -> None:
    """Call JavaScript when an awaitable is done, with a function that returns the result or raises.

    ``await`` of JavaScript waits for Python awaitables through this function.
    """

    def done(future: "asyncio.Future[Any]") -> None:
        callback(future.result)

    asyncio.ensure_future(awaitable, loop=_policy.get_event_loop()).add_done_callback(done)


def await_promise(promise: JsProxy) -> "Generator[Any, Any, Any]":
    """``await promise``: the result of a JsProxy's ``__await__``.

    Raises:
        TypeError: It is no promise.
    """
    if not hasattr(promise, "then"):
        raise TypeError(f"{promise!r} is no promise and cannot be awaited")
    future = _policy.get_event_loop().create_future()

    def fulfilled(value: "Any" = None) -> None:
        if not future.done():
            future.set_result(value)

    def rejected(reason: "Any" = None) -> None:
        if not future.done():
            future.set_exception(_exception(reason))

    promise.then(fulfilled, rejected)
    return future.__await__()


def _exception(reason: "Any") -> BaseException:
    """The exception for a rejection. A Python exception that passed through JavaScript is kept."""
    if isinstance(reason, JsProxy):
        exception = getattr(reason, "exception", None)
        if isinstance(exception, BaseException) and not isinstance(exception, StopIteration):
            return exception
    return JsException(reason)


def disconnect() -> list[str]:
    """Release the objects of JavaScript. Returns why the loops cannot be saved in a snapshot."""
    reasons = []
    callbacks = sum(loop._disconnect() for loop in _loops)
    tasks = sum(len(asyncio.all_tasks(loop)) for loop in _loops)
    if tasks:
        reasons.append(f"{tasks} tasks of asyncio are not done")
    elif callbacks:
        reasons.append(f"asyncio has to call {callbacks} callbacks and timers")
    return reasons


def connect() -> None:
    """Undo ``disconnect``, or connect the loops of a restored snapshot."""
    for loop in _loops:
        loop._connect()
        loop._schedule_step()


_loops: "WeakSet[WebLoop]" = WeakSet()
_run = asyncio.run
_policy = WebLoopPolicy()
asyncio.set_event_loop_policy(_policy)
_install(_policy.get_event_loop())
_NOTHING = events.Handle(print, (), _policy.get_event_loop())
_NOTHING.cancel()
set_current_tasks(asyncio.tasks._current_tasks)  # type: ignore[attr-defined]
asyncio.run = asyncio.runners.run = run
