"""How does a program have an interactive console? It pushes lines, and shows what comes out."""

import __future__

import _ast
import asyncio
import codeop
import platform
import sys
import traceback
from contextlib import ExitStack, contextmanager

from pyodide._code import CodeRunner
from pyodide._text_streams import ReadStream as _ReadStream
from pyodide._text_streams import WriteStream as _WriteStream
from pyodide._traceback import remember
from pyodide.webloop import PyodideFuture

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType
    from typing import Any, Literal

    from pyodide._code import ReturnMode

    type Status = Literal["incomplete", "syntax-error", "complete"]

__all__ = ["BANNER", "Console", "ConsoleFuture", "PyodideConsole", "repr_shorten", "shorten"]

_INCOMPLETE = codeop.PyCF_DONT_IMPLY_DEDENT | codeop.PyCF_ALLOW_INCOMPLETE_INPUT  # type: ignore[attr-defined]
_FEATURES = [getattr(__future__, name) for name in __future__.all_feature_names]

BANNER = (
    f"Python {platform.python_version()} ({', '.join(platform.python_build())}) "
    "on WebAssembly/Emscripten\n"
    'Type "help", "copyright", "credits" or "license" for more information.'
)


class ConsoleFuture(PyodideFuture["Any"]):
    """The result of a pushed line.

    Attributes:
        syntax_check: "complete": the code runs, or it has run. "incomplete": the code needs more
            lines; the result is None. "syntax-error": the exception is the error.
        formatted_error: The text of the exception, if the code has raised one; otherwise None.
    """

    def __init__(self, syntax_check: "Status") -> None:
        super().__init__()
        self.syntax_check: Status = syntax_check
        self.formatted_error: str | None = None

    def fail(self, error: BaseException, formatted_error: str) -> None:
        """End with an exception and its text."""
        self.formatted_error = formatted_error
        self.set_exception(error)


class _Compile(codeop.Compile):
    """Compiles statements to a CodeRunner, and keeps what ``from __future__`` imports."""

    def __init__(
        self,
        *,
        return_mode: "ReturnMode" = "last_expr",
        quiet_trailing_semicolon: bool = True,
        flags: int = 0,
        dont_inherit: bool = False,
        optimize: int = -1,
    ) -> None:
        super().__init__()
        self.flags |= flags
        self._options: Any = {
            "return_mode": return_mode,
            "quiet_trailing_semicolon": quiet_trailing_semicolon,
            "dont_inherit": dont_inherit,
            "optimize": optimize,
        }

    def __call__(  # type: ignore[override]
        self,
        source: str,
        filename: str,
        symbol: str,
        *,
        incomplete_input: bool = True,
        flags: int = 0,
    ) -> CodeRunner:
        flags |= self.flags
        if not incomplete_input:
            flags &= ~_INCOMPLETE
        runner = CodeRunner(source, mode=symbol, filename=filename, flags=flags, **self._options)
        runner.compile()
        assert runner.code is not None
        for feature in _FEATURES:
            self.flags |= runner.code.co_flags & feature.compiler_flag
        return runner


class _CommandCompiler(codeop.CommandCompiler):
    """Compiles statements to a CodeRunner, or to None if they are incomplete."""

    def __init__(self, **options: "Any") -> None:
        self.compiler = _Compile(**options)


class Console:
    """An interactive console. Statements may use ``await``; they run one after the other.

    Args:
        globals: The global variables; a new dict if not given.
        stdin_callback: Called for each read of ``sys.stdin`` with the number of characters that are
            wanted, -1 for any number. Returns them.
        stdout_callback: Called with each text that is written to ``sys.stdout``.
        stderr_callback: Called with each text that is written to ``sys.stderr``.
        persistent_stream_redirection: Whether the callbacks take the streams at once, and not just
            while statements run.
        filename: The name of the statements in tracebacks.
        dont_inherit: As for the built-in function ``compile``.
        optimize: As for ``compile``.

    Attributes:
        globals: The global variables.
        buffer: The lines of an incomplete statement.
        completer_word_break_characters: The characters that end a word for ``complete``.
    """

    def __init__(
        self,
        globals: "dict[str, Any] | None" = None,
        *,
        stdin_callback: "Callable[[int], str] | None" = None,
        stdout_callback: "Callable[[str], int | None] | None" = None,
        stderr_callback: "Callable[[str], int | None] | None" = None,
        persistent_stream_redirection: bool = False,
        filename: str = "<console>",
        dont_inherit: bool = False,
        optimize: int = -1,
    ) -> None:
        self.globals: dict[str, Any] = (
            {"__name__": "__console__", "__doc__": None} if globals is None else globals
        )
        self.stdin_callback = stdin_callback
        self.stdout_callback = stdout_callback
        self.stderr_callback = stderr_callback
        self.filename = filename
        self.buffer: list[str] = []
        # All but letters, digits, "_" and "."; GNU readline has these in Python, too.
        self.completer_word_break_characters = " \t\n`~!@#$%^&*()-=+[{]}\\|;:'\",<>/?"
        self._command: Any = _CommandCompiler(
            flags=_ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=dont_inherit, optimize=optimize
        )
        self._lock = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()  # asyncio itself does not keep them
        self._is_redirected = False
        self._redirection = ExitStack()
        if persistent_stream_redirection:
            self.persistent_redirect_streams()

    def persistent_redirect_streams(self) -> None:
        """Let the callbacks take the standard streams."""
        self._redirection.enter_context(self.redirect_streams())

    def persistent_restore_streams(self) -> None:
        """End ``persistent_redirect_streams``."""
        self._redirection.close()

    @contextmanager
    def redirect_streams(self) -> "Iterator[None]":
        """Let the callbacks have the standard streams in a ``with`` statement."""
        if self._is_redirected:
            yield
            return
        redirections: list[tuple[str, Callable[[Any], Any] | None, type]] = [
            ("stdin", self.stdin_callback, _ReadStream),
            ("stdout", self.stdout_callback, _WriteStream),
            ("stderr", self.stderr_callback, _WriteStream),
        ]
        with ExitStack() as stack:
            for name, callback, stream_type in redirections:
                if callback is not None:
                    stream = getattr(sys, name)
                    stack.callback(setattr, sys, name, stream)
                    stream_name = getattr(stream, "name", f"<{name}>")
                    setattr(sys, name, stream_type(callback, stream_name))
            self._is_redirected = True
            stack.callback(setattr, self, "_is_redirected", False)
            yield

    def push(self, line: str) -> ConsoleFuture:
        """Run a line, together with the incomplete statement before it.

        Args:
            line: The line, or several; without a newline at the end.
        """
        self.buffer.append(line)
        future = self.runsource("\n".join(self.buffer), self.filename)
        if future.syntax_check != "incomplete":
            self.buffer.clear()
        return future

    def runsource(self, source: str, filename: str = "<console>") -> ConsoleFuture:
        """Run statements, after those that run already."""
        try:
            code = self._command(source, filename, "single")
        except (OverflowError, SyntaxError, ValueError) as error:
            future = ConsoleFuture("syntax-error")
            future.fail(error.with_traceback(None), self.formatsyntaxerror(error))
            future.exception()  # who shows the text does not wait for the future
            return future
        future = ConsoleFuture("incomplete" if code is None else "complete")
        if code is None:
            future.set_result(None)
        else:
            task = asyncio.ensure_future(self._run(future, source, code))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return future

    async def _run(self, future: ConsoleFuture, source: str, code: CodeRunner) -> None:
        try:
            async with self._lock:
                result = await self.runcode(source, code)
        except asyncio.CancelledError:
            future.cancel()
        except BaseException as error:
            text = self.formattraceback(error)
            if not future.done():
                future.fail(error, text)
        else:
            if not future.done():
                future.set_result(result)

    async def runcode(self, source: str, code: CodeRunner) -> "Any":
        """Run compiled statements. A subclass may do more, such as load packages.

        Returns:
            The value of the last statement, if that is an expression.
        """
        with self.redirect_streams():
            try:
                return await code.run_async(self.globals)
            finally:
                sys.stdout.flush()
                sys.stderr.flush()

    def formatsyntaxerror(self, e: Exception) -> str:
        """The text of an error in the statements; it becomes ``sys.last_exc``."""
        remember(e)
        sys.last_traceback = None
        return "".join(traceback.format_exception_only(e))

    def formattraceback(self, e: BaseException) -> str:
        """The text of an exception of the statements; it becomes ``sys.last_exc``."""
        remember(e)
        frames = e.__traceback__
        for _ in range(_count(frames) - self.num_frames_to_keep(frames)):
            frames = frames and frames.tb_next
        return "".join(traceback.format_exception(type(e), e, frames))

    def num_frames_to_keep(self, tb: "TracebackType | None") -> int:
        """The number of frames of a traceback from the first one on that belongs to statements; all
        if there is none."""
        frames = tb
        while frames is not None:
            if frames.tb_frame.f_code.co_filename in (self.filename, "<exec>"):
                return _count(frames)
            frames = frames.tb_next
        return _count(tb)

    def complete(self, source: str) -> tuple[list[str], int]:
        """Find candidates for the last word of the source.

        Returns:
            The candidates, and the offset of the word in the source.
        """
        import rlcompleter

        completer = rlcompleter.Completer(self.globals)
        start = max(map(source.rfind, self.completer_word_break_characters)) + 1
        word = source[start:]
        find = completer.attr_matches if "." in word else completer.global_matches
        return find(word), start


class PyodideConsole(Console):
    """A console that loads the packages that statements import before it runs them."""

    async def runcode(self, source: str, code: CodeRunner) -> "Any":
        from pyodide_js import loadPackagesFromImports

        await loadPackagesFromImports(source)
        return await super().runcode(source, code)


def _count(frames: "TracebackType | None") -> int:
    return sum(1 for _ in traceback.walk_tb(frames))


def shorten(text: str, limit: int = 1000, split: int | None = None, separator: str = "...") -> str:
    """Leave out the middle of a text.

    Args:
        text: The text.
        limit: The longest text that stays as it is, in characters.
        split: The number of characters at the beginning and at the end that stay, at most half of
            the text; half of the limit if not given.
        separator: What stands in the middle.

    Raises:
        ValueError: The limit is less than 2.
    """
    if limit < 2:
        raise ValueError(f"the limit is {limit}, and has to be 2 or more")
    if len(text) <= limit:
        return text
    split = min(limit // 2 if split is None else split, len(text) // 2)
    return f"{text[:split]}{separator}{text[len(text) - split :]}"


def repr_shorten(
    value: object, limit: int = 1000, split: int | None = None, separator: str = "..."
) -> str:
    """``shorten`` of the value's ``repr``.

    Raises:
        ValueError: The limit is less than 4.
    """
    if limit < 4:
        raise ValueError(f"the limit is {limit}, and has to be 4 or more")
    return shorten(repr(value), limit, split, separator)
