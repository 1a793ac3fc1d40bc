"""How does the command ``conda-emscripten`` start and end?

This module runs the command and sets the exit code. Importing the subcommands takes part of a
second, so that happens after ``main`` has started: Ctrl-C then ends the command as it does later.
"""

from __future__ import annotations

import signal
import sys
import warnings

from conda_emscripten.exits import exit_now

#: 128 and the number of SIGINT, as a shell reports an interrupted command.
INTERRUPTED = 130


def main() -> None:
    """Entry point: run the command of ``sys.argv`` and end the process."""
    # After Ctrl-C, finalizers of half-made objects print exceptions and warnings.
    sys.unraisablehook = lambda _: None
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    # SIGTERM ends the workers of a command, as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        from conda_emscripten.commands.app import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = INTERRUPTED
    if code == INTERRUPTED:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        print("interrupted", file=sys.stderr)
    exit_now(code)
