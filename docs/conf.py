"""How does Sphinx make HTML pages from this folder?

``make docs`` and ``conda-emscripten dist`` run Sphinx. The pages request nothing from other hosts.
"""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conda_emscripten.package_states import outdated_table, packages_table
from conda_emscripten.project import Project

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = html_title = "conda-emscripten"
extensions = ["myst_parser"]
exclude_patterns = ["_*"]
templates_path = ["_templates"]
myst_heading_anchors = 6  # GitHub's anchors

# The colours of the site's other pages.
_THEME = (files("conda_emscripten") / "theme.css").read_text("utf-8")
_COLOURS = re.findall(r"--([\w-]+): light-dark\((.+), (.+)\);", _THEME)
_VARIABLES = {
    "color-brand-primary": "accent",
    "color-brand-content": "accent",
    "color-brand-visited": "accent",
    "color-background-primary": "card",
    "color-background-secondary": "paper",
    "color-foreground-primary": "ink",
    "color-foreground-secondary": "quiet",
    "color-foreground-muted": "quiet",
}

html_theme = "furo"
html_theme_options = {
    f"{scheme}_css_variables": {
        variable: {name: shades[number] for name, *shades in _COLOURS}[colour]
        for variable, colour in _VARIABLES.items()
    }
    for number, scheme in enumerate(("light", "dark"))
}
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/site.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}
html_static_path = ["_static"]
html_css_files = ["docs.css"]
html_copy_source = False
html_show_copyright = False
html_use_index = False
pygments_style = "github-light-high-contrast"
pygments_dark_style = "github-dark-high-contrast"


def _fill_tables(_: Sphinx, document: str, source: list[str]) -> None:
    """Write the tables of the packages, whose state changes with each build."""
    if document == "packages":
        state = Project.find(Path(__file__).parent)
        for mark, make in (("outdated", outdated_table), ("packages", packages_table)):
            source[0] = source[0].replace(f"<!-- table: {mark} -->", make(state))


def _add_navigation(_: Sphinx, document: str, source: list[str]) -> None:
    """Make the lists of links in ``index.md`` the navigation of all pages."""
    if document != "index":
        return
    for title, section in re.findall(r"(?m)^## (.+)\n((?:(?!## ).*\n)*)", source[0]):
        links = re.findall(r"(?m)^- \[(.+?)\]\((.+?)\.md\)", section)
        entries = "\n".join(f"{text} <{page}>" for text, page in links)
        source[0] += f"\n```{{toctree}}\n:hidden:\n:caption: {title}\n\n{entries}\n```\n"


def _let_keys_scroll(
    _app: Sphinx, _page: str, _template: str, context: dict[str, Any], *_: Any
) -> None:
    """Make code and tables, which scroll, reachable with the keyboard."""
    region = ' tabindex="0" role="region" aria-label="Table">'
    body = context.get("body", "").replace("<pre>", '<pre tabindex="0">')
    context["body"] = re.sub(r'(<div class="table-wrapper[^>]*)>', rf"\1{region}", body)


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", _add_navigation)
    app.connect("source-read", _fill_tables)
    app.connect("html-page-context", _let_keys_scroll)
