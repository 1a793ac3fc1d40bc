"""How is a ported recipe written?"""

from __future__ import annotations

from typing import Any

import yaml

from conda_emscripten.recipe_new.recipe_text import scalar


class Quoted(str):
    """A text that is always written with quotes."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, _data: object) -> bool:
        return True


def _represent(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else '"' if isinstance(text, Quoted) else None
    if style is None and not text.startswith("${{") and scalar(text) != text:
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style=style)


_Dumper.add_representer(str, _represent)
_Dumper.add_multi_representer(str, _represent)


def dump(section: dict[str, Any]) -> str:
    """A section of a recipe, in the style of the recipes in this channel."""
    return yaml.dump(section, Dumper=_Dumper, sort_keys=False, width=10_000, allow_unicode=True)


def plain(value: Any) -> Any:
    """A value of an evaluated recipe without the lines."""
    if isinstance(value, list):
        return [plain(each) for each in value]
    return str(value) if isinstance(value, str) else value
