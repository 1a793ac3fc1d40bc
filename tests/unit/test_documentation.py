"""Does Sphinx make complete pages of docs/, and does it refuse broken links and anchors?"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from posixpath import join, normpath

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


class Parsed(HTMLParser):
    """The addresses in a page.

    Attributes:
        links: of ``a``.
        loaded: of what a browser loads with the page.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        addresses = [values[name] or "" for name in ("href", "src", "srcset") if name in values]
        if tag == "a":
            self.links += addresses
        elif tag != "use":
            self.loaded += addresses


def sphinx(source: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """Run the command of `make docs` on another folder."""
    printed = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", "docs"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    [line] = re.findall(r"-m sphinx (.+) docs build/docs", printed.stdout)
    command = [sys.executable, "-m", "sphinx", *line.split(), str(source), str(target)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documentation as HTML."""
    folder = tmp_path_factory.mktemp("docs")
    done = sphinx(DOCS, folder)
    assert (done.returncode, done.stderr) == (0, "")
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Parsed]:
    """The pages by their paths."""
    files = site.rglob("*.html")
    return {file.relative_to(site).as_posix(): Parsed(file.read_text()) for file in files}


def test_every_file_of_the_documentation_is_a_page(pages: dict[str, Parsed]) -> None:
    sources = {path.relative_to(DOCS).with_suffix(".html") for path in DOCS.rglob("*.md")}
    assert set(pages) == {"search.html", *map(str, sources)}


def test_the_navigation_leads_from_every_page_to_every_page(pages: dict[str, Parsed]) -> None:
    for path, page in pages.items():
        folder = path.rpartition("/")[0]
        targets = {normpath(join(folder, link)) for link in page.links}
        assert set(pages) - targets <= {path, "search.html"}, path


def test_the_navigation_has_the_order_and_the_captions_of_the_index(site: Path) -> None:
    index = (DOCS / "index.md").read_text()
    html = (site / "numpy.html").read_text()
    captions = re.findall(r'class="caption-text">(.+?)<', html)
    assert captions == re.findall(r"^## (.+)$", index, re.MULTILINE)
    links = re.findall(r'toctree-l1[^>]*><a class="[^"]*" href="([^"]+)"', html)
    expected = re.findall(r"^- \[.+?\]\((.+?)\.md\)", index, re.MULTILINE)
    assert [link.replace("#", "numpy.html").removesuffix(".html") for link in links] == expected


def test_a_browser_loads_nothing_from_other_hosts(site: Path, pages: dict[str, Parsed]) -> None:
    for path, page in pages.items():
        assert [each for each in page.loaded if re.match(r"(?!data:)[a-z]+:|//", each)] == [], path
        assert "default-src 'self' 'unsafe-inline'; img-src 'self' data:" in (
            (site / path).read_text()
        )
    styles = [file.read_text() for file in site.rglob("*.css")]
    imported = [each for text in styles for each in re.findall(r"@import|url\(['\"]?[^d'\"]", text)]
    assert len(styles) > 3 and imported == []


def test_the_index_of_the_search_has_the_titles_of_all_pages(
    site: Path, pages: dict[str, Parsed]
) -> None:
    index = (site / "searchindex.js").read_text()
    for path in pages.keys() - {"search.html"}:
        assert f'"{path.removesuffix(".html")}"' in index, path


def test_the_state_of_each_recipe_is_in_a_table(site: Path) -> None:
    html = (site / "packages.html").read_text()
    cells = set(re.findall(r"<tr[^>]*><td><p>(.*?)</p></td>", html))
    recipes = {path.parent.name for path in (ROOT / "recipes").glob("*/recipe.yaml")}
    names = {name for name in recipes if name in cells or any(c.startswith(name) for c in cells)}
    assert recipes - names == set()
    saved = json.loads((ROOT / "recipes" / "outdated.json").read_text())["recipes"]
    assert {entry["recipe"] for entry in saved if entry["state"] == "outdated"} <= cells
    assert "<!-- table" not in html


def test_each_fault_of_a_page_is_an_error(tmp_path: Path) -> None:
    faults = {
        "[a](nothing.md)": "'myst' cross-reference target not found: 'nothing.md'",
        "[a](index.md#nothing)": "local id not found in doc 'index': 'nothing'",
        "[a](#nothing)": "'myst' cross-reference target not found: 'nothing'",
        "[a](../Makefile)": "'myst' cross-reference target not found: '../Makefile'",
        "![a](nothing.svg)": "image file not readable: nothing.svg",
        "```nothing\n```": "Pygments lexer name 'nothing' is not known",
    }
    source = small(tmp_path)
    (source / "page.md").write_text("\n\n".join(["# Page", *faults]))
    done = sphinx(source, tmp_path / "site")
    assert done.returncode == 1
    for number, message in enumerate(faults.values()):
        assert f"page.md:{3 + 2 * number}: WARNING: {message}" in done.stderr


def test_a_page_that_the_index_does_not_list_fails(tmp_path: Path) -> None:
    source = small(tmp_path)
    (source / "page.md").write_text("# Page\n\n[Home](index.md#part)\n")
    assert sphinx(source, tmp_path / "site").returncode == 0
    (source / "other.md").write_text("# Other\n")
    done = sphinx(source, tmp_path / "site")
    assert done.returncode == 1
    assert "other.md: WARNING: document isn't included in any toctree" in done.stderr


def small(folder: Path) -> Path:
    """A documentation whose index lists ``page.md``."""
    source = folder / "docs"
    source.mkdir()
    for name in ("_static", "_templates"):
        shutil.copytree(DOCS / name, source / name)
    shutil.copy(DOCS / "conf.py", source)
    (source / "index.md").write_text("# Home\n\n## Part\n\n- [Page](page.md): a page\n")
    return source
