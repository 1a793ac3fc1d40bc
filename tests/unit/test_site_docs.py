"""Is the rendered documentation complete: links, anchors, navigation, tables, code?"""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from posixpath import normpath
from urllib.parse import unquote

import pytest

from conda_emscripten.site_docs import anchors, render_docs

ROOT = Path(__file__).resolve().parents[2]
# Other commands of the build make these.
SITE = {"index.html", "console.html", "site.css", "channel/index.html"}


class Parsed(HTMLParser):
    """The elements of a page that matter to its links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "id":
                self.ids.append(value or "")
            elif name in ("href", "src") and value != "data:,":
                self.links.append(value or "")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Parsed]:
    """The pages of this project's documentation, by their paths on the site."""
    site = tmp_path_factory.mktemp("site")
    written = render_docs(ROOT / "docs", site / "docs")
    return {str(file.relative_to(site)): Parsed(file.read_text()) for file in written}


def render(tmp_path: Path, text: str, **others: str) -> str:
    """The page of a Markdown text."""
    source = tmp_path / "source"
    for path, content in {"index": "# Home\n\nAll\n\n- [A page](page.md)\n", **others}.items():
        file = source / f"{path}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    (source / "page.md").write_text(text)
    render_docs(source, tmp_path / "site")
    return (tmp_path / "site" / "page.html").read_text()


def test_every_file_of_the_documentation_is_a_page(pages: dict[str, Parsed]) -> None:
    sources = (path.relative_to(ROOT).with_suffix(".html") for path in ROOT.glob("docs/**/*.md"))
    assert set(pages) == {str(path) for path in sources}


def test_every_link_leads_to_a_page_and_its_heading(pages: dict[str, Parsed]) -> None:
    broken = []
    for path, page in pages.items():
        for link in page.links:
            name, _, anchor = unquote(link).partition("#")
            if name.startswith(("https:", "http:")):
                continue
            folder = path.rpartition("/")[0]
            target = normpath(f"{folder}/{name}") if name else path
            if target in pages:
                found = not anchor or anchor in pages[target].ids
            else:
                found = target in SITE and not anchor
            if not found:
                broken.append(f"{path}: {link}")
    assert broken == []


def test_the_navigation_leads_from_every_page_to_every_page(pages: dict[str, Parsed]) -> None:
    for path, page in pages.items():
        folder = path.rpartition("/")[0]
        targets = {normpath(f"{folder}/{link}") for link in page.links}
        assert set(pages) - targets <= {path}, path


def test_a_page_needs_no_inline_style_and_no_script(pages: dict[str, Parsed]) -> None:
    for path, page in pages.items():
        assert not {name for name in page.attributes if name == "style" or name[:2] == "on"}, path
        assert "script" not in page.tags, path
        assert page.tags.count("h1") == 1, path
        assert len(page.ids) == len(set(page.ids)), path


def test_anchors_are_those_of_github() -> None:
    titles = ["JSON files of a channel", "pyodide.loadPackage(names, errorCallback)"]
    assert anchors(titles) == ["json-files-of-a-channel", "pyodideloadpackagenames-errorcallback"]
    assert anchors(["A", "pyodide.__version__", "a", "A"]) == [
        "a",
        "pyodide__version__",
        "a-1",
        "a-2",
    ]


def test_links_to_markdown_files_lead_to_their_pages(tmp_path: Path) -> None:
    text = "# A page\n\n[one](deep/one.md#some-part) [own](#a-page) [far](https://example.org/a.md)"
    page = render(tmp_path, text, **{"deep/one": "# One\n\n## Some part\n\n[up](../page.md)\n"})
    assert 'href="deep/one.html#some-part"' in page
    assert 'href="#a-page"' in page
    assert 'href="https://example.org/a.md"' in page
    assert 'href="../page.html"' in (tmp_path / "site/deep/one.html").read_text()


def test_a_link_to_a_file_that_is_not_on_the_site_is_text(tmp_path: Path) -> None:
    page = render(tmp_path, "# A page\n\nSee [the *Makefile*](../Makefile) and [home](index.md).")
    assert "See the <em>Makefile</em> and <a" in page


def test_alignment_of_a_table_is_a_class(tmp_path: Path) -> None:
    page = render(tmp_path, "# A page\n\n| a | b |\n|---|--:|\n| 1 | 2<sup>3</sup> |\n")
    assert '<td class="right">2<sup>3</sup></td>' in page
    assert '<div class="table" tabindex="0"' in page


def test_code_has_colours_and_other_blocks_stay_text(tmp_path: Path) -> None:
    page = render(
        tmp_path, "# A page\n\n```js\nconst a = 1;\n```\n\n```mermaid\ngraph LR; a-->b\n```\n"
    )
    assert '<span class="kd">const</span>' in page
    assert "graph LR; a--&gt;b\n</code></pre>" in page


def test_text_of_headings_is_escaped_in_titles_and_in_the_navigation(tmp_path: Path) -> None:
    page = render(tmp_path, "# `<b>` & co\n\n## `a < b`\n")
    assert "<title>&lt;b&gt; &amp; co – conda-emscripten</title>" in page
    assert '<a href="#a--b">a &lt; b</a>' in page
