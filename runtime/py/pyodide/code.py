"""How does Python code run a string of Python or JavaScript, or call a function with too many
arguments?"""

from pyodide._code import CodeRunner, eval_code, eval_code_async, find_imports, should_quiet

TYPE_CHECKING = False  # importing typing takes as long as all the rest
if TYPE_CHECKING:
    from collections.abc import Callable
    from inspect import Signature
    from typing import Any

__all__ = [
    "CodeRunner",
    "eval_code",
    "eval_code_async",
    "find_imports",
    "relaxed_call",
    "relaxed_wrap",
    "run_js",
    "should_quiet",
]


def run_js(code: str, /) -> "Any":
    """Run JavaScript code with ``eval``, in the global scope.

    Returns:
        The value of its last expression, converted.

    Raises:
        TypeError: The code is not a string.
        JsException: What the code throws; an EvalError if the page forbids ``eval``.
    """
    import js
    from _pyodide_core import JsException

    if not isinstance(code, str):
        raise TypeError(f"argument should have type 'string' not type '{type(code).__name__}'")
    try:
        return js.eval(code)
    except JsException as error:
        if getattr(error.js_error, "name", "") == "EvalError":
            error.add_note(
                "run_js needs JavaScript's eval. The page's Content-Security-Policy has to allow "
                "'unsafe-eval', or the code has to be in a script of the page."
            )
        raise


def relaxed_wrap[Result](func: "Callable[..., Result]") -> "Callable[..., Result]":
    """Make a function that ignores arguments which ``func`` does not take.

    Raises:
        TypeError: Python does not know the parameters of ``func``.
    """
    from functools import wraps

    signature = _signature(func)
    if signature is None:
        raise TypeError(f"Cannot wrap function: Python does not know the parameters of {func!r}")

    @wraps(func)
    def wrapper(*args: object, **kwargs: object) -> Result:
        return _call(func, signature, args, kwargs)

    return wrapper


def relaxed_call[Result](
    func: "Callable[..., Result]", /, *args: object, **kwargs: object
) -> Result:
    """Call a function without the arguments that it does not take.

    Raises:
        TypeError: An argument is missing, or is given twice.
        BaseException: What the function raises.
    """
    signature = _signature(func)
    if signature is None:
        return func(*args, **kwargs)
    return _call(func, signature, args, kwargs)


def _signature(func: "Callable[..., Any]") -> "Signature | None":
    import inspect

    try:
        return inspect.signature(func)
    except (TypeError, ValueError):  # many builtins
        return None


def _call[Result](
    func: "Callable[..., Result]",
    signature: "Signature",
    args: tuple[object, ...],
    kwargs: dict[str, object],
) -> Result:
    parameters = signature.parameters.values()
    kinds = [parameter.kind for parameter in parameters]
    if all(kind != kind.VAR_POSITIONAL for kind in kinds):
        count = sum(kind in (kind.POSITIONAL_ONLY, kind.POSITIONAL_OR_KEYWORD) for kind in kinds)
        args = args[:count]
    if all(kind != kind.VAR_KEYWORD for kind in kinds):
        names = {
            parameter.name for parameter in parameters if parameter.kind != kinds[0].POSITIONAL_ONLY
        }
        kwargs = {name: value for name, value in kwargs.items() if name in names}
    bound = signature.bind(*args, **kwargs)
    return func(*bound.args, **bound.kwargs)
