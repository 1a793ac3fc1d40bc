"""Does each page of the gallery do what it shows, in each browser, also as a copy elsewhere?"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest

from conda_emscripten.gallery_sources import render_sources
from tests.harness import server
from tests.harness.built import BUILD_DIR, ROOT, require_packages
from tests.harness.page import Page
from tests.harness.server import running
from tests.harness.tabs import OpenTab

OpenPage = Callable[[str], Page]

GALLERY = ROOT / "runtime" / "pages" / "gallery"
STATUS = "document.getElementById('status').textContent"
#: The package that each page loads.
PACKAGES = {"plot": "matplotlib", "table": "pandas", "xslt": "lxml", "alignment": "biopython"}


class Example:
    """A page of the gallery that is ready, or has failed."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.wait_until(f"!/^(Python starts|Loading)/.test({STATUS})")

    @property
    def status(self) -> str:
        return str(self.page.run_js(f"return {STATUS};"))

    def write(self, field: str, text: str) -> None:
        """Replace the text of a field, as the user does."""
        self.page.run_js(f"""
            const field = document.getElementById({json.dumps(field)});
            field.value = {json.dumps(text)};
            field.dispatchEvent(new InputEvent("input", {{ bubbles: true }}));
        """)

    def text(self, element: str) -> str:
        return str(self.page.run_js(f"return document.getElementById('{element}').textContent;"))


@pytest.fixture
def example(open_page: OpenPage) -> Callable[[str], Example]:
    """Opens a page of the gallery, which must start without errors in the console."""

    def open_example(name: str) -> Example:
        require_packages(PACKAGES[name])
        opened = Example(open_page(f"/gallery/{name}.html"))
        assert re.fullmatch(r"Python and \w+ were ready after [\d.]+ s\.", opened.status)
        assert opened.page.read_console() == []
        return opened

    return open_example


def test_a_plot_is_drawn_and_a_slider_redraws_it(example: Callable[[str], Example]) -> None:
    page = example("plot").page
    before, after = page.run_js("""
        const canvas = document.querySelector("#plot canvas");
        const picture = () => canvas.toDataURL();
        const frame = () => new Promise((next) => setTimeout(next, 300));
        await frame();
        const before = picture();
        const degree = document.getElementById("degree");
        degree.value = 12;
        degree.dispatchEvent(new InputEvent("input"));
        await frame();
        return [before, picture()].map((url) => url.length);
    """)
    assert min(before, after) > 10_000  # a blank canvas is 2 kB
    assert before != after
    assert page.run_js("return document.querySelectorAll('#plot figure').length;") == 1


@pytest.mark.parametrize("name", ["plot", "table"])
def test_the_next_visit_starts_from_a_snapshot(
    name: str, example: Callable[[str], Example]
) -> None:
    first = example(name)
    first.page.wait_until("""
        (await (await caches.open("conda-emscripten")).keys())
            .some(({ url }) => url.includes("snapshot"))
    """)
    again = example(name).page
    if name == "plot":
        again.wait_until("document.querySelectorAll('#plot figure, #plot canvas').length > 0")
    else:
        again.run_js("document.getElementById('sample').click();")
        again.wait_until("document.querySelectorAll('#tables table').length === 2")


def test_a_sample_and_a_dropped_file_become_tables(example: Callable[[str], Example]) -> None:
    table = example("table")
    table.page.run_js("document.getElementById('sample').click();")
    table.page.wait_until("document.querySelectorAll('#tables table').length === 2")
    assert table.status == "3 rows, 4 columns"
    assert "Jupiter" in table.text("tables")

    def drop(content: str) -> None:
        table.page.run_js(f"""
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([{content}], "data.csv"));
            const options = {{ dataTransfer, bubbles: true, cancelable: true }};
            const drop = new DragEvent("drop", options);
            document.querySelector("main").dispatchEvent(drop);
            if (!drop.defaultPrevented) throw new Error("the browser would open the file");
        """)

    drop('"city,people\\n<b>Bonn</b>,336465\\nKöln,1084831\\n"')
    table.page.wait_until(f"{STATUS} === '2 rows, 2 columns'")
    assert "<b>Bonn</b>" in table.text("tables")  # the text of the file is no HTML
    assert "710648" in table.text("tables")  # the mean
    drop("new Uint8Array([97, 10, 255])")
    table.page.wait_until(f"{STATUS}.includes('cannot read')")
    assert table.status.startswith("pandas cannot read this file: 'utf-8' codec")
    assert table.text("tables") == ""


def test_a_stylesheet_turns_edited_data_into_a_picture(example: Callable[[str], Example]) -> None:
    xslt = example("xslt")
    widths = """
        const bars = document.querySelectorAll("#picture svg rect");
        return Array.from(bars, (bar) => Math.round(bar.width.baseVal.value));
    """
    assert xslt.page.run_js(widths) == [294, 119, 203]
    xslt.write("data", '<fruits><fruit name="Figs" tons="10"/></fruits>')
    assert xslt.page.run_js(widths) == [70]
    xslt.write("data", "<fruits><fruit></fruits>")
    assert xslt.status.startswith("XMLSyntaxError: Opening and ending tag mismatch")
    xslt.write("data", "<fruits/>")
    assert xslt.status == ""


def test_two_proteins_are_aligned_while_the_user_types(example: Callable[[str], Example]) -> None:
    alignment = example("alignment")
    assert "MVHLTPEEKSAVTALWGKVNVDEVGGEALGRLLVVYPWTQ" in alignment.text("alignment")
    alignment.write("first", "MVHLT")
    alignment.write("second", "mvhlt\n")
    assert alignment.status == "5 of 5 residues are identical, score 26"  # of BLOSUM62
    alignment.write("second", "123")
    assert alignment.status == "sequence contains letters not in the alphabet"
    assert alignment.text("alignment") == ""


def test_a_page_names_the_package_that_the_channel_lacks(open_url: OpenTab, tmp_path: Path) -> None:
    text = (GALLERY / "table.html").read_text()
    (tmp_path / "table.html").write_text(text.replace('["pandas"]', '["no-such-package"]'))
    with running(server.site(BUILD_DIR, gallery=tmp_path)) as address:
        failed = Example(open_url(f"{address}/gallery/table.html"))
        assert "no-such-package" in failed.status
        assert "\n" not in failed.status
        assert failed.page.run_js("return document.getElementById('input').disabled;")


def test_a_copy_elsewhere_works_with_the_address_of_the_site(
    open_url: OpenTab, site: str, tmp_path: Path
) -> None:
    require_packages("lxml")
    text = (GALLERY / "xslt.html").read_text()
    assert text.count('<base href="../">') == 1
    copy = tmp_path / "copy.html"
    copy.write_text(text.replace('<base href="../">', f'<base href="{site}/">'))
    copied = Example(open_url(copy.as_uri()))
    assert copied.status.startswith("Python and lxml were ready")
    assert copied.page.run_js("return document.querySelectorAll('svg rect').length;") == 3


def test_each_page_has_at_most_60_lines_and_states_its_package() -> None:
    pages = {path.stem: path.read_text() for path in GALLERY.glob("*.html")}
    assert {name: re.findall(r'packages: \["(.+)"\]', text) for name, text in pages.items()} == {
        name: [package] for name, package in PACKAGES.items()
    }
    assert [name for name, text in pages.items() if len(text.splitlines()) > 60] == []


def test_the_source_of_a_page_is_shown_exactly(tmp_path: Path) -> None:
    written = render_sources(GALLERY, tmp_path)
    assert {file.stem for file in written} == set(PACKAGES)
    for file in written:
        [shown] = re.findall(r"<pre[^>]*><code>(.*)</code></pre>", file.read_text(), re.DOTALL)
        assert unescape(re.sub("<[^>]+>", "", shown)) == (GALLERY / file.name).read_text()
