"""How does a test write a program for a page or for Node as Python that tools can read?

This module gives the source of a function, and of the functions of the same module that the
function calls, to another interpreter. Arguments and result are JSON. Linters, mypy and editors
read the program as part of the test.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType
from typing import Any, Protocol


class Evaluate(Protocol):
    """The fixture ``evaluate`` of the tests of packages."""

    def __call__(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call the function in the interpreter that has the packages, and return its result."""


def source(function: Callable[..., Any], *arguments: Any) -> tuple[str, str]:
    """Return the definitions that a call of the function needs, and the call.

    The call is an expression; its value is the result as JSON.

    Raises:
        ValueError: the function uses a variable of the test around it: pass it as an argument.
    """
    if not isinstance(function, FunctionType):
        raise ValueError(f"{function!r} is not defined by a 'def' in a test module")
    if function.__code__.co_freevars:
        names = ", ".join(function.__code__.co_freevars)
        raise ValueError(f"{function.__name__} uses {names} of its test: pass it as an argument")
    # As in the test module, annotations are not evaluated. ``if True:`` permits any indentation.
    lines = ["from __future__ import annotations", "import json"]
    for part in [*_helpers(function), function]:
        text = inspect.getsource(part)
        lines.append(f"if True:\n{text}" if text[0].isspace() else text)
    call = f"{function.__name__}(*json.loads({json.dumps(arguments)!r}))"
    return "\n".join(lines), f"json.dumps({call})"


def _helpers(function: FunctionType) -> list[FunctionType]:
    """The functions of the same module that a function calls, directly or indirectly."""
    found: dict[str, FunctionType] = {}
    waiting = [function]
    while waiting:
        for name in _names(waiting.pop().__code__):
            helper = function.__globals__.get(name)
            if (
                isinstance(helper, FunctionType)
                and helper.__module__ == function.__module__
                and name not in found
            ):
                found[name] = helper
                waiting.append(helper)
    return list(found.values())


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
