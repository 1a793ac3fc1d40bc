"""How does synchronous Python code wait for an awaitable?

JavaScript promise integration suspends the stack (runtime/core/suspend.c): the page, and other
Python code that the page calls, run in the meantime.
"""

from _pyodide_core import JsProxy, can_suspend, suspend

TYPE_CHECKING = False  # importing typing takes as long as all the rest
if TYPE_CHECKING:
    from collections.abc import Awaitable


def can_run_sync() -> bool:
    """Whether ``run_sync`` can wait here.

    It can if the JavaScript engine has JavaScript promise integration, JavaScript called Python
    through a promise (``runPythonAsync``, ``callPromising``, a coroutine, an event's handler), and
    no JavaScript function is between that call and this one.
    """
    return can_suspend()


def run_sync[T](awaitable: "Awaitable[T]") -> T:
    """Wait for an awaitable in a function that is not ``async``. The page stays responsive.

    Args:
        awaitable: A JavaScript promise, a coroutine, a task or a future.

    Returns:
        The result of the awaitable.

    Raises:
        RuntimeError: This call cannot wait (``can_run_sync``); the message says why.
        TypeError: It is not awaitable.
        KeyboardInterrupt: A signal in the interrupt buffer. It cancels a coroutine.
    """
    if isinstance(awaitable, JsProxy):
        result: T = suspend(awaitable)
        return result
    if not can_suspend():
        if hasattr(awaitable, "close"):
            awaitable.close()  # no warning about a coroutine that was never awaited
        suspend(awaitable)  # raises the reason
    import asyncio

    future = asyncio.ensure_future(awaitable)
    if not future.done():
        try:
            suspend(future.add_done_callback)
        except BaseException:
            if future is not awaitable:
                future.cancel()
            raise
    return future.result()
