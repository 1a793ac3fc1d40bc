"""How does a JavaScript object follow the annotations of a Python function or class?

This is an experiment of Pyodide's API. A function checks its arguments as the Python function would
and applies its defaults. A value whose annotation is a subclass of ``BindClass`` is bound to it.
``Annotated[type, Deep]``, or another converter, says how a value crosses the bridge.
"""

import inspect
from itertools import zip_longest
from types import FunctionType, MethodType, UnionType
from typing import Annotated, Union, get_args, get_origin, get_type_hints

import js
from _pyodide_core import JsProxy, view

from pyodide._jsiterators import JsPromise, make_future
from pyodide.ffi import create_proxy, destroy_proxies, to_js
from pyodide.webloop import PyodideFuture

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


# The result of a call is a future if JavaScript returns a promise.
_PROMISES = (JsPromise, PyodideFuture)


class BindClass:
    """A base of classes whose annotations describe JavaScript objects."""


class Py2JsConverterMeta(type):
    """The type of classes that change an argument: ``pre_convert(value)`` gives what is passed."""


class Js2PyConverterMeta(type):
    """The type of classes that change a result: ``post_convert(value)`` gives what is returned."""


class Default:
    """The conversion of values without an annotation."""

    @staticmethod
    def to_js(value: "Any", _proxies: "Any") -> "Any":
        return value

    @staticmethod
    def to_py(value: "Any") -> "Any":
        return value


class Deep(Default):
    """``to_js`` for arguments, and ``to_py`` for results."""

    @staticmethod
    def to_js(value: "Any", proxies: "Any") -> "Any":
        return to_js(value, pyproxies=proxies)

    @staticmethod
    def to_py(value: "Any") -> "Any":
        return value.to_py() if isinstance(value, JsProxy) else value


class Json(Default):
    """Views: ``asJsJson`` of arguments, and ``as_py_json`` of results."""

    @staticmethod
    def to_js(value: "Any", proxies: "Any") -> "Any":
        if not isinstance(value, dict | list | tuple):
            return value
        proxy: Any = create_proxy(value, roundtrip=False)
        proxies.push(proxy)
        return proxy.asJsJson()

    @staticmethod
    def to_py(value: "Any") -> "Any":
        return value.as_py_json() if isinstance(value, JsProxy) else value


def _parts(hint: "Any") -> "tuple[tuple[Any, ...], Any]":
    """The converters and the type of an annotation. ``X | None`` is ``X``."""
    if get_origin(hint) in {Union, UnionType}:
        hint = next((part for part in get_args(hint) if part is not type(None)), None)
    if get_origin(hint) is Annotated:
        return hint.__metadata__, get_args(hint)[0]
    return (), hint


def _argument(value: "Any", hint: "Any", proxies: "Any") -> "Any":
    """A value for JavaScript. New proxies are added to ``proxies``."""
    for converter in _parts(hint)[0]:
        if isinstance(converter, Py2JsConverterMeta):
            return converter.pre_convert(value)  # type: ignore[attr-defined]
        if inspect.isclass(converter) and issubclass(converter, Default):
            return converter.to_js(value, proxies)
    return value


def _result(value: "Any", hint: "Any") -> "Any":
    """A value for Python."""
    if isinstance(value, _PROMISES) and _is_awaitable(hint):
        return _future(value, get_args(hint)[-1])
    converters, hint = _parts(hint)
    for converter in converters:
        if isinstance(converter, Js2PyConverterMeta):
            return converter.post_convert(value)  # type: ignore[attr-defined]
        if inspect.isclass(converter) and issubclass(converter, Default):
            return converter.to_py(value)
    is_class = inspect.isclass(hint) and issubclass(hint, BindClass)
    is_signature = is_class or isinstance(hint, FunctionType | MethodType)
    return bind(value, hint) if is_signature and isinstance(value, JsProxy) else value


def _future(promise: "Any", hint: "Any") -> "Any":
    def convert(value: "Any") -> "Any":
        return _result(value, hint)

    is_js = isinstance(promise, JsPromise)
    return make_future(promise, convert) if is_js else promise.then(convert)


def _is_awaitable(hint: "Any") -> bool:
    origin = get_origin(hint)
    return inspect.isclass(origin) and hasattr(origin, "__await__")


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
        if name[:2] == "__" or name == "_sig" or not inspect.isclass(signature):
            return value
        return _result(value, _attribute_hint(signature, name))

    def __call__(self, *args: "Any", **kwargs: "Any") -> "Any":
        signature = super().__getattribute__("_sig")
        cls = signature.__args__[0] if get_origin(signature) is type else None
        if cls is not None:  # a JavaScript class
            function = cls.__init__.__get__(cls)
        elif inspect.isclass(signature):
            function = signature.__call__.__get__(signature)
        else:
            function = signature
        call = self.new if cls is not None else super().__call__  # type: ignore[misc]
        hints = get_type_hints(function, include_extras=True)
        hint = hints.get("return")
        proxies = js.Array.new()
        result = None
        try:
            values, keywords = _arguments(function, args, kwargs, hints, proxies)
            result = call(*values, **keywords)
        finally:
            if not isinstance(result, _PROMISES):
                destroy_proxies(proxies)
        if isinstance(result, _PROMISES):
            if len(proxies):
                result = result.finally_(lambda: destroy_proxies(proxies))
            if inspect.iscoroutinefunction(function):
                return _future(result, hint)
        return _result(result, hint) if cls is None else bind(result, cls)


def _attribute_hint(signature: type, name: str) -> "Any":
    hint = get_type_hints(signature, include_extras=True).get(name)
    if hint is None:
        hint = inspect.getattr_static(signature, name, None)
        if isinstance(hint, FunctionType):
            return MethodType(hint, signature)
        if hint is None and (getter := getattr(signature, "__getattr__", None)):
            return get_type_hints(getter, include_extras=True).get("return")
    return hint.__func__ if isinstance(hint, staticmethod) else hint


def _arguments(
    function: "Callable[..., Any]",
    args: "tuple[Any, ...]",
    kwargs: "dict[str, Any]",
    hints: "dict[str, Any]",
    proxies: "Any",
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
    given = {
        name: _argument(value, hints.get(name), proxies)
        for name, value in bound.kwargs.items()
        if value is not None or name in kwargs
    }
    names = [parameter.name for parameter in parameters if parameter.kind is kinds.POSITIONAL_ONLY]
    values = [
        _argument(value, hints.get(name), proxies) for name, value in zip_longest(names, bound.args)
    ]
    if keywords and not given:
        values.append(js.Object.new())
    return values, given
