"""What is a rule, and how is a breach of it reported?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

Subject = TypeVar("Subject")


class Breach(NamedTuple):
    """A breach of the rule that found it.

    Attributes:
        line: counted from 1.
        message: the fault, and what to do.
        fix: the new text of the line, of several lines or empty; None if a person must change it.
    """

    line: int
    message: str
    fix: str | None = None


@dataclass(frozen=True, kw_only=True)
class Rule(Generic[Subject]):
    """A rule of recipes or of packages.

    Attributes:
        code: ``R`` or ``P`` and three digits.
        summary: the rule as a sentence.
        reason: why the rule exists.
        check: finds the breaches.
        schema: what the rule adds to definitions of ``recipe_schema``, by their names.
    """

    code: str
    summary: str
    reason: str
    check: Callable[[Subject], Iterable[Breach]]
    schema: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, order=True)
class Finding:
    """A breach, with the place and the rule.

    Attributes:
        path: the recipe or package, as messages name it.
        line, message, fix: as in ``Breach``.
        code: of the rule.
    """

    path: str
    line: int
    code: str
    message: str
    fix: str | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.code} {self.message}"


def check(path: str, subject: Subject, rules: Sequence[Rule[Subject]]) -> Iterator[Finding]:
    """Yield the findings of all rules for one recipe or package."""
    for rule in rules:
        for breach in rule.check(subject):
            yield Finding(path=path, code=rule.code, **breach._asdict())
