"""Which classes do JavaScript objects have in Python?

The class of an object follows from its features, which the runtime computes when the object comes
to Python (``runtime/core/jstypes.js``): ``make_type`` puts it together from the classes of this
module, and from classes with one protocol each that are written in C. The members call JavaScript
functions by name (``runtime/core/jsmembers.js``).
"""

import sys

import _pyodide_core as core
from _pyodide_core import JsCallable, JsException, JsProxy, member, view

from pyodide import _jsimport
from pyodide._jscontainers import (
    JsArray,
    JsBuffer,
    JsIterable,
    JsList,
    JsMap,
    JsMutableMap,
    JsSequence,
    JsTypedArray,
    NoMap,
    ObjectMap,
    ObjectTree,
    as_json,
)
from pyodide._jsiterators import (
    JsAsyncGenerator,
    JsAsyncIterable,
    JsAsyncIterator,
    JsGenerator,
    JsIterator,
    JsPromise,
    make_future,
)
from pyodide._jsvalues import ConversionError, JsBigInt, jsnull

TYPE_CHECKING = False  # importing typing takes as long as all the rest
if TYPE_CHECKING:
    from typing import Any, Self

GenericAlias = type(list[int])


class _Object:
    """Members of every JsProxy."""

    __class_getitem__: "Any" = classmethod(GenericAlias)

    @property
    def js_id(self) -> int:
        """A number that is the same for all proxies of the JavaScript object."""
        return JsProxy.__hash__(self)

    def __dir__(self) -> list[str]:
        names = {*object.__dir__(self), *member("names", self)}
        if isinstance(self, JsArray):
            names.discard("keys")
        return sorted(names)

    def object_entries(self) -> "JsArray":
        """``Object.entries(object)``."""
        return member("entries", self)

    def object_keys(self) -> "JsArray":
        """``Object.keys(object)``."""
        return member("keys", self)

    def object_values(self) -> "JsArray":
        """``Object.values(object)``."""
        return member("values", self)

    def to_weakref(self) -> "JsWeakRef":
        """A JavaScript WeakRef of the object."""
        return member("weakRef", self)

    def to_py(self, *, depth: int = -1, default_converter: "Any" = None) -> "Any":
        """Copy JavaScript containers to Python ones, with all that is in them.

        Args:
            depth: The levels of containers to copy; -1 means all.
            default_converter: Called with each object that is no container, a function that
                converts a part of it, and a function that stores the result of an object before
                its parts are converted. It returns the converted object.

        Returns:
            A list for an Array, a dict for a Map or a plain object, a set for a Set, a memoryview
            for a typed array or an ArrayBuffer. Other objects are not changed.
        """
        return member("toPy", self, depth, default_converter)

    def as_object_map(self, *, hereditary: bool = False) -> "JsMutableMap":
        """A view of the object as a map from property names to values.

        Args:
            hereditary: Whether values that are plain objects are such views, too.

        Deprecated: ``as_py_json`` has the same items, and arrays in them are lists.
        """
        import warnings

        message = "JsProxy.as_object_map() is deprecated. Use as_py_json() instead."
        warnings.warn(message, RuntimeWarning, stacklevel=2)
        return view(self, ObjectTree if hereditary else ObjectMap)  # type: ignore[arg-type]

    def as_py_json(self) -> "Any":
        """A view of objects and Arrays as Python's JSON: as dicts and lists."""
        return as_json(self)

    def bind_sig(self, signature: "Any") -> "Any":
        """A proxy whose calls and attributes follow the annotations of a function or a class."""
        from pyodide._jsbind import bind

        return bind(self, signature)

    def bind_class(self, signature: type) -> "Any":
        """A proxy of a class whose instances follow the annotations of a Python class."""
        return self.bind_sig(type[signature])


class JsDoubleProxy(NoMap, JsProxy):
    """A proxy of a Python object in JavaScript, made by ``create_proxy``."""

    __slots__ = ()

    def destroy(self) -> None:
        """Release the Python object."""
        member("call", self, "destroy")

    def unwrap(self) -> "Any":
        """The Python object."""
        return member("unwrap", self)


class JsCallableDoubleProxy(JsDoubleProxy, JsCallable):
    """A proxy of a Python function in JavaScript."""

    __slots__ = ()


class JsOnceCallable(NoMap, JsCallable):
    """A JavaScript function that calls a Python function once (``create_once_callable``)."""

    __slots__ = ()

    def destroy(self) -> None:
        """Release the Python function without a call."""
        member("call", self, "destroy")


class JsWeakRef(JsProxy):
    """A JavaScript WeakRef; ``deref()`` returns the object or None."""

    __slots__ = ()


class JsFetchResponse(JsProxy):
    """The Response of JavaScript's ``fetch``."""

    __slots__ = ()


class JsDomElement(JsProxy):
    """An element of a page."""

    __slots__ = ()


class _Disposable(JsProxy):
    __slots__ = ()

    def __enter__(self) -> "Self":
        return self

    def __exit__(self, *_exception: object) -> None:
        member("callSymbol", self, "dispose")


class _AsyncDisposable(JsProxy):
    __slots__ = ()

    async def __aenter__(self) -> "Self":
        return self

    async def __aexit__(self, *_exception: object) -> None:
        done: object = member("callSymbol", self, "asyncDispose")
        if isinstance(done, JsPromise):
            await done


# Features (the numbers of jstypes.js) and the classes that these give. A class that overrides
# members of another one comes first.
_CLASSES = [
    (0x20001, JsCallableDoubleProxy),
    (0x20000, JsDoubleProxy),
    (0x00200, JsGenerator),
    (0x00400, JsAsyncGenerator),
    (0x00040, JsIterator),
    (0x00100, JsAsyncIterator),
    (0x04000, JsTypedArray),
    (0x01000, JsList),
    (0x02000, JsSequence),
    (0x0002E, JsMutableMap),
    (0x00026, JsMap),
    (0x08000, JsBuffer),
    (0x00020, JsIterable),
    (0x00080, JsAsyncIterable),
    (0x00800, JsPromise),
    (0x40000, _Disposable),
    (0x80000, _AsyncDisposable),
    (0x100000, JsDomElement),
    (0x200000, JsWeakRef),
    (0x400000, JsFetchResponse),
    (0x00002, core.Sized),
    (0x00004, core.Get),
    (0x00008, core.Set),
    (0x00010, core.Container),
    (0x00001, JsCallable),
]
_ERROR = 0x10000


def make_type(features: int) -> type:
    """The class for JavaScript objects with these features. The runtime keeps it."""
    if features & _ERROR:
        return JsException
    bases: list[type] = []
    for needed, cls in _CLASSES:
        if features & needed == needed and not any(issubclass(base, cls) for base in bases):
            bases.append(cls)
    if len(bases) < 2:
        return bases[0] if bases else JsProxy
    return type("JsProxy", tuple(bases), {"__slots__": (), "__module__": "pyodide.ffi"})


def _reduce_error(self: "Any") -> "tuple[Any, ...]":
    """The module pickle keeps name, message and stack of a JsException."""
    return type(self), (self.name, self.message, self.stack)


def _attributes(cls: type) -> "dict[str, Any]":
    internal = ("__dict__", "__weakref__", "__module__", "__doc__", "__slots__")
    return {name: value for name, value in vars(cls).items() if name not in internal}


core.adopt(JsProxy, _attributes(_Object))
core.adopt(JsCallable, _attributes(NoMap))
core.adopt(JsException, {**_attributes(NoMap), "__reduce__": _reduce_error})
_jsimport.install("js", sys.modules["js"])
core.connect(jsnull, JsBigInt, ConversionError, make_type, make_future)
