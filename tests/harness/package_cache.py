"""When has the browser cached all bundles that a page has requested?"""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from urllib.parse import urlsplit

from tests.harness.page import TIMEOUT, Page
from tests.harness.server import Counter


def wait_until_cached(page: Page, counter: Counter, build_dir: Path) -> None:
    """Wait until the loader's cache has all bundles that ``counter`` has sent.

    Args:
        page: a page of the server.
        counter: the server's application, which serves ``build_dir``.
        build_dir: the folder of the channel.
    """
    sent = {path for path, _, _ in counter.sent if path.endswith(".lz4b")}
    assert sent, "the page has requested no bundle"
    digests = {hashlib.sha256((build_dir / path[1:]).read_bytes()).hexdigest() for path in sent}
    deadline = time.monotonic() + TIMEOUT
    while missing := digests - _cached(page):
        assert time.monotonic() < deadline, f"{len(missing)} bundles are not cached"
        time.sleep(0.05)


def _cached(page: Page) -> set[str]:
    """The names in the loader's cache (loader/src/store.ts): digests and encoded addresses."""
    keys: list[str] = page.run_js("""
        const cache = await caches.open("conda-emscripten");
        return (await cache.keys()).map(({ url }) => url);
    """)
    return {urlsplit(key).path.removeprefix("/") for key in keys}
