"""Which Python objects are the primitive values and the errors of the bridge to JavaScript?"""

TYPE_CHECKING = False  # importing typing takes as long as all the rest
if TYPE_CHECKING:
    from typing import Any


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


for _class in (ConversionError, InternalError, JsNull, JsBigInt):
    _class.__module__ = "pyodide.ffi"  # where programs find them
