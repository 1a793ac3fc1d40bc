"""How does a process end that has used py-rattler?

This module works around a crash of py-rattler 0.28: while the interpreter ends, a thread of its
runtime that still holds a Python object aborts the process now and then ("Fatal Python error:
PyGILState_Release"). Remove it when a py-rattler joins its threads at exit.
"""

from __future__ import annotations

import logging
import os
import sys
from contextlib import suppress
from typing import NoReturn


def exit_now(code: int) -> NoReturn:
    """End the process without the interpreter's own end; output is flushed."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with suppress(BrokenPipeError, ValueError):
            stream.flush()
    os._exit(code)
