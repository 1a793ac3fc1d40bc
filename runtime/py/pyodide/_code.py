"""How does the runtime run a string of Python code and find its imports?

``pyodide.code`` has the public names; ``_api16`` has those of Pyodide 0.16.
"""

import _ast  # the module ast imports a good part of the standard library; this one is built in

TYPE_CHECKING = False  # importing typing takes as long as all the rest
if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from types import CodeType
    from typing import Any, Literal, Self, TypedDict, Unpack

    type ReturnMode = Literal["last_expr", "last_expr_or_assign", "none"]
    type Namespace = dict[str, Any]
    type Locals = MutableMapping[str, Any]

    class CodeOptions(TypedDict, total=False):
        """Options of CodeRunner that eval_code has, too."""

        return_mode: ReturnMode
        quiet_trailing_semicolon: bool
        filename: str
        flags: int
        dont_inherit: bool
        optimize: int
        dedent: bool


FILENAME = "<exec>"
CO_COROUTINE = 0x80  # as in inspect
_RESULT = "<result>"  # the variable that holds the value of the last statement; no program has it


class CodeRunner:
    """Compiles a program, and runs it as often as wanted.

    A program between the steps may change ``ast`` and ``code``.

    Args:
        source: The program.
        return_mode: What a run returns: the value of the last statement if that is an expression
            ("last_expr"), also if it assigns to a variable ("last_expr_or_assign"), or None
            ("none").
        mode: The mode of the built-in function ``compile``.
        quiet_trailing_semicolon: Whether a run returns None if the program ends with a semicolon.
        filename: The program's name in tracebacks. They show its lines if the name does not have
            the form ``<name>``.
        flags: As for ``compile``. ``ast.PyCF_ALLOW_TOP_LEVEL_AWAIT`` is needed for ``run_async``.
        dont_inherit: As for ``compile``.
        optimize: As for ``compile``.
        dedent: Whether the program may be indented as a whole.

    Attributes:
        ast: The syntax tree, which ``compile`` compiles.
        code: The compiled code, which a run executes; None before ``compile``.

    Raises:
        SyntaxError: The source is not valid.
        ValueError: There is no such return mode.
    """

    ast: "_ast.Module | _ast.Expression | _ast.Interactive"
    code: "CodeType | None"

    def __init__(
        self,
        source: str,
        *,
        return_mode: "ReturnMode" = "last_expr",
        mode: str = "exec",
        quiet_trailing_semicolon: bool = True,
        filename: str = FILENAME,
        flags: int = 0,
        dont_inherit: bool = False,
        optimize: int = -1,
        dedent: bool = True,
    ) -> None:
        if return_mode not in ("last_expr", "last_expr_or_assign", "none"):
            raise ValueError(
                f"return_mode is {return_mode!r}, and not 'last_expr', 'last_expr_or_assign' or "
                "'none'"
            )
        self._source = source = dedented(source) if dedent else source
        self._filename = filename
        self._mode = mode
        self._options = (flags, dont_inherit, optimize)
        self._has_result = False
        self.ast = compile(
            source, filename, mode, flags | _ast.PyCF_ONLY_AST, dont_inherit, optimize
        )
        quiet = return_mode == "none" or (quiet_trailing_semicolon and should_quiet(source))
        self._return_mode = "none" if quiet else return_mode
        self.code = None

    def compile(self) -> "Self":
        """Compile ``ast`` to ``code``, once.

        Returns:
            The runner itself.

        Raises:
            RuntimeError: It is compiled already.
            SyntaxError: The compiler does not accept the tree.
        """
        if self.code is not None:
            raise RuntimeError("the code is compiled already: a CodeRunner compiles once")
        tree, mode = self.ast, self._mode
        value = self._find_value()
        if value is not None:
            # Without other statements, the value needs no variable.
            if len(tree.body) == 1:  # type: ignore[arg-type]
                tree, mode = _ast.Expression(value), "eval"
            else:
                self._has_result = True
                place = _place(value)
                target = _ast.Name(_RESULT, _ast.Store(), **place)
                tree.body[-1] = _ast.Assign([target], value, **place)  # type: ignore[index]
        try:
            self.code = compile(tree, self._filename, mode, *self._options)
        except TypeError:  # a program has put nodes without a position into the tree
            import ast

            tree = ast.fix_missing_locations(tree)
            self.code = compile(tree, self._filename, mode, *self._options)
        return self

    def _find_value(self) -> "_ast.expr | None":
        """The expression in the last statement whose value a run returns. Appends that statement
        where the value is that of an assignment."""
        body = self.ast.body
        if not isinstance(body, list) or not body or self._return_mode == "none":
            return None  # an Expression has its value anyway
        last = body[-1]
        if self._return_mode == "last_expr_or_assign":
            targets = getattr(last, "targets", None) or [getattr(last, "target", None)]
            if (
                isinstance(last, _ast.Assign | _ast.AugAssign | _ast.AnnAssign)
                and isinstance(targets[0], _ast.Name)
                and last.value is not None
            ):
                place = _place(last)
                last = _ast.Expr(_ast.Name(targets[0].id, _ast.Load(), **place), **place)
                body.append(last)
        return last.value if isinstance(last, _ast.Expr) else None

    def run(self, globals: "Namespace | None" = None, locals: "Locals | None" = None) -> "Any":
        """Run the code.

        Args:
            globals: The global variables; a new dict if not given.
            locals: The local variables; the global ones if not given.

        Returns:
            What ``return_mode`` says.

        Raises:
            RuntimeError: The code is not compiled, or it uses ``await`` outside functions.
            BaseException: What the code raises.
        """
        code, variables, names = self._start(globals, locals)
        if code.co_flags & CO_COROUTINE:
            raise RuntimeError("the code uses await outside functions: call run_async")
        return self._take(eval(code, variables, names), names)

    async def run_async(
        self, globals: "Namespace | None" = None, locals: "Locals | None" = None
    ) -> "Any":
        """Run the code, which may use ``await`` outside functions; otherwise like ``run``."""
        code, variables, names = self._start(globals, locals)
        result = eval(code, variables, names)
        return self._take(await result if code.co_flags & CO_COROUTINE else result, names)

    def _start(
        self, globals: "Namespace | None", locals: "Locals | None"
    ) -> "tuple[CodeType, Namespace, Locals]":
        """The code and the variables of a run."""
        if self.code is None:
            raise RuntimeError("the code is not compiled yet: call compile() first")
        filename = self.code.co_filename
        if not (filename.startswith("<") and filename.endswith(">")):
            import linecache

            lines = self._source.splitlines(keepends=True)
            linecache.cache[filename] = (len(self._source), None, lines, filename)
        variables = {} if globals is None else globals
        return self.code, variables, variables if locals is None else locals

    def _take(self, value: "Any", names: "Locals") -> "Any":
        """The result of a run: ``value``, or that of the variable."""
        if self._return_mode == "none":
            return None
        if not self._has_result:
            return value
        value = names[_RESULT]
        del names[_RESULT]
        return value


def _place(node: "_ast.AST") -> "dict[str, Any]":
    """The position of a node in the source."""
    return {name: getattr(node, name) for name in node._attributes if hasattr(node, name)}


def eval_code(
    source: str,
    globals: "Namespace | None" = None,
    locals: "Locals | None" = None,
    **options: "Unpack[CodeOptions]",
) -> "Any":
    """Run a program.

    Args:
        source: The program; it may be indented as a whole.
        globals: The global variables; a new dict if not given.
        locals: The local variables; the global ones if not given.
        options: ``return_mode``, ``quiet_trailing_semicolon``, ``filename``, ``flags``,
            ``dont_inherit``, ``optimize`` and ``dedent``, as for ``CodeRunner``.

    Returns:
        The value of the last statement, if that is an expression and the program does not end with
        a semicolon; otherwise None. Two of the options change that.

    Raises:
        SyntaxError: The program is not valid.
        BaseException: What the program raises.
    """
    return CodeRunner(source, **options).compile().run(globals, locals)


async def eval_code_async(
    source: str,
    globals: "Namespace | None" = None,
    locals: "Locals | None" = None,
    **options: "Unpack[CodeOptions]",
) -> "Any":
    """Run a program that may use ``await`` outside functions; otherwise like ``eval_code``."""
    options["flags"] = options.get("flags", 0) | _ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    return await CodeRunner(source, **options).compile().run_async(globals, locals)


def awaits(code: str) -> bool:
    """Whether code uses ``await`` outside functions."""
    module = compile(dedented(code), FILENAME, "exec", _ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    return bool(module.co_flags & CO_COROUTINE)


def should_quiet(source: str, /) -> bool:
    """Whether the last character of a program is a semicolon, apart from spaces and comments."""
    lines = source.rstrip().rsplit("\n", 1)
    if "#" not in lines[-1]:
        return lines[-1].endswith(";")
    import io
    import tokenize

    skipped = {tokenize.ENDMARKER, tokenize.NEWLINE, tokenize.NL, tokenize.COMMENT}
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    last = next((token for token in reversed(tokens) if token.type not in skipped), None)
    return last is not None and last.string == ";"


def imported_modules(code: str) -> set[str]:
    """The dotted names of the modules that code imports, at any place in it.

    Raises:
        SyntaxError: The code is not valid.
    """
    import ast

    names: set[str] = set()
    for node in ast.walk(ast.parse(dedented(code))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
            names.add(node.module)
    return names


def find_imports(source: str) -> list[str]:
    """Find the modules that a program imports, at any place in it.

    Returns:
        The modules and the packages that contain them, as dotted names, sorted, each once; no names
        if the program is not valid.
    """
    try:
        names = imported_modules(source)
    except SyntaxError:
        return []
    for name in list(names):
        while name := name.rpartition(".")[0]:
            names.add(name)
    return sorted(names)


def dedented(code: str) -> str:
    """Remove the common indentation, which code in JavaScript's template literals has."""
    if code.lstrip("\r\n")[:1] not in (" ", "\t"):
        return code
    import textwrap

    return textwrap.dedent(code)
