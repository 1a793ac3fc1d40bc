"""Which classes do JavaScript objects have in Python?

The class of an object follows from its features, which the runtime computes when the object comes
to Python (``runtime/core/jstypes.js``): ``make_type`` puts it together from the classes of this
module, and from classes with one protocol each that are written in C. The members call JavaScript
functions by name (``runtime/core/jsmembers.js``).
"""

import sys
from _collections_abc import Mapping, MutableMapping, MutableSequence, Sequence

import _pyodide_core as core
from _pyodide_core import JsCallable, JsException, JsProxy, member, view

from pyodide import _jsimport

TYPE_CHECKING = False  # importing typing takes as long as all the rest
if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Callable, Generator, Iterable, Iterator
    from types import TracebackType
    from typing import Any, Never, Self

GenericAlias = type(list[int])


class ConversionError(Exception):
    """A Python or JavaScript object has no counterpart in the other language."""


class InternalError(Exception):
    """The bridge between Python and JavaScript has failed an assertion."""


class JsNull:
    """The type of ``jsnull``, which is JavaScript's null."""

    __slots__ = ()
    typeof = "object"

    def __new__(cls) -> "JsNull":  # noqa: PYI034
        return jsnull

    def __repr__(self) -> str:
        return "jsnull"

    def __bool__(self) -> bool:
        return False


jsnull = object.__new__(JsNull)


def _operator(name: str, other: bool = True) -> "Any":
    """An operator of JsBigInt. The result is a JsBigInt if that of the other operand is one."""
    function = getattr(int, name)

    def apply(*operands: "Any") -> "Any":
        result = function(*operands)
        keeps = other or all(isinstance(operand, JsBigInt) for operand in operands)
        return JsBigInt(result) if keeps and isinstance(result, int) else result

    return apply


class JsBigInt(int):
    """An int that becomes a BigInt in JavaScript, whatever its size.

    ``+ - * & | ^`` of a JsBigInt and an int are an int; other operators give a JsBigInt if the left
    operand is one.
    """

    __slots__ = ()
    __abs__ = _operator("__abs__")
    __invert__ = _operator("__invert__")
    __neg__ = _operator("__neg__")
    __pos__ = _operator("__pos__")
    __floordiv__ = _operator("__floordiv__")
    __lshift__ = _operator("__lshift__")
    __mod__ = _operator("__mod__")
    __pow__ = _operator("__pow__")
    __rshift__ = _operator("__rshift__")
    __add__ = _operator("__add__", other=False)
    __sub__ = _operator("__sub__", other=False)
    __mul__ = _operator("__mul__", other=False)
    __and__ = _operator("__and__", other=False)
    __or__ = _operator("__or__", other=False)
    __xor__ = _operator("__xor__", other=False)


class _Absent:
    """A member of a base class that objects with these features do not have."""

    def __get__(self, instance: object, owner: type) -> "Never":
        raise AttributeError


class _Object:
    """Members of every JsProxy."""

    __class_getitem__ = classmethod(GenericAlias)

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
        """
        return view(self, _HereditaryMap if hereditary else _ObjectMap)

    def as_py_json(self) -> "Any":
        """A view of objects and Arrays as Python's JSON: as dicts and lists."""
        return _as_json(self)

    def bind_sig(self, signature: "Any") -> "Any":
        """A proxy whose calls and attributes follow the annotations of a function or a class."""
        from pyodide._jsbind import bind

        return bind(self, signature)

    def bind_class(self, signature: type) -> "Any":
        """A proxy of a class whose instances follow the annotations of a Python class."""
        return self.bind_sig(type[signature])


class _NoMap:
    """Members of a JsProxy that is no plain object."""

    __slots__ = ()
    as_object_map = _Absent()
    as_py_json = _Absent()


class JsIterable(core.Iterable):
    """An object with ``Symbol.iterator``."""

    __slots__ = ()


class JsAsyncIterable(JsProxy):
    """An object with ``Symbol.asyncIterator``."""

    __slots__ = ()

    def __aiter__(self) -> "JsAsyncIterator":
        return member("callSymbol", self, "asyncIterator")


class JsIterator(_NoMap, core.Iterator):
    """An object with a method ``next``."""

    __slots__ = ()

    def send(self, value: "Any") -> "Any":
        """Resume the iterator with a value, and return the next one.

        Raises:
            StopIteration: The iterator has ended; its ``value`` is the result.
        """
        return member("send", self, value)


class JsAsyncIterator(_NoMap, JsProxy):
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


class JsArray(JsIterable, core.Sized, core.Items):
    """An Array, a typed array, or another iterable object with a length, such as a NodeList."""

    __slots__ = ()
    as_object_map = _Absent()

    def __reversed__(self) -> "Iterator[Any]":
        return member("reversed", self)

    def _get_slice(self, key: slice) -> "JsArray":
        indices = range(*key.indices(len(self)))
        return member("slice", self, indices.start, indices.step, len(indices))


class _Concatenable(JsArray):
    """An array that can grow, or at least a copy of it."""

    __slots__ = ()

    def __add__(self, other: "Iterable[Any]") -> "JsArray":
        array = member("copy", self)
        array.extend(other)
        return array

    def __mul__(self, count: int) -> "JsArray":
        return member("repeat", self, count)

    __rmul__ = __mul__


class _Searchable(JsArray):
    __slots__ = ()

    def index(self, value: "Any", start: int = 0, stop: int | None = None) -> int:
        """The first index of a value between two indices.

        Raises:
            ValueError: There is none.
        """
        for i in self._find(value, start, stop):
            return i
        raise ValueError(f"{value!r} is not in list")

    def count(self, value: "Any") -> int:
        """The number of items that are equal to the value."""
        return sum(1 for _ in self._find(value, 0, None))

    def reverse(self) -> None:
        """Reverse the items in place."""
        member("reverse", self)

    def _find(self, value: "Any", start: int, stop: int | None) -> "Iterator[int]":
        """The indices of a value. JavaScript finds its own values; a Python object, whose proxies
        in the array differ, is compared in Python."""
        start, stop, _ = slice(start, stop).indices(len(self))
        if isinstance(value, (int, float, str, JsProxy, JsNull)) or value is None:
            while (start := member("indexOf", self, value, start, stop)) >= 0:
                yield start
                start += 1
        else:
            for i in range(start, stop):
                if member("isPyProxyAt", self, i) and self[i] == value:
                    yield i


class _List(_Searchable, _Concatenable, core.MutableItems):
    """A JavaScript Array."""

    __slots__ = ()

    def append(self, object: "Any") -> None:
        """Add an item at the end."""
        member("push", self, member("list", object))

    def extend(self, iterable: "Iterable[Any]") -> None:
        """Add the items of an iterable at the end."""
        member("push", self, member("list", *iterable))

    def insert(self, index: int, value: "Any") -> None:
        """Add an item before an index."""
        member("splice", self, index, 0, member("list", value))

    def pop(self, index: int = -1) -> "Any":
        """Remove an item and return it.

        Raises:
            IndexError: There is no such item.
        """
        value = self[index]
        del self[index]
        return value

    def remove(self, value: "Any") -> None:
        """Remove the first item that is equal to the value.

        Raises:
            ValueError: There is none.
        """
        del self[self.index(value)]

    def __iadd__(self, other: "Iterable[Any]") -> "Self":
        self.extend(other)
        return self

    def __imul__(self, count: int) -> "Self":
        member("splice", self, 0, len(self), self * count)
        return self

    def _set_slice(self, key: slice, value: "Iterable[Any]") -> None:
        size = len(self)
        items: list[Any] = [None] * size
        items[key] = value  # raises the errors of a list
        start, stop, step = key.indices(size)
        if step == 1:
            count = max(stop - start, 0)
            added = items[start : start + len(items) - size + count]
            member("splice", self, start, count, member("list", *added))
        else:
            member("setSlice", self, start, step, member("list", *items[key]))

    def _delete_slice(self, key: slice) -> None:
        indices = range(*key.indices(len(self)))
        if indices.step < 0:
            indices = indices[::-1]
        member("deleteSlice", self, indices.start, indices.step, len(indices))


class JsMap(core.IterableByKey, JsIterable, core.Sized, core.Get):
    """An iterable object with a method ``get`` and a size."""

    __slots__ = ()
    keys = Mapping.keys
    values = Mapping.values
    items = Mapping.items

    def get(self, key: "Any", default: "Any" = None, /) -> "Any":
        """The value of a key, or the default."""
        try:
            return self[key]
        except KeyError:
            return default


class JsMutableMap(JsMap, core.Set):
    """A Map, or another JsMap with methods ``set`` and ``delete``."""

    __slots__ = ()
    pop = MutableMapping.pop
    popitem = MutableMapping.popitem
    setdefault = MutableMapping.setdefault
    update = MutableMapping.update

    def clear(self) -> None:
        """Remove all keys."""
        if not member("clear", self):
            MutableMapping.clear(self)  # type: ignore[arg-type]


class _ObjectMap(JsMutableMap):
    """A view of an object's own properties as a map."""

    __slots__ = ()

    def __iter__(self) -> "Iterator[str]":
        return iter(member("keys", self))

    def __len__(self) -> int:
        return len(member("keys", self))

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and member("hasOwn", self, key)

    def __getitem__(self, key: str) -> "Any":
        if key not in self:
            raise KeyError(key)
        return self._wrap(member("item", self, key))

    def __setitem__(self, key: str, value: "Any") -> None:
        if not isinstance(key, str):
            raise TypeError("Can only assign keys of type string to JavaScript object map")
        member("set", self, key, value)

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        member("delete", self, key)

    def clear(self) -> None:
        MutableMapping.clear(self)  # type: ignore[arg-type]

    def _wrap(self, value: "Any") -> "Any":
        return value


class _HereditaryMap(_ObjectMap):
    __slots__ = ()

    def _wrap(self, value: "Any") -> "Any":
        is_plain = isinstance(value, JsProxy) and hasattr(value, "as_object_map")
        return view(value, _HereditaryMap) if is_plain else value


class _JsonDict(_ObjectMap):
    __slots__ = ()

    def _wrap(self, value: "Any") -> "Any":
        return _as_json(value)


class _JsonIterator(JsIterator):
    __slots__ = ()

    def __next__(self) -> "Any":
        return _as_json(super().__next__())


class _JsonList(_List):
    __slots__ = ()

    def __getitem__(self, key: "Any") -> "Any":
        return _as_json(super().__getitem__(key))

    def __iter__(self) -> "Iterator[Any]":
        return view(super().__iter__(), _JsonIterator)


def _as_json(value: "Any") -> "Any":
    if isinstance(value, JsArray) and not isinstance(value, JsTypedArray):
        return view(value, _JsonList)
    is_plain = isinstance(value, JsProxy) and hasattr(value, "as_object_map")
    return view(value, _JsonDict) if is_plain else value


class JsBuffer(_NoMap, JsProxy):
    """An ArrayBuffer, a typed array or a DataView."""

    __slots__ = ()

    def assign(self, rhs: "Any") -> None:
        """Copy a Python buffer of the same size into this one.

        Raises:
            ValueError: The sizes, or the sizes of the items, differ.
        """
        source = self._check(
            rhs, "cannot assign to TypedArray of length {} from buffer of length {}"
        )
        member("assign", self, source)

    def assign_to(self, to: "Any") -> None:
        """Copy this buffer into a Python buffer of the same size.

        Raises:
            ValueError: The sizes, or the sizes of the items, differ.
        """
        target = self._check(
            to, "cannot assign from TypedArray of length {} to buffer of length {}"
        )
        if target.readonly:
            raise BufferError("the buffer is read-only")
        member("assignTo", self, target)

    def to_memoryview(self) -> memoryview:
        """A copy of the contents, with items of the same type."""
        return member("memoryview", self)

    def to_bytes(self) -> bytes:
        """A copy of the contents."""
        return member("bytes", self)

    def to_string(self, encoding: str | None = None) -> str:
        """Decode the contents with JavaScript's TextDecoder; the default is UTF-8.

        Raises:
            ValueError: The contents are not valid in this encoding.
        """
        return member("decode", self, encoding)

    def to_file(self, file: "Any") -> None:
        """Write the contents to an open file."""
        member("write", self, _descriptor(file), False)

    def from_file(self, file: "Any") -> None:
        """Fill the buffer from an open file."""
        member("read", self, _descriptor(file))

    def _into_file(self, file: "Any") -> None:
        """Make the buffer the contents of an open file, if the file system can do this without a
        copy. It must not be used afterwards."""
        member("write", self, _descriptor(file), True)

    def _check(self, buffer: "Any", message: str) -> memoryview:
        data = memoryview(buffer)
        if not data.contiguous:
            raise BufferError("the buffer is not contiguous")
        length = member("byteLength", self)
        if data.nbytes != length:
            raise ValueError(message.format(length, data.nbytes))
        if member("itemsize", self) not in (0, data.itemsize):
            raise ValueError("TypedArray and memorybuffer have incompatible formats")
        return data


class JsTypedArray(JsBuffer, _Searchable, core.MutableItems):
    """A typed array."""

    __slots__ = ()

    def _get_slice(self, _key: slice) -> "Never":
        raise NotImplementedError("Slice subscripting isn't implemented for typed arrays")

    def _set_slice(self, _key: slice, _value: object) -> "Never":
        raise NotImplementedError("Slice assignment isn't implemented for typed arrays")

    def _delete_slice(self, _key: slice) -> "Never":
        raise TypeError("object doesn't support item deletion")


class JsDoubleProxy(_NoMap, JsProxy):
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


class JsOnceCallable(_NoMap, JsCallable):
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
        done = member("callSymbol", self, "asyncDispose")
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
    (0x01000, _List),
    (0x02000, _Concatenable),
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


def make_future(promise: JsProxy) -> "Future[Any]":
    """A future of a promise's value. A Python exception that passed through JavaScript is kept."""
    future = _new_future()

    def fulfilled(value: "Any" = None) -> None:
        if not future.done():
            future.set_result(value)

    def rejected(error: BaseException) -> None:
        if not future.done():
            future.set_exception(error)

    member("settle", promise, fulfilled, rejected)
    return future


def _make_step(promise: "Any", *, closing: bool = False) -> "Future[Any]":
    """A future of the value of an async iterator's next result."""
    if not isinstance(promise, JsPromise):
        hint = ", use next() instead" if hasattr(promise, "done") else ""
        raise TypeError(f"Result of anext() was not a promise{hint}.")
    future = _new_future()

    def fulfilled(result: "Any") -> None:
        if future.done():
            return
        if closing:
            if result.done:
                future.set_result(None)
            else:
                future.set_exception(RuntimeError("JavaScript generator ignored return"))
        elif result.done:
            future.set_exception(StopAsyncIteration(member("take", result)))
        else:
            future.set_result(member("take", result))

    def rejected(error: BaseException) -> None:
        if not future.done():
            future.set_exception(error)

    member("onSettled", promise, fulfilled, rejected)
    return future


def _new_future() -> "Future[Any]":
    import asyncio

    return asyncio.get_event_loop().create_future()


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


def _descriptor(file: "Any") -> int:
    """The descriptor of a file, at the file's position."""
    import os

    file.flush()
    descriptor = file.fileno()
    if file.seekable():
        os.lseek(descriptor, file.tell(), os.SEEK_SET)
    return descriptor


def _reduce_error(self: "Any") -> "tuple[Any, ...]":
    """The module pickle keeps name, message and stack of a JsException."""
    return type(self), (self.name, self.message, self.stack)


def _attributes(cls: type) -> "dict[str, Any]":
    internal = ("__dict__", "__weakref__", "__module__", "__doc__", "__slots__")
    return {name: value for name, value in vars(cls).items() if name not in internal}


for _array in (JsArray, _Concatenable):
    Sequence.register(_array)
for _array in (_List, JsTypedArray):
    MutableSequence.register(_array)
Mapping.register(JsMap)
MutableMapping.register(JsMutableMap)
core.adopt(JsProxy, _attributes(_Object))
core.adopt(JsCallable, _attributes(_NoMap))
core.adopt(JsException, {**_attributes(_NoMap), "__reduce__": _reduce_error})
ConversionError.__module__ = InternalError.__module__ = "pyodide.ffi"  # where programs find them
_jsimport.install("js", sys.modules["js"])
core.connect(jsnull, JsBigInt, ConversionError, make_type, make_future)
