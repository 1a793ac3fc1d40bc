"""On which line of a recipe is a value?

This module reads the YAML of a ``recipe.yaml`` with the positions of its values. The conditions of
v1 recipes (``if``, ``then``, ``else``) are not evaluated: all branches are read.
Source: https://github.com/conda/ceps/blob/main/cep-0013.md
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml

from conda_emscripten.recipe import Output

#: Switches rules off for its line: ``# lint: R301 the reason``.
_EXCEPTION = re.compile(r"#\s*lint:((?:\s+[RP]\d{3})+)\s+\S")
_COMMENT = re.compile(r"\s+#.*$")


@dataclass(frozen=True)
class Value:
    """A value of a recipe.

    Attributes:
        text: a scalar's text, "" for lists and mappings.
        line: counted from 1.
    """

    text: str
    line: int


@dataclass(frozen=True, kw_only=True)
class RecipeDocument:
    """A recipe, as written and as rendered.

    Attributes:
        file: the ``recipe.yaml``.
        outputs: the rendered outputs, with all variants.
        known: names of all packages that the project's recipes make, for both platforms.
    """

    file: Path
    outputs: tuple[Output, ...]
    known: frozenset[str]

    @cached_property
    def lines(self) -> list[str]:
        """The text, by lines without line ends."""
        return self.file.read_text().splitlines()

    @cached_property
    def root(self) -> yaml.Node | None:
        """The YAML, with positions."""
        return yaml.compose("\n".join(self.lines), Loader=yaml.SafeLoader)

    def excepted(self, line: int) -> frozenset[str]:
        """The codes of the rules that a comment switches off for the line."""
        if not 0 < line <= len(self.lines) or not (
            found := _EXCEPTION.search(self.lines[line - 1])
        ):
            return frozenset()
        return frozenset(found[1].split())

    def values(self, *keys: str) -> Iterator[Value]:
        """Yield the scalars below a path of keys, from the top and from each entry of ``outputs``.

        A list's items and a condition's branches count as if they stood in place of the list.
        """
        for start in self._starts():
            for node in _below(start, keys):
                yield from _scalars(node)

    def key(self, *keys: str) -> Value | None:
        """The first key with a path of keys, from the top or from an entry of ``outputs``."""
        *parents, last = keys
        for start in self._starts():
            for node in _below(start, parents):
                for key, _ in _items(node):
                    if key.value == last:
                        return Value(key.value, _line(key))
        return None

    def line_of(self, *keys: str) -> int:
        """The line of the first of the keys that exists, from the innermost outwards; else 1."""
        for length in range(len(keys), 0, -1):
            if found := self.key(*keys[:length]):
                return found.line
        return 1

    def replaced(self, line: int, old: str, new: str) -> str | None:
        """The line with another value; None if the value is not written on that line once."""
        text = self.lines[line - 1]
        return text.replace(old, new) if text.count(old) == 1 else None

    def _starts(self) -> Iterator[yaml.Node]:
        if self.root is not None:
            yield self.root
            for node in _below(self.root, ["outputs"]):
                yield from _branches(node)


def without_comment(line: str) -> str:
    """A line of YAML without its comment."""
    return _COMMENT.sub("", line)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _items(node: yaml.Node) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
    return node.value if isinstance(node, yaml.MappingNode) else []


def _branches(node: yaml.Node) -> Iterator[yaml.Node]:
    """The items of a list, and of the branches of its conditions; any other node is itself."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _branches(item)
    elif "if" in (keys := {key.value: value for key, value in _items(node)}):
        for branch in ("then", "else"):
            if branch in keys:
                yield from _branches(keys[branch])
    else:
        yield node


def _below(node: yaml.Node, keys: list[str] | tuple[str, ...]) -> Iterator[yaml.Node]:
    """The nodes at a path of keys."""
    if not keys:
        yield node
        return
    for branch in _branches(node):
        for key, value in _items(branch):
            if key.value == keys[0]:
                yield from _below(value, keys[1:])


def _scalars(node: yaml.Node) -> Iterator[Value]:
    for branch in _branches(node):
        if isinstance(branch, yaml.ScalarNode):
            yield Value(branch.value, _line(branch))
        else:
            for _, value in _items(branch):
                yield from _scalars(value)
