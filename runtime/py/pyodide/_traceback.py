"""Which message does a PythonError of JavaScript have, and what do debuggers know of it?"""

import sys
import traceback

from _pyodide_core import today

_PACKAGE = __file__.rpartition("/")[0] + "/"


def format_exception(exception: BaseException) -> str:
    """The traceback as Python prints it, without this package's own frames at the top."""
    if today:
        remember(exception)
    frames = exception.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename.startswith(_PACKAGE):
        frames = frames.tb_next
    return "".join(traceback.format_exception(type(exception), exception, frames))


def remember(exception: BaseException) -> None:
    """Make an uncaught exception the one that debuggers, such as ``pdb.pm``, look at."""
    sys.last_exc = sys.last_value = exception
    sys.last_type, sys.last_traceback = type(exception), exception.__traceback__
