"""How does Python code use JavaScript objects, and JavaScript code Python objects?"""

from _pyodide_core import JsCallable, JsException, JsProxy, member, view

from pyodide._jscontainers import (
    JsArray,
    JsBuffer,
    JsIterable,
    JsMap,
    JsMutableMap,
    JsTypedArray,
)
from pyodide._jsimport import register_js_module, unregister_js_module
from pyodide._jsiterators import (
    JsAsyncGenerator,
    JsAsyncIterable,
    JsAsyncIterator,
    JsGenerator,
    JsIterator,
    JsPromise,
)
from pyodide._jsproxy import (
    JsCallableDoubleProxy,
    JsDomElement,
    JsDoubleProxy,
    JsFetchResponse,
    JsOnceCallable,
    JsWeakRef,
)
from pyodide._jsvalues import ConversionError, InternalError, JsBigInt, JsNull, jsnull
from pyodide._waiting import can_run_sync, run_sync

TYPE_CHECKING = False  # importing typing takes as long as all the rest
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol
else:
    Protocol = object

__all__ = [
    "IN_PYODIDE",
    "ConversionError",
    "InternalError",
    "JsArray",
    "JsAsyncGenerator",
    "JsAsyncIterable",
    "JsAsyncIterator",
    "JsBigInt",
    "JsBuffer",
    "JsCallable",
    "JsCallableDoubleProxy",
    "JsDomElement",
    "JsDoubleProxy",
    "JsException",
    "JsFetchResponse",
    "JsGenerator",
    "JsIterable",
    "JsIterator",
    "JsMap",
    "JsMutableMap",
    "JsNull",
    "JsOnceCallable",
    "JsPromise",
    "JsProxy",
    "JsTypedArray",
    "JsWeakRef",
    "ToJsConverter",
    "can_run_sync",
    "create_once_callable",
    "create_proxy",
    "destroy_proxies",
    "jsnull",
    "register_js_module",
    "run_sync",
    "to_js",
    "unregister_js_module",
]

IN_PYODIDE = True
"""Whether this interpreter runs in JavaScript."""


class ToJsConverter(Protocol):
    """The type of the converters of ``to_js``."""

    def __call__(
        self,
        value: "Any",
        converter: "Callable[[Any], Any]",
        cache: "Callable[[Any, Any], None]",
        /,
    ) -> "Any":
        """Convert an object.

        Args:
            value: The object.
            converter: Converts a part of the object, with the same options.
            cache: Stores the result for an object, before its parts are converted. Objects that
                contain themselves need this.
        """


def to_js(
    obj: "Any",
    /,
    *,
    depth: int = -1,
    pyproxies: "JsProxy | None" = None,
    create_pyproxies: bool = True,
    dict_converter: "Callable[[Any], Any] | None" = None,
    default_converter: "ToJsConverter | None" = None,
    eager_converter: "ToJsConverter | None" = None,
) -> "Any":
    """Copy Python containers to JavaScript ones, with all that is in them.

    Args:
        obj: Lists and tuples become Arrays, dicts become objects, sets become Sets, buffers become
            typed arrays. Numbers, strings and JavaScript objects are returned unchanged. Any other
            object becomes a proxy, as by ``create_proxy``.
        depth: The levels of containers to copy; -1 means all.
        pyproxies: A JavaScript Array that receives the new proxies.
        create_pyproxies: Whether there may be new proxies.
        dict_converter: Makes the result for a dict, from an iterable of its keys and values;
            ``js.Map.new`` makes a Map.
        default_converter: Called for objects that would become a proxy.
        eager_converter: Called for each object that is not None, a number or a JsProxy, before the
            conversion.

    Raises:
        ConversionError: An object would become a proxy, and ``create_pyproxies`` is false.
        TypeError: ``pyproxies`` is no JavaScript Array.
    """
    if pyproxies is not None and not isinstance(pyproxies, JsArray):
        raise TypeError("Expected a JsArray for the pyproxies argument")
    if obj is None or isinstance(obj, (int, float, JsProxy)):
        return obj
    if isinstance(obj, str) and eager_converter is None:
        return obj
    return member(
        "toJs",
        obj,
        depth,
        pyproxies,
        create_pyproxies,
        dict_converter,
        default_converter,
        eager_converter,
    )


def create_proxy(
    obj: "Any", /, *, capture_this: bool = False, roundtrip: bool = True
) -> "JsDoubleProxy":
    """Make a JavaScript proxy of a Python object that lives until its ``destroy`` is called.

    Args:
        obj: The object.
        capture_this: Whether JavaScript's ``this`` is the first argument of a call.
        roundtrip: Whether the proxy is still a JsDoubleProxy when it comes back to Python, and not
            the object.
    """
    return member("createProxy", obj, bool(capture_this), bool(roundtrip))


def create_once_callable(
    obj: "Callable[..., Any]", /, *, _may_syncify: bool = False
) -> "JsOnceCallable":
    """Make a JavaScript function that calls a Python function, and releases it after one call."""
    return view(member("createOnce", obj), JsOnceCallable)


def destroy_proxies(pyproxies: "JsArray", /) -> None:
    """Destroy the proxies in an Array that ``to_js`` has filled."""
    member("destroyAll", pyproxies)
