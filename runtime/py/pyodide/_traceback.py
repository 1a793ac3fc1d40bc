"""Which message does a PythonError of JavaScript have?"""

import traceback

_PACKAGE = __file__.rpartition("/")[0] + "/"


def format_exception(exception: BaseException) -> str:
    """The traceback as Python prints it, without this package's own frames at the top."""
    frames = exception.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename.startswith(_PACKAGE):
        frames = frames.tb_next
    return "".join(traceback.format_exception(type(exception), exception, frames))
