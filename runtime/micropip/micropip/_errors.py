"""What can go wrong with an installation?"""


class InstallError(Exception):
    """Packages cannot be installed, and nothing of them is; the message says what to do next."""

    __module__ = "micropip"  # as tracebacks are to name it
