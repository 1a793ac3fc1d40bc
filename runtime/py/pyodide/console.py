"""What does an interactive console need? ``console.html`` asks here."""

import codeop
import os
import sys

import __main__

TYPE_CHECKING = False  # importing typing takes as long as all the rest
if TYPE_CHECKING:
    from typing import Any

FILENAME = "<console>"


class Console:
    """Runs statements as the ``>>>`` prompt does.

    Args:
        namespace: Where the statements run; the global namespace if not given.
    """

    def __init__(self, namespace: "dict[str, Any] | None" = None) -> None:
        self.namespace = __main__.__dict__ if namespace is None else namespace
        self._compile = codeop.CommandCompiler()

    def is_complete(self, source: str) -> bool:
        """Whether the statement ends here; one with a syntax error does."""
        try:
            return self._compile(source, FILENAME, "single") is not None
        except (SyntaxError, OverflowError, ValueError):
            return True

    def run(self, source: str) -> None:
        """Run a statement. Values are shown by ``sys.displayhook``, exceptions on stderr."""
        try:
            exec(compile(source, FILENAME, "single"), self.namespace)
        except BaseException:
            import traceback

            error = sys.exception()
            assert error is not None
            # The first frame is this one.
            frames = error.__traceback__ and error.__traceback__.tb_next
            traceback.print_exception(type(error), error, frames)
        finally:
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
                os.fsync(stream.fileno())

    def complete(self, source: str) -> list[str]:
        """Whole names that may stand for the name at the end of the source, attributes too."""
        import re
        import rlcompleter

        match = re.search(r"[\w.]*$", source)
        word = match.group() if match else ""
        completer = rlcompleter.Completer(self.namespace)
        found = completer.attr_matches(word) if "." in word else completer.global_matches(word)
        return sorted({name.rstrip("()") for name in found}) if word else []
