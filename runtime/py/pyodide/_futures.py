"""How does Python code chain callbacks to a future, as JavaScript code does to a promise?"""

import asyncio
import inspect

TYPE_CHECKING = False  # importing typing takes as long as all the rest
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextvars import Context
    from typing import Any


class PyodideFuture[T](asyncio.Future[T]):
    """A future with the methods of a promise. The event loop's futures and tasks are of this class.

    A callback may return an awaitable: the new future gets the value that this one, awaited,
    gives.
    """

    def then[S](
        self,
        onfulfilled: "Callable[[T], S | Awaitable[S]] | None",
        onrejected: "Callable[[BaseException], S | Awaitable[S]] | None" = None,
    ) -> "PyodideFuture[S]":
        """Call one of two functions when the future is done.

        Args:
            onfulfilled: Called with the result.
            onrejected: Called with the exception.

        Returns:
            A future for the result of the function. Without the function, it has the result or the
            exception of this future. If this future is cancelled, so is the new one.
        """

        async def call() -> "Any":
            await _done(self)
            error = self.exception()  # raises CancelledError
            callback: Any = onfulfilled if error is None else onrejected
            if callback is None:
                return self.result()
            return await _settled(callback(self.result() if error is None else error))

        return PyodideTask(call(), loop=self.get_loop())

    def catch(self, onrejected: "Callable[[BaseException], object]") -> "PyodideFuture[Any]":
        """``then(None, onrejected)``."""
        return self.then(None, onrejected)

    def finally_(self, onfinally: "Callable[[], object]") -> "PyodideFuture[T]":
        """Call a function without arguments when the future is done or cancelled.

        Returns:
            A future with the result or the exception of this one, or with the exception of the
            function.
        """

        async def call() -> T:
            await _done(self)
            await _settled(onfinally())
            return self.result()

        return PyodideTask(call(), loop=self.get_loop())

    def syncify(self) -> T:
        """The result. Waits for it, as ``pyodide.ffi.run_sync`` does.

        Raises:
            RuntimeError: The caller cannot wait.
        """
        from pyodide.ffi import run_sync

        result: T = run_sync(self)
        return result


class PyodideTask[T](asyncio.Task[T], PyodideFuture[T]):
    """A task with the methods of a promise.

    Attributes:
        has_waiter: Whether something waits for the task, and so gets its exception.
    """

    has_waiter = False

    def add_done_callback(
        self, callback: "Callable[[Any], object]", /, *, context: "Context | None" = None
    ) -> None:
        self.has_waiter = True
        super().add_done_callback(callback, context=context)


async def _done(future: "asyncio.Future[Any]") -> None:
    """Wait for a future. Unlike ``await``, a cancellation of the caller does not cancel it."""
    waiter = future.get_loop().create_future()

    def wake(_future: "asyncio.Future[Any]") -> None:
        if not waiter.done():
            waiter.set_result(None)

    future.add_done_callback(wake)
    await waiter


async def _settled(value: "Any") -> "Any":
    """The value, awaited as often as it can be."""
    while inspect.isawaitable(value):
        value = await value
    return value
