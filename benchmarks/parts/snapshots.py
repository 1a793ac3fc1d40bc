"""From the navigation to the first result, with a snapshot and without, from the cache."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.measure import BUILD_DIR, MEASUREMENT, ROOT, Sample, in_node, in_turns
from benchmarks.report import beside, megabytes, milliseconds, table
from conda_emscripten.project import Project
from conda_emscripten.snapshot import Inputs, publish_snapshot
from tests.harness.chromium import ChromiumPage, chromium
from tests.harness.firefox import FirefoxPage, firefox
from tests.harness.page import Page
from tests.harness.server import running, site

RUNS = 5
REPEATS = f"medians of {RUNS} runs in turns"

PROGRAMS: dict[str, tuple[list[str], str]] = {
    "NumPy": (["numpy"], "import numpy as np; np.arange(10).sum()"),
    "pandas": (
        ["pandas"],
        "import pandas as pd; pd.DataFrame({'a': range(10), 'b': range(10)}).sum()",
    ),
    "pandas and Matplotlib": (
        ["pandas", "matplotlib.pyplot"],
        "import pandas as pd, matplotlib.pyplot as plt; pd.DataFrame({'a': range(10)}).plot()",
    ),
}
"""The modules that a snapshot imports, and the program."""

PLACES = ("Chromium, page", "Chromium, worker", "Firefox, page", "Node")

Visit = Callable[..., Sample]


def measure(only: str = "") -> str:
    """The times of each program, with its package installed, as Markdown tables.

    Args:
        only: a part of the first cell, such as "NumPy, Chromium"; other rows are left out.

    Raises:
        ValueError: no row is left.
    """
    titles = [f"{title}, {place}" for title in PROGRAMS for place in PLACES]
    if not any(only in title for title in titles):
        raise ValueError(f"no row has {only!r}; the rows are {'; '.join(titles)}")
    with tempfile.TemporaryDirectory(dir=BUILD_DIR) as folder:
        build_dir = _copy(Path(folder))
        project = Project.find(ROOT, build_dir)
        present = {path.name.split("-")[0] for path in build_dir.glob("channel/*/*.lz4b")}
        programs = {
            title: (modules, code)
            for title, (modules, code) in PROGRAMS.items()
            if all(module.partition(".")[0] in present for module in modules)
            and any(only in f"{title}, {place}" for place in PLACES)
        }
        sizes, names = {}, {}
        for title, (modules, _) in programs.items():
            names[title], entry = publish_snapshot(project, Inputs(specs=[], imports=modules))
            sizes[title] = entry["size"]
        pages = ROOT / "benchmarks" / "pages"
        rows = []
        with running(site(build_dir, pages=pages)) as address:
            for place, visiting in _places(address, build_dir).items():
                for title, (modules, code) in programs.items():
                    if only not in f"{title}, {place}":
                        continue
                    packages = ",".join(module.partition(".")[0] for module in modules)
                    with visiting() as visit:
                        found = in_turns(
                            RUNS,
                            usual=partial(visit, packages=packages, code=code),
                            snapshot=partial(visit, snapshot=names[title], code=code),
                        )
                    usual, restored = found["usual"]["result"], found["snapshot"]["result"]
                    cells = beside(restored, usual, milliseconds)
                    rows.append([f"{title}, {place}", *cells, megabytes(sizes[title])])
    head = ["", "snapshot", "start, load and import", "ratio", "size of the snapshot"]
    return table(head, rows)


def _copy(folder: Path) -> Path:
    """A build that can get snapshots. Its packages are those of build/channel."""
    shutil.copytree(BUILD_DIR / "channel", folder / "channel", ignore=_SNAPSHOTS)
    shutil.copytree(BUILD_DIR / "dist", folder / "dist", symlinks=True)
    return folder


_SNAPSHOTS = shutil.ignore_patterns("snapshots*")


def _places(
    address: str, build_dir: Path
) -> dict[str, Callable[[], AbstractContextManager[Visit]]]:
    visits = (
        partial(_browser, chromium, ChromiumPage, address, "page"),
        partial(_browser, chromium, ChromiumPage, address, "worker"),
        partial(_browser, firefox, FirefoxPage, address, "page"),
        partial(_node, build_dir),
    )
    return dict(zip(PLACES, visits, strict=True))


@contextmanager
def _browser(
    start: Callable[[], AbstractContextManager[Any]],
    page: Callable[[Any, str], Page],
    address: str,
    place: str,
) -> Iterator[Visit]:
    """Visits of a browser, which has visited the same page before."""
    with start() as browser:
        known: set[str] = set()

        def visit(**options: str) -> Sample:
            url = f"{address}/pages/snapshots.html?" + urlencode(
                {"index": "/", "in": place, **options}
            )
            for _ in range(1 if url in known else 2):
                shown = page(browser, url)
                sample: Sample = shown.run_js(MEASUREMENT)
                shown.run_js(_CACHED)
                shown.close()
            known.add(url)
            return sample

        yield visit


#: Until the packages are in the cache.
_CACHED = """
    let last = -1;
    for (;;) {
        const count = (await (await caches.open("conda-emscripten")).keys()).length;
        if (count === last) return;
        last = count;
        await new Promise((resolve) => setTimeout(resolve, 300));
    }
"""


@contextmanager
def _node(build_dir: Path) -> Iterator[Visit]:
    index = (build_dir / "dist").as_uri() + "/"
    yield lambda **options: in_node("snapshots", json.dumps({"index": index, **options}))
