"""This module defines the error of an installation."""


class InstallError(Exception):
    """The packages cannot be installed, and no wheel was installed. The message names a fix."""

    __module__ = "micropip"  # the public name, for tracebacks
