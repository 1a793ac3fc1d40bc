"""How does a process that used py-rattler end?

This module works around a crash of py-rattler 0.28: while the interpreter ends, a thread of
py-rattler's runtime that still holds a Python object sometimes aborts the process ("Fatal Python
error: PyGILState_Release"; PyO3/pyo3#4874 describes such threads). Remove this module when
py-rattler joins its threads at exit.
"""

from __future__ import annotations

import logging
import os
import sys
from contextlib import suppress
from typing import NoReturn


def exit_now(code: int) -> NoReturn:
    """Flush the output, and end the process without finalizing the interpreter."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # closed before the start of the process
            with suppress(OSError, ValueError):
                stream.flush()
    os._exit(code)
