"""How does a JavaScript object follow the annotations of a Python function or class?

This is an experiment of Pyodide's API. A function checks its arguments as the Python function would
and applies its defaults. Attributes, methods and results that are annotated with a class are bound
to that class.
"""

import inspect
from typing import get_origin, get_type_hints

import js
from _pyodide_core import JsProxy, view

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_classes: "dict[type, type]" = {}


def bind(proxy: "Any", signature: "Any") -> "Any":
    """A view of a JavaScript object that follows a function, a class, or ``type[class]``."""
    cls = type(proxy)
    if cls not in _classes:
        bases = (_Bound, cls)
        _classes[cls] = type("JsProxy", bases, {"__slots__": (), "__module__": "pyodide.ffi"})
    bound: Any = view(proxy, _classes[cls])
    bound._sig = signature
    return bound


class _Bound:
    __slots__ = ()

    def __getattribute__(self, name: str) -> "Any":
        value = super().__getattribute__(name)
        signature = super().__getattribute__("_sig")
        if not isinstance(value, JsProxy) or not inspect.isclass(signature):
            return value
        hint = get_type_hints(signature).get(name) or inspect.getattr_static(signature, name, None)
        return value if hint is None else _bind_result(value, hint)

    def __call__(self, *args: "Any", **kwargs: "Any") -> "Any":
        signature = super().__getattribute__("_sig")
        cls = signature.__args__[0] if get_origin(signature) is type else None
        if cls is not None:  # a JavaScript class
            function = cls.__init__.__get__(cls)
        elif inspect.isclass(signature):
            function = signature.__call__.__get__(signature)
        else:
            function = signature
        values, keywords = _arguments(function, args, kwargs)
        call = self.new if cls is not None else super().__call__  # type: ignore[misc]
        result = call(*values, **keywords)
        return _bind_result(result, cls or get_type_hints(function).get("return"))


def _bind_result(value: "Any", hint: "Any") -> "Any":
    if isinstance(hint, staticmethod):
        hint = hint.__func__
    return bind(value, hint) if isinstance(value, JsProxy) and callable(hint) else value


def _arguments(
    function: "Callable[..., Any]", args: "tuple[Any, ...]", kwargs: "dict[str, Any]"
) -> "tuple[list[Any], dict[str, Any]]":
    """The arguments of JavaScript's function, with the defaults of the Python function.

    Raises:
        TypeError: The Python function would not take the arguments.
        RuntimeError: It has parameters that are not supported.
    """
    kinds = inspect.Parameter
    signature = inspect.signature(function)
    parameters = list(signature.parameters.values())
    if any(parameter.kind is kinds.POSITIONAL_OR_KEYWORD for parameter in parameters):
        raise RuntimeError("Don't currently handle POS_OR_KWD args")
    keywords = [parameter for parameter in parameters if parameter.kind is kinds.KEYWORD_ONLY]
    if len(keywords) > 64:
        raise RuntimeError("Cannot handle function with more than 64 kwonly args")
    # https://github.com/python/cpython/issues/87106 (open): the name of a positional-only parameter
    # is not taken for a keyword argument.
    renamed = [
        parameter.replace(name=f"_{i}") if parameter.kind is kinds.POSITIONAL_ONLY else parameter
        for i, parameter in enumerate(parameters)
    ]
    try:
        bound = signature.replace(parameters=renamed).bind(*args, **kwargs)
    except TypeError:
        function(*args, **kwargs)  # raises the error with Python's text
        raise
    bound.apply_defaults()
    given = {k: v for k, v in bound.kwargs.items() if v is not None or k in kwargs}
    values = list(bound.args)
    if keywords and not given:
        values.append(js.Object.new())
    return values, given
