"""Does Beautiful Soup read a page with each of its parsers, and select elements?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.programs import Evaluate

ALSO = ["html5lib", "lxml"]


@pytest.mark.parametrize("parser", ["html.parser", "html5lib", "lxml"])
def test_a_page_in_an_old_encoding_is_read(evaluate: Evaluate, parser: str) -> None:
    def program(parser: str) -> Any:
        import html5lib  # noqa: F401  (a page loads what the code imports)
        import lxml  # noqa: F401
        from bs4 import BeautifulSoup

        page = """<html><head><meta charset="iso-8859-2"><title>Ceník</title></head><body>
<table id="prices">
  <tr class="item sale"><td><a href="/a?x=1&amp;y=2">Žlutý kůň</a></td><td>1&nbsp;200 Kč</td></tr>
  <tr class="item"><td><a href="/b">Stůl</a></td><td>800 Kč</td></tr>
</table></body></html>""".encode("iso-8859-2")
        soup = BeautifulSoup(page, parser)
        return {
            "encoding": soup.original_encoding.lower(),
            "title": soup.title.string,
            "links": {a.get_text(): a["href"] for a in soup.find_all("a")},
            "prices": [
                td.get_text(strip=True) for td in soup.select("#prices tr.item > td:last-child")
            ],
            "sale": soup.select_one("tr:is(.sale):has(a[href*='x=1'])").td.get_text(),
            "not on sale": [tr.a.string for tr in soup.select("tr.item:not(.sale)")],
        }

    outcome = evaluate(program, parser)
    assert outcome == {
        "encoding": "iso-8859-2",
        "title": "Ceník",
        "links": {"Žlutý kůň": "/a?x=1&y=2", "Stůl": "/b"},
        "prices": ["1\xa0200 Kč", "800 Kč"],
        "sale": "Žlutý kůň",
        "not on sale": ["Stůl"],
    }


@pytest.mark.parametrize(
    ("parser", "repaired"),
    [
        ("html.parser", "<p>one<b>two</b></p><p>three</p>"),
        ("html5lib", "<p>one<b>two</b></p><p><b>three</b></p>"),
        ("lxml", "<p>one<b>two</b></p><p>three</p>"),
    ],
)
def test_each_parser_repairs_as_elsewhere(evaluate: Evaluate, parser: str, repaired: str) -> None:
    def program(parser: str) -> Any:
        import html5lib  # noqa: F401  (a page loads what the code imports)
        import lxml  # noqa: F401
        from bs4 import BeautifulSoup

        soup = BeautifulSoup("<p>one<b>two</p><p>three</p>", parser)
        return (soup.body or soup).decode_contents()

    outcome = evaluate(program, parser)
    assert outcome == repaired


def test_a_page_is_changed(evaluate: Evaluate) -> None:
    def program() -> Any:
        from bs4 import BeautifulSoup

        soup = BeautifulSoup("<ul><li>b</li><li>a</li></ul><script>x()</script>", "html.parser")
        soup.script.decompose()
        items = sorted(soup.find_all("li"), key=lambda li: li.string)
        for li in items:
            soup.ul.append(li.extract())
        soup.ul.insert_before(soup.new_tag("h1", string="Å & B"))
        return soup.decode(formatter="html")

    outcome = evaluate(program)
    assert outcome == "<h1>&Aring; &amp; B</h1><ul><li>a</li><li>b</li></ul>"
