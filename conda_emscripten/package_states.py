"""What does the documentation say about the state of each package?

This module makes two tables in Markdown, from the recipes, the built channel, the saved test counts
(``report --save``) and the saved versions (``recipe outdated --save``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from conda_emscripten.errors import ChannelError
from conda_emscripten.files import os_errors
from conda_emscripten.project import Project
from conda_emscripten.report import Row, channel_report, read_results


def outdated_table(project: Project) -> str:
    """The recipes that are not of the newest version, with what keeps them.

    Raises:
        ChannelError: the saved versions are damaged.
    """
    saved = _read_outdated(project)
    rows = [
        [entry["recipe"], entry["version"], entry["newest"] or "", entry["note"] or entry["state"]]
        for entry in saved.get("recipes", [])
        if entry["state"] in ("outdated", "ahead", "unknown")
    ]
    bound = sum(entry["state"] == "bound by mirror" for entry in saved.get("recipes", []))
    return (
        _table(["recipe", "version", "newest", "why not"], rows)
        + f"\n\nAs of {saved.get('date', 'no date')}. {bound} further recipes have the version of "
        "Debian's archive, the mirror of their sources."
    )


def packages_table(project: Project) -> str:
    """A row for each output of ``recipes/``.

    Raises:
        ChannelError: the saved test counts are damaged.
    """
    counts = read_results(project)
    newest = {entry["recipe"]: entry for entry in _read_outdated(project).get("recipes", [])}
    rows = []
    for row in channel_report(project):
        found = newest.get(row.recipe, {})
        shown = (found.get("newest") or "") if found.get("state") == "outdated" else ""
        rows.append([row.recipe, row.version, row.state, _tests(row, counts), shown])
    return _table(["package", "version", "channel", "tests", "newest"], rows)


def _tests(row: Row, counts: Mapping[str, Mapping[str, Any]]) -> str:
    """The tests of the last build here, or else the saved ones."""
    saved = counts.get(row.recipe, {})
    found = row.tests or {name: count for name, count in saved.items() if name != "version"}
    text = ", ".join(f"{count:,} {outcome}" for outcome, count in found.items())
    old = saved.get("version", row.version)
    return text if row.tests or old == row.version else f"{text} (of {old})"


def _read_outdated(project: Project) -> dict[str, Any]:
    file = project.outdated_file
    if not file.is_file():
        return {}
    with os_errors(ChannelError, f"{file} cannot be read"):
        text = file.read_text("utf-8")
    try:
        saved: dict[str, Any] = json.loads(text)
        [entry["state"] for entry in saved["recipes"]]
    except (ValueError, KeyError, TypeError) as error:
        raise ChannelError(
            f"{file} is damaged.", help="Write it again: conda-emscripten recipe outdated --save"
        ) from error
    return saved


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |" for row in lines
    )
