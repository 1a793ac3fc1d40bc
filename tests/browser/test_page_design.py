"""Do the site's pages suit phones, desktops, both colour schemes and assistive technology?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.harness import firefox
from tests.harness.accessibility import obstacles
from tests.harness.built import BUILD_DIR, ROOT, require
from tests.harness.chromium import ChromiumPage
from tests.harness.firefox import FirefoxPage
from tests.harness.page import Page
from tests.harness.tabs import OpenTab

SHOTS = BUILD_DIR / "screenshots"
GALLERY = sorted(path.stem for path in (ROOT / "runtime" / "pages" / "gallery").glob("*.html"))
STATUS = "document.getElementById('status').textContent"

#: The pages, each with an expression that is true when the page is complete.
PAGES = {
    "": "true",
    "console.html": "['ready', 'failed'].includes(document.getElementById('status').dataset.state)",
    "channel/": "!document.getElementById('count').textContent.startsWith('Loading')",
    "docs/index.html": "true",
    "docs/architecture.html": "true",  # diagrams
    "docs/reference/lint.html": "true",  # tables and code
    "docs/search.html?q=threads": "document.querySelector('#search-results li')",
    "gallery/source/table.html": "true",
    # Without its package, a page shows an error.
    **{f"gallery/{name}.html": f"!/^(Python starts|Loading)/.test({STATUS})" for name in GALLERY},
}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_and_is_accessible_in_each_width_and_scheme(
    chromium_tabs: OpenTab, site: str, path: str
) -> None:
    page = chromium_tabs(f"{site}/{path}")
    assert isinstance(page, ChromiumPage)
    page.wait_until(PAGES[path])
    if path == "gallery/table.html":
        page.run_js("document.getElementById('sample').click();")
    if not path:
        _run_examples(page)
    found = []
    for width in (360, 1280):
        for scheme in ("light", "dark"):
            page.emulate(width=width, scheme=scheme)
            found += [f"{width} {scheme} {obstacle}" for obstacle in obstacles(page)]
            found += [f"{width} too wide: {element}" for element in _too_wide(page, width)]
            height = int(page.run_js("return document.documentElement.scrollHeight;"))
            page.emulate(width=width, scheme=scheme, height=min(height, 8000))
            name = (
                path.partition("?")[0].replace("/", "-").removesuffix(".html").rstrip("-") or "home"
            )
            page.screenshot(SHOTS / f"{name}-{width}-{scheme}.png")
    page.close()
    assert found == []


@pytest.fixture(scope="module", params=["light", "dark"])
def firefox_tabs(request: pytest.FixtureRequest) -> Iterator[OpenTab]:
    """Opens an address in a tab of one headless Firefox, whose pages see a colour scheme."""
    require(not firefox.missing(), "no firefox-esr in PATH: apt-get install firefox-esr")
    with firefox.firefox(is_dark=request.param == "dark") as browser:
        yield lambda url: FirefoxPage(browser, url)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_accessible_in_firefox_in_each_width_and_scheme(
    firefox_tabs: OpenTab, site: str, path: str
) -> None:
    page = firefox_tabs(f"{site}/{path}")
    assert isinstance(page, FirefoxPage)
    page.wait_until(PAGES[path])
    found = []
    for width in (360, 1280):
        page.resize(width)
        found += [f"{width} {obstacle}" for obstacle in obstacles(page)]
    page.close()
    assert found == []


def _run_examples(page: Page) -> None:
    """Run the examples of the home page."""
    for example in ("plain", "numpy", "canvas"):
        page.run_js(f"""
            const article = document.getElementById("{example}").closest("article");
            article.querySelector("button").click();
        """)
        page.wait_until("document.querySelector('[aria-disabled=true]') === null")


def _too_wide(page: Page, width: int) -> list[str]:
    """The elements that are cut off at the right, apart from those that scroll."""
    found = page.run_js(f"""
        return [document.documentElement, ...document.querySelectorAll("main *")]
            .filter((box) => box.getBoundingClientRect().right > {width} + 1)
            .filter((box) => !box.closest(".table, .table-wrapper, pre, #terminal"))
            .map((box) => box.outerHTML.slice(0, 200));
    """)
    assert isinstance(found, list)
    return found
