"""Does each file of the site do its work in the browsers and in Node?

A visit opens a part of the site and promises files that the server must have sent. The list of the
site's files comes from ``build/dist``: a new file needs a visit. Other modules of this folder test
the parts in depth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import brotli
import pytest

from tests.harness import server
from tests.harness.archives import as_tar_bz2
from tests.harness.built import BUILD_DIR, ROOT, require
from tests.harness.console import Console
from tests.harness.node import node
from tests.harness.packages import make_package
from tests.harness.page import Page
from tests.harness.runtime import Runtime
from tests.harness.server import Counter, running
from tests.harness.tabs import OpenTab

DIST = BUILD_DIR / "dist"
INTERPRETER = {"pyodide.asm.mjs", "pyodide.asm.wasm"}

#: No lock answers a spec with letters in its version: the solver does.
SOLVED = "six >=1a"

#: The site's stylesheet removes the margin of ``body``.
MARGIN = "getComputedStyle(body).marginTop"


@dataclass(frozen=True)
class Visit:
    """A part of the site.

    Attributes:
        files: the files that the server must have sent afterwards.
        work: opens paths of the site, and asserts that the files work.
    """

    files: frozenset[str]
    work: Callable[[Callable[[str], Page]], None]


def home_page(open_path: Callable[[str], Page]) -> None:
    page = open_path("/")
    page.run_js("document.querySelector('article button').click();")
    page.wait_until("document.querySelector('article .output').textContent.length > 0")
    assert page.run_js(f"const {{ body }} = document; return {MARGIN};") == "0px"


def console(open_path: Callable[[str], Page]) -> None:
    opened = Console(open_path("/console.html"))
    assert opened.run("6 * 7").endswith("42")
    opened.page.run_js("await navigator.serviceWorker.ready;")
    rule = "getComputedStyle(document.querySelector('.xterm-viewport')).overflowY"
    assert opened.page.run_js(f"return {rule};") == "scroll"


def script(open_path: Callable[[str], Page]) -> None:
    page = open_path("/pages/pyodide.html")
    assert page.run_js("await languagePluginLoader; return pyodide.runPython('6 * 7');") == 42


def module(open_path: Callable[[str], Page]) -> None:
    assert (
        open_path("/pages/blank.html").run_js("""
        const { loadPyodide } = await import("/pyodide.mjs");
        const python = await loadPyodide({ api: "314" });
        return python.runPython("6 * 7") * (python.lockfile.packages.six ? 1 : 0);
    """)
        == 42
    )


def worker(open_path: Callable[[str], Page]) -> None:
    assert open_path("/pages/blank.html").run_js("""
        const worker = new Worker("/webworker.js");
        const answer = new Promise((resolve) => { worker.onmessage = resolve; });
        worker.postMessage({ python: "from js import factor; 6 * factor", factor: 7 });
        const { data } = await answer;
        worker.terminate();
        return data;
    """) == {"results": 42}


def solver(open_path: Callable[[str], Page]) -> None:
    assert (
        open_path("/pages/blank.html").run_js(f"""
        const {{ loadPyodide }} = await import("/pyodide.mjs");
        const python = await loadPyodide({{ api: "0.16", packages: ["{SOLVED}"] }});
        return python.runPython("import six; six.__name__");
    """)
        == "six"
    )


def package_by_address(open_path: Callable[[str], Page]) -> None:
    assert (
        open_path("/pages/blank.html").run_js("""
        const { loadPyodide } = await import("/pyodide.mjs");
        const python = await loadPyodide({ api: "0.16" });
        for (const suffix of ["conda", "tar.bz2"]) {
            const address = `${location.origin}/packages/from-${suffix}-1.0-h_0.${suffix}`;
            await python.loadPackage(address);
        }
        return python.runPython("open('/share/conda').read() + open('/share/tar.bz2').read()");
    """)
        == "conda, tar.bz2"
    )


def documentation(open_path: Callable[[str], Page]) -> None:
    page = open_path("/pages/blank.html")
    for path in sorted(path for path in DOCS if path.endswith(".html")):
        assert page.run_js(f"""
            const frame = document.createElement("iframe");
            frame.src = "/{path}";
            const loaded = new Promise((resolve) => {{ frame.onload = resolve; }});
            document.body.append(frame);
            await loaded;
            const {{ body, title }} = frame.contentDocument;
            const heading = body.querySelector("h1:not(noscript *), noscript").textContent;
            return [heading !== "", title.endsWith("conda-emscripten"), {MARGIN}];
        """) == [True, True, "0px"], path


def shipped() -> set[str]:
    """The files of the site that browsers read; ``channel`` is a symbolic link.

    Others have tests of their own: the types in tests/unit/test_types.py, the digests and
    ``notebook.js`` in tests/frontends, and the gallery in test_gallery.py and test_page_design.py.
    Browsers read not all files of the documentation's theme, and downloads only on a click. The
    server sends ``.br`` in place of a file (test_each_compressed_file_is_that_beside_it).
    """
    files = (path for path in DIST.rglob("*") if path.is_file() and not path.is_symlink())
    names = {path.relative_to(DIST).as_posix() for path in files}
    elsewhere = (".br", ".d.ts", "integrity.json", "notebook.js", "objects.inv")
    folders = ("gallery/", "docs/_static/", "docs/_downloads/")
    return {n for n in names if not n.endswith(elsewhere) and not n.startswith(folders)}


DOCS = {path for path in shipped() if path.startswith("docs/")}
CONSOLE = {"console.html", "console.css", "console.mjs", "console-worker.js", "pyodide-sw.js"}
VISITS = [
    Visit(frozenset({"index.html", "home.mjs", "site.css", "pyodide.mjs"}), home_page),
    Visit(frozenset({*CONSOLE, "pyodide.mjs"}), console),
    Visit(frozenset({"pyodide.js", *INTERPRETER}), script),
    Visit(frozenset({"pyodide.mjs", "pyodide-lock.json", *INTERPRETER}), module),
    Visit(frozenset({"webworker.js", "pyodide.js"}), worker),
    Visit(frozenset({"pyodide.mjs", "solver.mjs", "solver.wasm"}), solver),
    Visit(frozenset({"pyodide.mjs", "address-package.mjs"}), package_by_address),
    Visit(frozenset(DOCS), documentation),
]


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a package of each format."""
    folder = tmp_path_factory.mktemp("packages")
    make_package(folder, {"share/conda": b"conda, "}, name="from-conda")
    as_tar_bz2(make_package(folder, {"share/tar.bz2": b"tar.bz2"}, name="from-tar.bz2"))
    return folder


def test_each_shipped_file_has_a_visit() -> None:
    require(DIST.is_dir(), "no build/dist: run make quickstart")
    assert shipped() ^ {file for visit in VISITS for file in visit.files} == set()


def test_each_compressed_file_is_that_beside_it() -> None:
    require(DIST.is_dir(), "no build/dist: run make quickstart")
    variants = [path for path in DIST.rglob("*.br") if "channel" not in path.parts]
    assert {"pyodide.asm.wasm.br", "pyodide.mjs.br"} <= {path.name for path in variants}
    for variant in variants:
        content = brotli.decompress(variant.read_bytes())
        assert content == variant.with_suffix("").read_bytes(), variant


@pytest.mark.parametrize("visit", VISITS, ids=lambda visit: visit.work.__name__)
def test_the_files_of_a_visit_work(open_url: OpenTab, packages: Path, visit: Visit) -> None:
    require(DIST.is_dir(), "no build/dist: run make quickstart")
    pages = ROOT / "tests" / "browser" / "pages"
    counter = Counter(server.site(BUILD_DIR, pages=pages, packages=packages))
    with running(counter) as address:
        visit.work(lambda path: open_url(address + path))
    sent = {path.removeprefix("/") or "index.html" for path, _, size in counter.sent if size > 0}
    assert visit.files - sent == set()


def test_the_files_for_node_work(packages: Path) -> None:
    require(DIST.is_dir(), "no build/dist: run make quickstart")
    with node(DIST / "pyodide.mjs", packageCache=False) as started:
        check_in_node(started, packages)


def check_in_node(started: Runtime, packages: Path) -> None:
    """pyodide.mjs and the interpreter have started; the solver and the reader of packages work."""
    started.run_js(f"await pyodide.loadPackage('{SOLVED}');")
    for suffix in ("conda", "tar.bz2"):
        file = packages / f"from-{suffix}-1.0-h_0.{suffix}"
        started.run_js(f"await pyodide.loadPackage('{file.as_uri()}');")
    read = "[open(f'/share/{suffix}').read() for suffix in ('conda', 'tar.bz2')]"
    assert started.run_python(f"import six; {read}") == ["conda, ", "tar.bz2"]
