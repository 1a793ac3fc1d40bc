"""Does parsed JSON have the form of a ``TypedDict``?

This module checks the content of files from disks and networks before the values are used, so that
a damaged file is one error that names the wrong value.
"""

from __future__ import annotations

import functools
import re
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, NotRequired, TypeVar, Union

_T = TypeVar("_T")


@dataclass(frozen=True)
class Matching:
    """Restricts a string to those in which ``pattern`` is found (as in JSON Schema)."""

    pattern: str
    what: str


@dataclass(frozen=True)
class AtLeast:
    """Restricts a number to those of at least ``minimum``."""

    minimum: int


Count = Annotated[int, AtLeast(0)]
Digest = Annotated[str, Matching("^[0-9a-f]{64}$", "a sha256")]

_NAMES = {str: "a string", int: "a whole number", float: "a number", type(None): "null"}


def checked(value: Any, form: type[_T], name: str) -> _T:
    """The value, as of the type ``form``.

    Args:
        value: parsed JSON.
        form: a ``TypedDict``; its types are ``str``, ``int``, ``None``, lists, dicts with strings
            as keys, unions, ``TypedDict`` and ``Annotated`` with ``Matching`` or ``AtLeast``.
            Other keys than those of the ``TypedDict`` are ignored: they may be of a later version.
        name: of the value, for the message.

    Raises:
        ValueError: the value has another form; the message has the place of the wrong part, in
            which ``$`` is ``value`` (RFC 9535).
    """
    fault = _fault(value, form)
    if fault is not None:
        raise ValueError(f"{name}: ${fault}")
    return typing.cast(_T, value)


def _fault(value: Any, form: Any) -> str | None:
    """Where and what is wrong, as in ``.size is not a whole number``; None for nothing."""
    if form is Any:
        return None
    if typing.is_typeddict(form):
        return _fault_of_keys(value, form)
    origin = typing.get_origin(form)
    if origin is Annotated:
        return _fault_of_restricted(value, form)
    if origin in {Union, types.UnionType}:
        faults = [_fault(value, each) for each in typing.get_args(form)]
        return None if None in faults else faults[0]
    if origin in {list, dict}:
        return _fault_of_items(value, origin, typing.get_args(form))
    accepted = type(value) is form or (form is float and type(value) is int)
    return None if accepted else f" is not {_NAMES[form]}"  # True is no number in JSON


def _fault_of_items(value: Any, container: Any, forms: tuple[Any, ...]) -> str | None:
    if not isinstance(value, container):
        return " is not a list" if container is list else " is not an object"
    if container is list:
        return _first((f"[{index}]", _fault(item, forms[0])) for index, item in enumerate(value))
    return _first(
        (f"[{key!r}]", _fault(key, forms[0]) or _fault(item, forms[1]))
        for key, item in value.items()
    )


def _first(faults: typing.Iterable[tuple[str, str | None]]) -> str | None:
    return next((f"{place}{fault}" for place, fault in faults if fault is not None), None)


def _fault_of_keys(value: Any, form: Any) -> str | None:
    if not isinstance(value, dict):
        return " is not an object"
    for key, (each, is_required) in _keys(form).items():
        if key not in value:
            if is_required:
                return f".{key} is missing"
            continue
        fault = _fault(value[key], each)
        if fault is not None:
            return f".{key}{fault}"
    return None


@functools.cache
def _keys(form: Any) -> Mapping[str, tuple[Any, bool]]:
    """The keys of a ``TypedDict``: type, and whether the key is required."""
    keys = {}
    for key, hint in typing.get_type_hints(form, include_extras=True).items():
        is_required = typing.get_origin(hint) is not NotRequired
        keys[key] = (hint if is_required else typing.get_args(hint)[0], is_required)
    return keys


def _fault_of_restricted(value: Any, form: Any) -> str | None:
    base, *restrictions = typing.get_args(form)
    fault = _fault(value, base)
    if fault is not None:
        return fault
    for restriction in restrictions:
        if isinstance(restriction, Matching) and not re.search(restriction.pattern, value):
            return f" is not {restriction.what}"
        if isinstance(restriction, AtLeast) and value < restriction.minimum:
            return f" is less than {restriction.minimum}"
    return None
