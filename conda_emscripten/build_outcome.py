"""What did a build do?

This module has the results and the errors of one call of the engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from conda_emscripten.errors import CondaEmscriptenError
from conda_emscripten.recipe import Output

Status = Literal["up to date", "unchanged", "tested", "from cache", "built"]


@dataclass(frozen=True, kw_only=True)
class BuildResult:
    """An output whose package is in the channel.

    Attributes:
        output: the output.
        status: ``up to date``: nothing changed. ``unchanged``: the inputs changed, but a build
            would make the same package. ``tested``: the same, and its tests have passed again.
            ``from cache``, ``built``: the package is new in the channel.
        seconds: the duration of the work.
        package: the path of the package.
    """

    output: Output
    status: Status
    seconds: float
    package: Path


@dataclass(frozen=True, kw_only=True)
class BuildOutcome:
    """The result of a build.

    Attributes:
        results: the outputs whose packages are in the channel, in the order of completion.
        failures: the error of each failed output.
        unreadable: the errors of recipes that could not be planned.
        waiting: the outputs that need a failed output.
    """

    results: list[BuildResult]
    failures: dict[Output, CondaEmscriptenError]
    unreadable: tuple[CondaEmscriptenError, ...]
    waiting: list[Output]

    @property
    def errors(self) -> list[CondaEmscriptenError]:
        """All errors, without duplicates."""
        errors = [*self.unreadable, *self.failures.values()]
        return list({str(error): error for error in errors}.values())

    @property
    def error(self) -> CondaEmscriptenError | None:
        """All errors in one error, with the class of the first; None after a success."""
        errors = self.errors
        if not errors:
            return None
        if len(errors) == 1 and not self.waiting:
            return errors[0]
        text = "\n\n".join(map(str, errors))
        if self.waiting:
            names = ", ".join(output.key for output in self.waiting)
            text += f"\n\nNot built, because of failed dependencies: {names}."
        return type(errors[0])(f"{text}\n", help="Then run the command again.")
