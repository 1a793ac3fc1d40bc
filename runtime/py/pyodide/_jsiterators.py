"""How do JavaScript's iterators, generators and promises behave in Python?"""

import _pyodide_core as core
from _pyodide_core import JsProxy, member

from pyodide._jscontainers import JsIterable, NoMap

TYPE_CHECKING = False  # importing typing takes as long as all the rest
if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Callable, Generator
    from types import TracebackType
    from typing import Any, Self


class JsAsyncIterable(JsProxy):
    """An object with ``Symbol.asyncIterator``."""

    __slots__ = ()

    def __aiter__(self) -> "JsAsyncIterator":
        return member("callSymbol", self, "asyncIterator")


class JsIterator(NoMap, core.Iterator):
    """An object with a method ``next``."""

    __slots__ = ()

    def send(self, value: "Any") -> "Any":
        """Resume the iterator with a value, and return the next one.

        Raises:
            StopIteration: The iterator has ended; its ``value`` is the result.
        """
        return member("send", self, value)


class JsAsyncIterator(NoMap, JsProxy):
    """An object with a method ``next`` that returns promises."""

    __slots__ = ()

    def __aiter__(self) -> "Self":
        return self

    def __anext__(self) -> "Future[Any]":
        return _make_step(member("call", self, "next"))

    def asend(self, value: "Any") -> "Future[Any]":
        """Resume the iterator with a value; the future has the next one.

        Raises:
            StopAsyncIteration: The iterator has ended.
        """
        return _make_step(member("call", self, "next", value))


class JsGenerator(JsIterator, JsIterable):
    """A JavaScript generator."""

    __slots__ = ()

    def throw(self, typ: "Any", val: "Any" = None, tb: "TracebackType | None" = None) -> "Any":
        """Raise an exception where the generator has paused, and return the next value."""
        exception = _make_exception(typ, val, tb)
        if isinstance(exception, GeneratorExit):
            return member("return", self)
        return member("throw", self, exception)

    def close(self) -> None:
        """End the generator.

        Raises:
            RuntimeError: The generator has yielded another value.
        """
        if not member("call", self, "return").done:
            raise RuntimeError("JavaScript generator ignored return")


class JsAsyncGenerator(JsAsyncIterator, JsAsyncIterable):
    """A JavaScript async generator."""

    __slots__ = ()

    def athrow(
        self, typ: "Any", val: "Any" = None, tb: "TracebackType | None" = None
    ) -> "Future[Any]":
        """Raise an exception where the generator has paused; the future has the next value."""
        exception = _make_exception(typ, val, tb)
        if isinstance(exception, GeneratorExit):
            return _make_step(member("call", self, "return"))
        return _make_step(member("asyncThrow", self, exception))

    def aclose(self) -> "Future[None]":
        """End the generator."""
        return _make_step(member("call", self, "return"), closing=True)


class JsPromise(JsProxy):
    """A promise, or another object with a method ``then``."""

    __slots__ = ()

    def __await__(self) -> "Generator[Any, Any, Any]":
        if not callable(getattr(member("list", self)[0], "then", None)):
            raise TypeError(f"object {self!r} can't be used in 'await' expression")
        return make_future(self).__await__()

    def then(self, onfulfilled: "Any" = None, onrejected: "Any" = None) -> "JsPromise":
        """``promise.then()``. The functions are released when the promise is settled."""
        return member("onSettled", self, onfulfilled, onrejected)

    def catch(self, onrejected: "Callable[[Any], Any]") -> "JsPromise":
        """``promise.catch()``. The function is released when the promise is settled."""
        return member("onSettled", self, None, onrejected)

    def finally_(self, onfinally: "Callable[[], Any]") -> "JsPromise":
        """``promise.finally()``. The function is released when the promise is settled."""
        return member("finally", self, onfinally)


def make_future(
    promise: JsProxy, convert: "Callable[[Any], Any] | None" = None, name: str = "settle"
) -> "Future[Any]":
    """A future of a promise's value.

    Args:
        promise: The promise.
        convert: Makes the future's result of the value, or raises its exception.
        name: The member that waits for the promise. ``settle`` keeps a Python exception that passed
            through JavaScript.
    """
    import asyncio

    future = asyncio.get_event_loop().create_future()

    def fulfilled(value: "Any" = None) -> None:
        if not future.done():
            try:
                future.set_result(convert(value) if convert else value)
            except BaseException as error:
                future.set_exception(error)

    def rejected(error: BaseException) -> None:
        if not future.done():
            if isinstance(error, StopIteration):  # no future can have it
                error = RuntimeError(f"the promise was rejected with {error!r}")
            future.set_exception(error)

    member(name, promise, fulfilled, rejected)
    return future


def _make_step(promise: "Any", *, closing: bool = False) -> "Future[Any]":
    """A future of the value of an async iterator's next result."""
    if not isinstance(promise, JsPromise):
        hint = ", use next() instead" if hasattr(promise, "done") else ""
        raise TypeError(f"Result of anext() was not a promise{hint}.")

    def convert(result: "Any") -> "Any":
        if closing and not result.done:
            raise RuntimeError("JavaScript generator ignored return")
        value: object = member("take", result)
        if result.done and not closing:
            raise StopAsyncIteration(value)
        return None if closing else value

    return make_future(promise, convert, "onSettled")


def _make_exception(typ: "Any", val: "Any", tb: "TracebackType | None") -> BaseException:
    """The exception for the arguments of ``throw``: an instance, or a class and its argument."""
    if isinstance(typ, BaseException):
        if val is not None:
            raise TypeError("instance exception may not have a separate value")
        exception = typ
    elif isinstance(typ, type) and issubclass(typ, BaseException):
        if isinstance(val, typ):
            exception = val
        elif val is None:
            exception = typ()
        else:
            exception = typ(*val) if isinstance(val, tuple) else typ(val)
    else:
        raise TypeError(
            "exceptions must be classes or instances deriving from BaseException, "
            f"not {type(typ).__name__}"
        )
    return exception if tb is None else exception.with_traceback(tb)
