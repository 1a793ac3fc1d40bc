"""How does the site show the source of each page of the gallery?

This module renders the sources as HTML pages. The pages use the site's stylesheet, ``site.css``,
and no script.
"""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from string import Template

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import HtmlLexer


def render_sources(gallery: Path, target: Path) -> list[Path]:
    """Write an HTML page into ``target`` that shows the source of each page of the gallery.

    Args:
        gallery: a folder of HTML pages. On the site, the folder is the parent of ``target``.
        target: a folder; created if it does not exist.

    Returns:
        The written files.
    """
    sources = {path.name: path.read_text("utf-8") for path in sorted(gallery.glob("*.html"))}
    titles = {name: re.findall("<title>(.*)</title>", text)[0] for name, text in sources.items()}
    template = Template((files("conda_emscripten") / "gallery_source.html").read_text("utf-8"))
    target.mkdir(parents=True, exist_ok=True)
    for name, text in sources.items():
        entries = [
            f'<li><a href="{other}"{_mark(other == name)}>{title}</a></li>'
            for other, title in titles.items()
        ]
        page = template.substitute(
            title=titles[name],
            name=name,
            contents="\n".join(entries),
            code=highlight(text, HtmlLexer(stripnl=False), HtmlFormatter(nowrap=True)),
        )
        (target / name).write_text(page, encoding="utf-8")
    return [target / name for name in sources]


def _mark(is_current: bool) -> str:
    return ' aria-current="page"' if is_current else ""
