"""How do JavaScript's iterable objects, arrays, maps and buffers behave in Python?"""

from _collections_abc import Mapping, MutableMapping, MutableSequence, Sequence

import _pyodide_core as core
from _pyodide_core import JsProxy, member, view

from pyodide._jsvalues import JsNull

TYPE_CHECKING = False  # importing typing takes as long as all the rest
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, Never, Self

if not core.today:  # programs for both APIs try to import pyodide.ffi
    raise ImportError(
        "pyodide.ffi needs the API of Pyodide 314: start Python with loadPyodide()",
        name="pyodide.ffi",
    )


class Absent:
    """A member of a base class that objects with these features do not have."""

    def __get__(self, instance: object, owner: type) -> "Never":
        raise AttributeError


class NoMap:
    """Members of a JsProxy that is no plain object."""

    __slots__ = ()
    as_object_map = Absent()
    as_py_json = Absent()


class JsIterable(core.Iterable):
    """An object with ``Symbol.iterator``."""

    __slots__ = ()


class JsArray(JsIterable, core.Sized, core.Items):
    """An Array, a typed array, or another iterable object with a length, such as a NodeList."""

    __slots__ = ()
    as_object_map = Absent()

    def __reversed__(self) -> "Iterator[Any]":
        return member("reversed", self)

    def _get_slice(self, key: slice) -> "JsArray":
        indices = range(*key.indices(len(self)))
        return member("slice", self, indices.start, indices.step, len(indices))


class JsSequence(JsArray):
    """An array that can grow, or at least a copy of it."""

    __slots__ = ()

    def __add__(self, other: "Iterable[Any]") -> "JsArray":
        array: JsList = member("copy", self)
        array.extend(other)
        return array

    def __mul__(self, count: int) -> "JsArray":
        return member("repeat", self, count)

    __rmul__ = __mul__


class Searchable(JsArray):
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


class JsList(Searchable, JsSequence, core.MutableItems):
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
    popitem = MutableMapping.popitem
    setdefault = MutableMapping.setdefault
    update = MutableMapping.update

    def pop(self, key: "Any", *default: "Any") -> "Any":
        """Remove a key and return its value, or the default if there is no such key."""
        try:
            value = self[key]
        except KeyError:
            if not default:
                raise
            return default[0]
        del self[key]
        return value

    def clear(self) -> None:
        """Remove all keys."""
        if not member("clear", self):
            MutableMapping.clear(self)


class ObjectMap(JsMutableMap):
    """A view of an object's own properties as a map."""

    __slots__ = ()

    def __iter__(self) -> "Iterator[str]":
        return iter(member("keys", self))

    def __len__(self) -> int:
        return len(member("keys", self))

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and member("hasOwn", self, key)

    def __getitem__(self, key: object) -> "Any":
        if key not in self:
            raise KeyError(key)
        return self._wrap(member("item", self, key))

    def __setitem__(self, key: object, value: "Any") -> None:
        if not isinstance(key, str):
            raise TypeError("Can only assign keys of type string to JavaScript object map")
        member("set", self, key, value)

    def __delitem__(self, key: object) -> None:
        if key not in self:
            raise KeyError(key)
        member("delete", self, key)

    def clear(self) -> None:
        MutableMapping.clear(self)  # type: ignore[arg-type]

    def _wrap(self, value: "Any") -> "Any":
        return value


class ObjectTree(ObjectMap):
    __slots__ = ()

    def _wrap(self, value: "Any") -> "Any":
        is_plain = isinstance(value, JsProxy) and hasattr(value, "as_object_map")
        return view(value, ObjectTree) if is_plain else value


class JsonDict(ObjectMap):
    __slots__ = ()

    def _wrap(self, value: "Any") -> "Any":
        return as_json(value)


class JsonIterator(NoMap, core.Iterator):
    __slots__ = ()

    def __next__(self) -> "Any":
        return as_json(super().__next__())


class JsonList(JsList):
    __slots__ = ()

    def __getitem__(self, key: "Any") -> "Any":
        return as_json(super().__getitem__(key))

    def __iter__(self) -> "Iterator[Any]":
        return view(super().__iter__(), JsonIterator)  # type: ignore[arg-type]


def as_json(value: "Any") -> "Any":
    if isinstance(value, JsArray) and not isinstance(value, JsTypedArray):
        return view(value, JsonList)
    is_plain = isinstance(value, JsProxy) and hasattr(value, "as_object_map")
    return view(value, JsonDict) if is_plain else value


class JsBuffer(NoMap, JsProxy):
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
        length: int = member("byteLength", self)
        if data.nbytes != length:
            raise ValueError(message.format(length, data.nbytes))
        if member("itemsize", self) not in (0, data.itemsize):
            raise ValueError("TypedArray and memorybuffer have incompatible formats")
        return data


class JsTypedArray(JsBuffer, Searchable, core.MutableItems):
    """A typed array."""

    __slots__ = ()

    def _get_slice(self, _key: slice) -> "Never":
        raise NotImplementedError("Slice subscripting isn't implemented for typed arrays")

    def _set_slice(self, _key: slice, _value: object) -> "Never":
        raise NotImplementedError("Slice assignment isn't implemented for typed arrays")

    def _delete_slice(self, _key: slice) -> "Never":
        raise TypeError("object doesn't support item deletion")


def _descriptor(file: "Any") -> int:
    """The descriptor of a file, at the file's position."""
    import os

    file.flush()
    descriptor = file.fileno()
    if file.seekable():
        os.lseek(descriptor, file.tell(), os.SEEK_SET)
    return descriptor  # type: ignore[no-any-return]


for _array in (JsArray, JsSequence):
    Sequence.register(_array)
for _array in (JsList, JsTypedArray):
    MutableSequence.register(_array)
Mapping.register(JsMap)
MutableMapping.register(JsMutableMap)
