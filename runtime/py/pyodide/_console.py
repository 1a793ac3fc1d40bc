"""How does ``console.html`` run statements? ``pyodide.console`` is the console for programs."""

import _ast
import codeop
import os
import sys

import __main__

TYPE_CHECKING = False  # importing typing takes as long as all the rest
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterable
    from types import CodeType
    from typing import Any

_CO_COROUTINE = 0x80  # as in inspect
_RED, _PLAIN = "\x1b[31m", "\x1b[39m"


class Console:
    """Runs statements as the ``>>>`` prompt does; they may use ``await``.

    Args:
        namespace: Where the statements run; the global namespace if not given.

    Attributes:
        exited: Whether a statement has raised ``SystemExit``.
    """

    def __init__(self, namespace: "dict[str, Any] | None" = None) -> None:
        self.namespace = __main__.__dict__ if namespace is None else namespace
        self.exited = False
        self._command = codeop.CommandCompiler()
        # Keeps what `from __future__` imports. It also takes and makes syntax trees.
        self._compile: Any = self._command.compiler
        self._compile.flags |= _ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        self._count = 0
        self._task: asyncio.Task[None] | None = None
        self._interrupted = False
        self._is_running = False  # without a task

    def is_complete(self, source: str) -> bool:
        """Whether the statements are complete. Those with a syntax error are."""
        try:
            return self._command(source, "<input>", "single") is not None
        except (SyntaxError, OverflowError, ValueError):
            return True

    def run(self, source: str) -> "asyncio.Task[None] | None":
        """Run statements.

        ``sys.displayhook`` shows the value of the last one. An exception is shown on stderr.

        Returns:
            None when they are done, or a task if one of them uses ``await``.
        """
        self._count += 1
        try:
            codes = self._compile_statements(source, f"<input-{self._count}>")
        except (SyntaxError, OverflowError, ValueError) as error:
            self._finish(error)
            return None
        if any(code.co_flags & _CO_COROUTINE for code in codes):
            import asyncio

            self._interrupted = False
            self._task = asyncio.ensure_future(self._run_async(codes))
            return self._task
        self._is_running = True
        try:
            for code in codes:
                exec(code, self.namespace)
        except BaseException as error:
            self._finish(error)
        else:
            self._finish()
        finally:
            self._is_running = False
        return None

    def interrupt(self) -> bool:
        """End the statements that wait in an ``await``.

        Returns:
            False if they run, which they also do while their stack is suspended (``run_sync``).
            A signal ends them.
        """
        task = self._task
        coroutine: Any = task.get_coro() if task is not None else None
        if self._is_running or (coroutine is not None and coroutine.cr_running):
            return False
        if task is not None:
            self._interrupted = True
            if coroutine.cr_await is not None:  # else it has not started
                task.cancel()
        return True

    def complete(self, source: str) -> "tuple[int, list[str]]":
        """Find candidates for the end of the source; with jedi if that package is loaded.

        Returns:
            The offset where the replaced part of the source starts, and the candidates.
        """
        from importlib.util import find_spec

        try:
            return self._jedi(source) if find_spec("jedi") else self._rlcompleter(source)
        except Exception:  # of a property, a __getattr__, a __dir__ or jedi
            return len(source), []

    def _compile_statements(self, source: str, filename: str) -> "list[CodeType]":
        import linecache

        # Tracebacks show the lines.
        lines = source.splitlines(keepends=True)
        linecache.cache[filename] = (len(source), None, lines, filename)
        module = self._compile(source, filename, "exec", _ast.PyCF_ONLY_AST)
        codes = [
            self._compile(_ast.Module([statement], []), filename, "exec")
            for statement in module.body[:-1]
        ]
        last = _ast.Interactive(module.body[-1:])
        return [*codes, self._compile(last, filename, "single")]

    async def _run_async(self, codes: "Iterable[CodeType]") -> None:
        try:
            for code in codes:
                if self._interrupted:
                    raise KeyboardInterrupt
                result = eval(code, self.namespace)
                if code.co_flags & _CO_COROUTINE:
                    await result
        except BaseException as error:
            self._finish(KeyboardInterrupt() if self._interrupted else error)
        else:
            self._finish()
        finally:
            self._task = None

    def _finish(self, error: BaseException | None = None) -> None:
        """Show the error, if any, and flush the output."""
        if isinstance(error, SystemExit):
            self.exited = True
            if isinstance(error.code, str):
                print(error.code, file=sys.stderr)
        elif error is not None:
            self._show(error)
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
                os.fsync(stream.fileno())
            except (OSError, ValueError, AttributeError):
                pass  # a program may have put anything there

    def _show(self, error: BaseException) -> None:
        frames = error.__traceback__
        while frames is not None and frames.tb_frame.f_code.co_filename == __file__:
            frames = frames.tb_next
        sys.last_exc = error.with_traceback(frames)
        sys.last_type, sys.last_value, sys.last_traceback = type(error), error, frames
        if sys.excepthook is not sys.__excepthook__:
            sys.excepthook(type(error), error, frames)
            return
        import traceback

        text = "".join(traceback.format_exception(error))
        is_terminal = getattr(sys.stderr, "isatty", bool)()
        sys.stderr.write(f"{_RED}{text}{_PLAIN}" if is_terminal else text)

    def _jedi(self, source: str) -> "tuple[int, list[str]]":
        import jedi

        found = jedi.Interpreter(source, [self.namespace]).complete()
        length = found[0].get_completion_prefix_length() if found else 0
        return len(source) - length, [completion.name for completion in found]

    def _rlcompleter(self, source: str) -> "tuple[int, list[str]]":
        import re
        import rlcompleter

        match = re.search(r"[^\W\d][\w.]*$", source)
        if match is None:
            return len(source), []
        completer = rlcompleter.Completer(self.namespace)
        word = match.group()
        found = completer.attr_matches(word) if "." in word else completer.global_matches(word)
        return match.start(), sorted({name.rstrip("(): ") for name in found})
