"""How do Python functions become timers and event listeners whose proxies need no care?"""

import js
from _pyodide_core import JsProxy

from pyodide.ffi import JsDoubleProxy, JsWeakRef, create_once_callable, create_proxy

TYPE_CHECKING = False  # importing typing takes as long as all the rest
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from typing import Any

__all__ = [
    "add_event_listener",
    "clear_interval",
    "clear_timeout",
    "remove_event_listener",
    "set_interval",
    "set_timeout",
]

# A removed element takes its listeners along, so a listener is not kept for the element.
_listeners: "dict[Hashable, JsWeakRef]" = {}
_timers: "dict[Hashable, Any]" = {}


def add_event_listener(elt: "Any", event: str, listener: "Callable[[Any], object]") -> None:
    """``elt.addEventListener(event, listener)``, until ``remove_event_listener``."""
    proxy = create_proxy(listener)
    _listeners[elt.js_id, event, listener] = proxy.to_weakref()
    elt.addEventListener(event, proxy)


def remove_event_listener(elt: "Any", event: str, listener: "Callable[[Any], object]") -> None:
    """Remove a listener that ``add_event_listener`` has added, and release the function.

    Raises:
        KeyError: There is no such listener.
    """
    proxy: JsDoubleProxy | None = _listeners.pop((elt.js_id, event, listener)).deref()
    if proxy is not None:
        elt.removeEventListener(event, proxy)
        proxy.destroy()


def set_timeout(callback: "Callable[[], object]", timeout: float) -> "int | JsProxy":
    """``setTimeout(callback, timeout)``: call the function once.

    Args:
        callback: The function.
        timeout: Milliseconds.

    Returns:
        The timer, for ``clear_timeout``.
    """

    def call() -> None:
        _timers.pop(_key(timer), None)
        callback()

    function = create_once_callable(call)
    timer: int | JsProxy = js.setTimeout(function, timeout)
    _timers[_key(timer)] = function
    return timer


def clear_timeout(timeout_retval: "int | JsProxy") -> None:
    """``clearTimeout``: do not call the function any more, and release it."""
    js.clearTimeout(timeout_retval)
    _release(timeout_retval)


def set_interval(callback: "Callable[[], object]", interval: float) -> "int | JsProxy":
    """``setInterval(callback, interval)``: call the function at regular intervals.

    Args:
        callback: The function.
        interval: Milliseconds.

    Returns:
        The timer, for ``clear_interval``.
    """
    proxy = create_proxy(callback)
    timer: int | JsProxy = js.setInterval(proxy, interval)
    _timers[_key(timer)] = proxy
    return timer


def clear_interval(interval_retval: "int | JsProxy") -> None:
    """``clearInterval``: do not call the function any more, and release it."""
    js.clearInterval(interval_retval)
    _release(interval_retval)


def _key(timer: "int | JsProxy") -> int:
    return timer.js_id if isinstance(timer, JsProxy) else timer  # Node's timers are objects


def _release(timer: "int | JsProxy") -> None:
    proxy = _timers.pop(_key(timer), None)
    if proxy is not None:
        proxy.destroy()
