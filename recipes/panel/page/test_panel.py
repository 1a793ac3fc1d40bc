"""Does Panel make models of Bokeh in a page?"""

from __future__ import annotations

from tests.harness.built import require_packages
from tests.harness.page import Page


def test_markdown_becomes_a_model(today_in_chromium: Page) -> None:
    require_packages("panel")
    today_in_chromium.run_js("await pyodide.loadPackage('panel');")
    assert today_in_chromium.run_python("""
        import html
        import panel as pn

        html.unescape(pn.pane.Markdown("**bold** https://example.org").get_root().text).strip()
    """).startswith("<p><strong>bold</strong> ")
