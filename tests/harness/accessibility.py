"""Which obstacles for people with disabilities does axe-core find on a page?

https://github.com/dequelabs/axe-core checks the rules of WCAG 2.2 that a program can check.
"""

from __future__ import annotations

from tests.harness.built import ROOT, require
from tests.harness.page import Page

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"


def obstacles(page: Page) -> list[str]:
    """The violations that axe-core calls serious or critical, as "rule: HTML of the element"."""
    require(AXE.is_file(), "no node_modules/axe-core: run npm ci")
    if not page.run_js("return 'axe' in globalThis;"):
        page.run_js(AXE.read_text("utf-8"))
    found = page.run_js("""
        const { violations } = await axe.run({ resultTypes: ["violations"] });
        return violations
            .filter(({ impact }) => impact === "serious" || impact === "critical")
            .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
    """)
    assert isinstance(found, list)
    return found
