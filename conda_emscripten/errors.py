"""Which errors end a command, with which exit code, and what do they tell the user?

This module has the user-facing errors. ``message`` says what happened and where, ``help`` what to
do next. The command line prints both without a traceback and exits with ``exit_code``.
"""

from __future__ import annotations


class CondaEmscriptenError(Exception):
    """Base of all user-facing errors.

    Attributes:
        message: what happened, with the name of the file or recipe and the wrong value.
        help: the next step for the user.
    """

    exit_code = 1

    def __init__(self, message: str, *, help: str) -> None:
        assert help, "every error says what to do next"
        super().__init__(message)
        self.message = message
        self.help = help

    def __str__(self) -> str:
        space = "" if self.message.endswith("\n") else " "
        return f"{self.message}{space}{self.help}".rstrip()


class UsageError(CondaEmscriptenError):
    """An argument is wrong: an unknown recipe, a malformed spec, a missing folder."""

    exit_code = 2


class RecipeError(CondaEmscriptenError):
    """A recipe cannot be read or rendered, or recipes depend on each other in a cycle."""

    exit_code = 3


class SourceError(CondaEmscriptenError):
    """A source cannot be fetched, or its bytes are not those that the recipe names."""

    exit_code = 4


class BuildError(CondaEmscriptenError):
    """A build script failed, an environment has no solution, or the build was killed."""

    exit_code = 5


class PackageTestError(CondaEmscriptenError):
    """A package was built, but its own tests fail; it is not added to the channel."""

    exit_code = 6


class ChannelError(CondaEmscriptenError):
    """A channel is in use, missing, unreadable or damaged, or its start packages do not fit."""

    exit_code = 7


class ServeError(CondaEmscriptenError):
    """There is no site or channel to serve, or the address is not available."""

    exit_code = 8


class BundleError(CondaEmscriptenError):
    """A package cannot become a bundle, or a bundle is damaged."""

    exit_code = 9


class PublishError(CondaEmscriptenError):
    """A channel is incomplete, its target cannot be written, or has another channel."""

    exit_code = 10


class SchedulerError(CondaEmscriptenError):
    """A scheduler or its workers cannot be reached, or do not fit; no recipe is at fault."""

    exit_code = 11
