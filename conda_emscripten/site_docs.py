"""How is the documentation rendered for the site?

This module renders ``docs/**/*.md`` and the sources of the gallery as HTML pages. The pages use the
site's stylesheet, ``site.css``, and no script.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path
from posixpath import normpath, relpath
from string import Template

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

#: The page whose lists are the navigation of all pages.
INDEX = "index.md"


@dataclass(frozen=True, kw_only=True)
class Page:
    """A Markdown file.

    Attributes:
        path: relative to the folder of the documentation, with ``/``.
        tokens: the parsed text, with the anchors and links of the HTML page.
    """

    path: str
    tokens: list[Token]

    @property
    def title(self) -> str:
        """The text of the first heading; the path of the file without a heading."""
        headings = self.headings("h1")
        return headings[0][1] if headings else self.path

    def headings(self, tag: str) -> list[tuple[str, str]]:
        """Anchor and text of each heading of a level, such as ``h2``."""
        return [
            (str(opening.attrs["id"]), _text(inline))
            for opening, inline in _headings(self.tokens)
            if opening.tag == tag
        ]


def render_docs(source: Path, target: Path) -> list[Path]:
    """Write an HTML page below ``target`` for each ``.md`` file below ``source``.

    Args:
        source: a folder with ``index.md``, whose lists of links are the navigation.
        target: a folder; created if it does not exist.

    Returns:
        The written files.
    """
    markdown = _parser()
    paths = sorted(path.relative_to(source).as_posix() for path in source.rglob("*.md"))
    pages = [_read(markdown, source, path, frozenset(paths)) for path in paths]
    [index] = [page for page in pages if page.path == INDEX]
    template = _template()
    written = []
    for page in pages:
        file = target / _html(page.path)
        file.parent.mkdir(parents=True, exist_ok=True)
        text = template.substitute(
            title="Documentation" if page is index else escape(page.title),
            root="../" * (page.path.count("/") + 1),
            contents=_contents(index, page),
            body=markdown.renderer.render(page.tokens, markdown.options, {}),
        )
        file.write_text(text, encoding="utf-8")
        written.append(file)
    return written


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
    template = _template()
    target.mkdir(parents=True, exist_ok=True)
    for name, text in sources.items():
        entries = [
            f'<li><a href="{other}"{_mark(other == name)}>{title}</a></li>'
            for other, title in titles.items()
        ]
        page = template.substitute(
            title=f"Source: {titles[name]}",
            root="../../",
            contents="\n".join(["<h2>Sources</h2>", "<ul>", *entries, "</ul>"]),
            body=f"""<h1>{titles[name]}: the source</h1>
<p>This is the whole file. <a href="../{name}">Open the page</a>, or
<a href="../{name}" download>save the file</a>. In a copy elsewhere, write the address of this site
into <code>&lt;base href="../"&gt;</code>.</p>
{_highlight(text, "html", "")}
""",
        )
        (target / name).write_text(page, encoding="utf-8")
    return [target / name for name in sources]


def _template() -> Template:
    """The page around a document or a source."""
    return Template((files("conda_emscripten") / "docs.html").read_text("utf-8"))


def _mark(is_current: bool) -> str:
    return ' aria-current="page"' if is_current else ""


def anchors(titles: Sequence[str]) -> list[str]:
    """The anchors that GitHub gives to headings with these texts, in the order of the page."""
    names: list[str] = []
    for title in titles:
        anchor = re.sub(r"[^\w -]", "", title.strip().lower()).replace(" ", "-")
        candidate, number = anchor, 0
        while candidate in names:
            number += 1
            candidate = f"{anchor}-{number}"
        names.append(candidate)
    return names


def _parser() -> MarkdownIt:
    """A parser of CommonMark with GitHub's tables and highlighted code."""
    return MarkdownIt("commonmark", {"html": True, "highlight": _highlight}).enable("table")


def _read(markdown: MarkdownIt, source: Path, path: str, paths: frozenset[str]) -> Page:
    tokens = markdown.parse((source / path).read_text("utf-8"))
    headings = list(_headings(tokens))
    names = anchors([_text(inline) for _, inline in headings])
    for (opening, inline), name in zip(headings, names, strict=True):
        opening.attrSet("id", name)
        assert inline.children is not None
        label = f"Link to {_text(inline)}"
        link = f'<a class="anchor" href="#{name}" aria-label="{escape(label)}">#</a>'
        inline.children.append(Token("html_inline", "", 0, content=link))
    for token in tokens:
        _replace_style(token)
        _adapt_links(token, path, paths)
    return Page(path=path, tokens=list(_with_scrolling_tables(tokens)))


def _headings(tokens: Sequence[Token]) -> list[tuple[Token, Token]]:
    """The opening and the inline token of each heading."""
    return [
        (token, tokens[i + 1]) for i, token in enumerate(tokens) if token.type == "heading_open"
    ]


def _text(inline: Token) -> str:
    """The visible text of an inline token."""
    visible = ("text", "code_inline", "text_special")
    return "".join(t.content for t in inline.children or () if t.type in visible)


def _adapt_links(token: Token, path: str, paths: frozenset[str]) -> None:
    """Change links to Markdown files into links to pages; links to other files become text."""
    if token.children is None:
        return
    children: list[Token] = []
    closing: list[bool] = []  # for each open link: whether it stays a link
    for child in token.children:
        if child.type == "link_open":
            href = _page_link(str(child.attrs["href"]), path, paths)
            closing.append(href is not None)
            if href is None:
                continue
            child.attrSet("href", href)
        elif child.type == "link_close" and not closing.pop():
            continue
        children.append(child)
    token.children = children


def _page_link(href: str, path: str, paths: frozenset[str]) -> str | None:
    """The address of a link on the site; None for a file that is not on the site."""
    name, hash_, anchor = href.partition("#")
    if not name or re.match(r"[a-z][a-z0-9+.-]*:", href, re.IGNORECASE):
        return href
    folder = path.rpartition("/")[0]
    if normpath(f"{folder}/{name}".lstrip("/")) not in paths:
        return None
    return _html(name) + hash_ + anchor


def _html(path: str) -> str:
    return path.removesuffix(".md") + ".html"


def _replace_style(token: Token) -> None:
    """Replace ``style="text-align:right"``, which a strict policy forbids, by a class."""
    style = str(token.attrs.pop("style", ""))
    if style:
        token.attrSet("class", style.removeprefix("text-align:"))


def _with_scrolling_tables(tokens: Sequence[Token]) -> Iterator[Token]:
    """Put each table into an element that scrolls, also with keys."""
    opening = '<div class="table" tabindex="0" role="region" aria-label="Table">\n'
    for token in tokens:
        if token.type == "table_open":
            yield Token("html_block", "", 0, content=opening)
        yield token
        if token.type == "table_close":
            yield Token("html_block", "", 0, content="</div>\n")


def _contents(index: Page, current: Page) -> str:
    """The navigation: the links of the index, and the sections of the current page."""
    lines: list[str] = []
    title = ""
    is_list = False
    for token in index.tokens:
        if token.type == "bullet_list_open":
            is_list = True
            lines += [f"<h2>{escape(title)}</h2>", "<ul>"]
        elif token.type == "bullet_list_close":
            is_list = False
            lines.append("</ul>")
        elif token.type == "inline" and is_list:
            lines += _entry(token, current)
        elif token.type == "inline":
            title = _text(token)
    return "\n".join(lines)


def _entry(item: Token, current: Page) -> list[str]:
    """A list item of the index whose first part is a link."""
    children = item.children or []
    opening = next((i for i, child in enumerate(children) if child.type == "link_open"), None)
    if opening is None:
        return []
    target, text = str(children[opening].attrs["href"]), children[opening + 1].content
    is_current = target == _html(current.path)
    href = relpath(target, current.path.rpartition("/")[0] or ".")
    lines = [f'<li><a href="{escape(href)}"{_mark(is_current)}>{escape(text)}</a>']
    sections = current.headings("h2") if is_current else []
    if sections:
        links = [
            f'<li><a href="#{id_}">{escape(_short(title))}</a></li>' for id_, title in sections
        ]
        lines += ["<ul>", *links, "</ul>"]
    return [*lines, "</li>"]


def _short(title: str) -> str:
    """A title without the arguments of a function."""
    return re.sub(r"^(\S+)\(.+\)$", r"\1()", title)


def _highlight(code: str, language: str, _: str) -> str:
    """Code as an element that keys can scroll, too."""
    try:
        lexer = get_lexer_by_name("pycon" if code.startswith(">>>") else language, stripnl=False)
        html = str(highlight(code, lexer, HtmlFormatter(nowrap=True)))
    except ClassNotFound:
        html = escapeHtml(code)
    return f'<pre tabindex="0"><code>{html}</code></pre>'
