"""How does the runtime run a string of Python code and find its imports?"""

import _ast  # the module ast imports a good part of the standard library; this one is built in

TYPE_CHECKING = False  # importing typing takes as long as all the rest
if TYPE_CHECKING:
    from typing import Any

FILENAME = "<exec>"
CO_COROUTINE = 0x80  # as in inspect


def eval_code(code: str, ns: "dict[str, Any]") -> "Any":
    """Run Python code.

    Args:
        code: The code; it may be indented as a whole.
        ns: The namespace to run it in.

    Returns:
        The value of the last statement if that is an expression and the code does not end with a
        semicolon, otherwise None.

    Raises:
        SyntaxError: The code is not valid.
        BaseException: What the code raises.
    """
    statements, value = _parts(code)
    if statements is not None:
        exec(compile(statements, FILENAME, "exec"), ns)
    return None if value is None else eval(compile(value, FILENAME, "eval"), ns)


async def eval_code_async(code: str, ns: "dict[str, Any]") -> "Any":
    """Run Python code that may use ``await`` outside functions; otherwise like ``eval_code``."""
    statements, value = _parts(code)
    result = None
    for part, mode in ((statements, "exec"), (value, "eval")):
        if part is not None:
            compiled = compile(part, FILENAME, mode, _ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            result = eval(compiled, ns)
            if compiled.co_flags & CO_COROUTINE:
                result = await result
    return result


def awaits(code: str) -> bool:
    """Whether code uses ``await`` outside functions."""
    module = compile(_dedent(code), FILENAME, "exec", _ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    return bool(module.co_flags & CO_COROUTINE)


def _parts(code: str) -> "tuple[_ast.Module | None, _ast.Expression | None]":
    """The statements of code, and the expression at its end whose value is the result."""
    flags = _ast.PyCF_ONLY_AST | _ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    module = compile(_dedent(code), FILENAME, "exec", flags)
    value = None
    if module.body and isinstance(module.body[-1], _ast.Expr) and not code.rstrip().endswith(";"):
        value = _ast.Expression(module.body.pop().value)
    return (module if module.body else None), value


def find_imports(code: str) -> list[str]:
    """Find the top-level names of the modules that code imports, at any place in it.

    Returns:
        The names, sorted, each once.

    Raises:
        SyntaxError: The code is not valid.
    """
    import ast

    names: set[str] = set()
    for node in ast.walk(ast.parse(_dedent(code))):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
            names.add(node.module.partition(".")[0])
    return sorted(names)


def get_completions(
    code: str,
    cursor: int | None = None,
    namespaces: "list[dict[str, Any]] | None" = None,
) -> list[str]:
    """Find the names that complete the code at the cursor. The package ``jedi`` must be loaded.

    Args:
        code: The code to complete.
        cursor: Offset in the code, in characters; its end if not given.
        namespaces: Further namespaces with names; the global namespace if not given.

    Returns:
        Whole names, in the order of jedi: public ones first.

    Raises:
        ModuleNotFoundError: jedi is not loaded.
        ValueError: The cursor is outside the code.
    """
    try:
        import jedi
    except ModuleNotFoundError as error:
        if error.name != "jedi":
            raise
        message = "get_completions needs jedi: load it with pyodide.loadPackage('jedi')"
        raise ModuleNotFoundError(message, name="jedi") from None

    if cursor is None:
        cursor = len(code)
    if not 0 <= cursor <= len(code):
        raise ValueError(f"the cursor is at {cursor}, and the code has {len(code)} characters")
    if namespaces is None:
        import __main__

        namespaces = [__main__.__dict__]
    interpreter = jedi.Interpreter(code[:cursor], namespaces)
    return [completion.name for completion in interpreter.complete()]


def _dedent(code: str) -> str:
    """Remove the common indentation, which code in JavaScript's template literals has."""
    if code.lstrip("\r\n")[:1] not in (" ", "\t"):
        return code
    import textwrap

    return textwrap.dedent(code)
