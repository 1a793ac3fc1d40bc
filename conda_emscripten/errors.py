"""Which errors end a command, with which exit code, and what do they tell the user?

Every message says what happened, where, and what to do next. The command line prints it without
a traceback and exits with ``exit_code``.
"""

from __future__ import annotations


class CondaEmscriptenError(Exception):
    """Base of all errors that are the user's to read."""

    exit_code = 1


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
    """A package was built, but its own tests fail; it does not reach the channel."""

    exit_code = 6


class ChannelError(CondaEmscriptenError):
    """The channel is in use by another command, or something in it is damaged."""

    exit_code = 7


class ServeError(CondaEmscriptenError):
    """There is nothing to serve, or the address cannot be had."""

    exit_code = 8


class BundleError(CondaEmscriptenError):
    """A package cannot be made into a bundle, or a bundle is damaged."""

    exit_code = 9


class PublishError(CondaEmscriptenError):
    """A channel is not complete, or cannot be written to where it is to be published."""

    exit_code = 10
