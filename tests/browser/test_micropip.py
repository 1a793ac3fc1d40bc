"""Does micropip install what is asked for, from the channel and from an index, and else nothing?"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from conda_emscripten.errors import SourceError
from conda_emscripten.project import Project
from conda_emscripten.sources import Source, SourceFetcher
from tests.harness.built import BUILD_DIR, ROOT, require
from tests.harness.index import Index
from tests.harness.page import JavaScriptError, Page
from tests.harness.server import running
from tests.harness.wheels import Wheel, make_wheel

OpenPage = Callable[[str], Page]

# Projects of the real world, to be found in PyPI by these names.
REAL = {
    "snowballstemmer-3.1.1-py3-none-any.whl": (
        "7e207fa178741da09cdee59d3ecec3827ad5f92b1fc5c9ff3755b639f71f5752"
    ),
    "snowballstemmer-2.2.0-py2.py3-none-any.whl": (
        "c8e1716e83cc398ae16824e5572ae04e0d9fc2c6b985fb0f900f5f0c96ecba1a"
    ),
    "markdown_it_py-4.3.0-py3-none-any.whl": (
        "7aa1511a46c39138de78d9eba92ce47e63124d8003fc98b3a351909e04239efa"
    ),
    "mdurl-0.1.2-py3-none-any.whl": (
        "84008a41e51615a49fc9966191ff91509e3c40b939176e643fd50a5c2196b8f8"
    ),
}


@pytest.fixture(scope="session")
def index() -> Iterator[Index]:
    """An index on an origin of its own. Tests add projects of their own names."""
    found = Index()
    with running(found.app()) as address:
        found.address = address
        yield found


@pytest.fixture(scope="session")
def real() -> Callable[[str], Wheel]:
    """Gives wheels of the real world: from the cache, or by the machine's pip."""
    project = Project.find(ROOT)
    fetcher = SourceFetcher(
        cache_dir=project.cache_dir, mirrors_file=ROOT / "channel" / "mirrors.yaml"
    )

    def fetch(file: str) -> Wheel:
        name = file.partition("-")[0].replace("_", "-")
        url = f"https://pypi.io/packages/py3/{name[0]}/{name}/{file}"
        try:
            path = fetcher.fetch(Source(urls=(url,), sha256=REAL[file]))
        except SourceError as error:
            require(False, str(error))
            raise
        return Wheel(file, path.read_bytes())

    return fetch


@pytest.fixture(scope="module", autouse=True)
def _built() -> None:
    for name in ("micropip", "jedi", "pytz", "snowballstemmer"):
        require(
            any((BUILD_DIR / "channel" / "noarch").glob(f"{name}-*.conda")),
            f"no {name} in build/channel: run conda-emscripten build --with-deps {name}",
        )


@pytest.fixture
def page(pyodide: Page) -> Page:
    """The page that all tests share, with micropip; each installs projects of its own."""
    pyodide.run_js("await pyodide.loadPackage('micropip');")
    return pyodide


@pytest.fixture
def fresh_page(open_page: OpenPage) -> Page:
    """A page of its own, for what the channel has."""
    fresh = open_page("/pages/pyodide.html")
    fresh.run_js("await languagePluginLoader; await pyodide.loadPackage('micropip');")
    return fresh


def install(page: Page, index: Index, *requirements: str) -> None:
    page.run_python_async(f"""
        import micropip
        await micropip.install({list(requirements)!r}, index_url={index.url!r})
    """)


def version(page: Page, project: str) -> str | None:
    """What importlib.metadata says; None for what is not installed."""
    found = page.run_python(f"""
        import importlib.metadata
        try:
            found = importlib.metadata.version({project!r})
        except importlib.metadata.PackageNotFoundError:
            found = None
        found
    """)
    assert found is None or isinstance(found, str)
    return found


def refuses(page: Page, index: Index, *requirements: str) -> str:
    """The error's message; checks that nothing was written or loaded."""
    state = """
        import os, json, pyodide
        json.dumps(sorted(p for f, _, n in os.walk("/lib/python3.13/site-packages")
                          if "__pycache__" not in f for p in [f, *n]))
    """
    before = page.run_python(state), page.run_js("return pyodide.loadedPackages;")
    with pytest.raises(JavaScriptError) as caught:
        install(page, index, *requirements)
    assert (page.run_python(state), page.run_js("return pyodide.loadedPackages;")) == before
    name, _, message = str(caught.value).strip().splitlines()[-1].partition(": ")
    assert name == "micropip.InstallError", str(caught.value)
    return message


# Chapter 1.5.2 and 1.5.3


def test_the_complete_example_prints_stems(open_page: OpenPage) -> None:
    example = open_page("/pages/micropip.html")
    example.run_js("""
        await languagePluginLoader;
        while (!("snowballstemmer" in pyodide.loadedPackages)) {
            await new Promise((next) => setTimeout(next, 20));
        }
        while (!pyodide.runPython("import sys; 'snowballstemmer' in sys.modules")) {
            await new Promise((next) => setTimeout(next, 20));
        }
    """)
    assert "['go', 'goe', 'go', 'gone']" in "\n".join(example.read_console())


def test_a_wheel_is_installed_from_its_url(
    fresh_page: Page, index: Index, real: Callable[[str], Wheel]
) -> None:
    wheel = real("snowballstemmer-3.1.1-py3-none-any.whl")
    fresh_page.run_python_async(f"""
        import micropip
        micropip.install(
            {index.at(wheel)!r}
        )
    """)
    assert fresh_page.run_python("""
        import snowballstemmer
        stemmer = snowballstemmer.stemmer('english')
        stemmer.stemWords('go goes going gone'.split())
    """) == ["go", "goe", "go", "gone"]
    assert "snowballstemmer" not in fresh_page.run_js("return pyodide.loadedPackages;")
    origin = json.loads(
        fresh_page.run_python("""
            from importlib.metadata import distribution
            distribution("snowballstemmer").read_text("direct_url.json")
        """)
    )
    assert origin == {
        "url": index.at(wheel),
        "archive_info": {"hashes": {"sha256": wheel.sha256}},
    }


def test_then_calls_back_in_python(page: Page, index: Index) -> None:
    index.add(make_wheel("then-project"))
    page.run_python(f"""
        import micropip
        results = []
        def do_work(*args):
            import then_project
            results.append([args, then_project.version])
        micropip.install("then-project", index_url={index.url!r}).then(do_work)
    """)
    assert page.run_js("""
        while (pyodide.globals.results.length === 0) {
            await new Promise((next) => setTimeout(next, 10));
        }
        return pyodide.globals.results;
    """) == [[[None], "1.0"]]


def test_javascript_gets_a_promise(page: Page, index: Index) -> None:
    index.add(make_wheel("promise-project"))
    page.run_python("import micropip")
    assert page.run_js(f"""
        const code = (name) => `micropip.install("${{name}}", index_url="{index.url}")`;
        const run = pyodide.runPython(code("promise-project"));
        const fulfilled = await run;
        const same = await pyodide.runPythonAsync(code("promise-project"));
        const error = await pyodide.runPythonAsync(code("nothing")).catch((error) => error.type);
        // Called from JavaScript, with a JavaScript array.
        const direct = pyodide.pyimport("micropip").install([]);
        return [run instanceof Promise, fulfilled === undefined, same === undefined, error,
                direct instanceof Promise, (await direct) === undefined];
    """) == [True, True, True, "InstallError", True, True]


def test_python_awaits_it_and_catches_the_error(page: Page, index: Index) -> None:
    assert page.run_python_async(f"""
        import asyncio, micropip
        async def attempt():
            try:
                await micropip.install("no-such-project", index_url={index.url!r})
            except micropip.InstallError as error:
                return str(error)
        await asyncio.gather(attempt(), micropip.install([]))
    """) == [
        "no-such-project (asked for): neither the channel nor the index has it "
        f"({index.url}/no-such-project/json). Check how it is spelled.",
        None,
    ]


# The channel comes first.


def test_what_the_channel_has_comes_from_there(fresh_page: Page, index: Index) -> None:
    index.add(make_wheel("pytz", "9999.1"))
    asked = len(index.requests)
    install(fresh_page, index, "PyTZ>=2000", "numpy")
    packages = fresh_page.run_js("return pyodide.loadedPackages;")
    assert packages["pytz"] == packages["numpy"] == "default channel"
    assert fresh_page.run_python("import numpy, pytz; str(pytz.UTC) + str(numpy.arange(2).sum())")
    assert index.requests[asked:] == []


def test_a_version_that_the_channel_lacks_comes_from_the_index(
    fresh_page: Page, index: Index, real: Callable[[str], Wheel]
) -> None:
    index.add(real("snowballstemmer-2.2.0-py2.py3-none-any.whl"))
    install(fresh_page, index, "snowballstemmer<3")
    assert version(fresh_page, "snowballstemmer") == "2.2.0"
    assert (
        fresh_page.run_python("""
        import snowballstemmer
        snowballstemmer.stemmer("english").stemWord("running")
    """)
        == "run"
    )


def test_a_version_that_everybody_accepts_is_asked_of_the_channel(
    fresh_page: Page, index: Index
) -> None:
    index.add(make_wheel("wants-pytz", requires=["pytz>=2000,!=2001.1", "six~=1.10"]))
    install(fresh_page, index, "wants-pytz", "pytz<3000")
    assert fresh_page.run_js("return pyodide.loadedPackages.pytz;") == "default channel"
    assert version(fresh_page, "wants-pytz") == "1.0"


def test_the_extras_of_a_package_come_too(fresh_page: Page, index: Index) -> None:
    index.add(make_wheel("pytest"), make_wheel("docopt"))
    install(fresh_page, index, "parso[testing]")  # not loaded before
    assert fresh_page.run_js("return pyodide.loadedPackages.parso;") == "default channel"
    assert version(fresh_page, "docopt") == "1.0"
    assert version(fresh_page, "pytest")  # the channel may have it, too

    index.add(make_wheel("ruff"), make_wheel("mypy"), make_wheel("types-requests"))
    install(fresh_page, index, "resolvelib[lint]")  # loaded with micropip
    assert version(fresh_page, "types-requests") == "1.0"


def test_conda_s_solver_has_the_last_word_on_what_it_brings(fresh_page: Page, index: Index) -> None:
    index.add(make_wheel("parso", "0.7"), make_wheel("old-parso", requires=["parso<0.8"]))
    message = refuses(fresh_page, index, "old-parso", "jedi")
    assert "parso<0.8 (required by old-parso 1.0)" in message
    assert "Other packages bring parso 0.8" in message

    install(fresh_page, index, "old-parso")
    assert version(fresh_page, "parso") == "0.7"
    message = refuses(fresh_page, index, "jedi")
    assert "jedi from the channel would bring parso 0.8" in message
    assert "parso 0.7 is installed from a wheel" in message


# The index


def test_real_projects_come_with_what_they_require(
    page: Page, index: Index, real: Callable[[str], Wheel]
) -> None:
    for file in ("markdown_it_py-4.3.0-py3-none-any.whl", "mdurl-0.1.2-py3-none-any.whl"):
        index.add(real(file))
    install(page, index, "markdown-it-py")
    assert (
        page.run_python("""
        from markdown_it import MarkdownIt
        MarkdownIt().render("*micropip* [works](https://example.com/a b)")
    """)
        == "<p><em>micropip</em> [works](https://example.com/a b)</p>\n"
    )
    assert version(page, "mdurl") == "0.1.2"


def test_extras_and_markers_choose_among_the_requirements(page: Page, index: Index) -> None:
    index.add(
        make_wheel(
            "marked",
            requires=[
                'marked-here; sys_platform == "emscripten" and python_version >= "3"',
                'marked-elsewhere; sys_platform == "win32"',
                'marked-extra>1; extra == "Some_Extra"',
                'marked-other; extra == "other"',
            ],
        ),
        make_wheel("marked-here"),
        make_wheel("marked-extra", "1.0"),
        make_wheel("marked-extra", "2.0", requires=["marked"]),  # a cycle
        make_wheel("marked-both"),
    )
    install(
        page,
        index,
        "Marked[some-extra] >= 1 ; python_version > '3.0'",
        "marked-both; platform_system == 'Emscripten'",
        "no-such-project; python_version < '3'",
    )
    versions = [
        version(page, project)
        for project in ("marked", "marked-here", "marked-extra", "marked-both", "marked-elsewhere")
    ]
    assert versions == ["1.0", "1.0", "2.0", "1.0", None]
    # An extra can be asked for afterwards.
    index.add(make_wheel("marked-other"))
    install(page, index, "marked[other]")
    assert version(page, "marked-other") == "1.0"


def test_the_newest_version_that_fits_is_chosen(page: Page, index: Index) -> None:
    index.add(
        make_wheel("choice", "1.9"),
        make_wheel("choice", "1.10"),
        make_wheel("choice", "2.0rc1"),
        make_wheel("choice", "3.0", requires_python=">=4"),
        make_wheel("choice", "3.1", requires_python="<3"),
        make_wheel("choice", "3.2", tag="py2-none-any"),
        make_wheel("choice", "3.3", tag="cp313-cp313-manylinux_2_17_x86_64"),
    )
    index.add(make_wheel("choice", "1.11"), yanked=True)
    install(page, index, "choice")
    assert version(page, "choice") == "1.10"


def test_withdrawn_and_early_versions_must_be_named(page: Page, index: Index) -> None:
    index.add(make_wheel("named", "1.0"), make_wheel("early", "1.0"), make_wheel("early", "2.0b1"))
    index.add(make_wheel("named", "1.1"), yanked=True)
    index.add(make_wheel("only-early", "0.1.dev3"))
    install(page, index, "named==1.1", "early>=2.0b1", "only-early")
    found = [version(page, project) for project in ("named", "early", "only-early")]
    assert found == ["1.1", "2.0b1", "0.1.dev3"]


def test_an_older_version_is_chosen_where_the_newest_is_in_conflict(
    page: Page, index: Index
) -> None:
    index.add(
        make_wheel("left", "2.0", requires=["middle<2"]),
        make_wheel("left", "1.0", requires=["middle"]),
        make_wheel("right", requires=["middle>=2"]),
        make_wheel("middle", "1.0"),
        make_wheel("middle", "2.0"),
    )
    install(page, index, "left", "right")
    assert [version(page, project) for project in ("left", "middle")] == ["1.0", "2.0"]


def test_wheels_are_downloaded_side_by_side(page: Page, index: Index) -> None:
    names = [f"parallel-{number}" for number in range(4)]
    index.add(*(make_wheel(name) for name in names), make_wheel("parallel", requires=names))
    index.delay, index.most_at_once = 0.3, 0
    try:
        install(page, index, "parallel")
    finally:
        index.delay = 0
    assert index.most_at_once == 4


def test_calls_that_overlap_do_not_disturb_each_other(page: Page, index: Index) -> None:
    index.add(make_wheel("shared", "1.0"), make_wheel("shared", "2.0"))
    index.add(make_wheel("first", requires=["shared<2"]), make_wheel("second", requires=["shared"]))
    page.run_python_async(f"""
        import asyncio, micropip
        await asyncio.gather(
            *(micropip.install(name, index_url={index.url!r}) for name in ["first", "second"])
        )
    """)
    assert [version(page, p) for p in ("first", "second", "shared")] == ["1.0", "1.0", "1.0"]


def test_the_default_index_can_be_set(page: Page, index: Index) -> None:
    index.add(make_wheel("by-default"))
    page.run_python_async(f"""
        import micropip
        default, micropip.index_url = micropip.index_url, {index.url + "/"!r}
        try:
            await micropip.install("by-default")
        finally:
            micropip.index_url = default
    """)
    assert version(page, "by-default") == "1.0"


def test_an_index_may_list_only_the_newest_version(page: Page, index: Index) -> None:
    wheel = make_wheel("unlisted")
    entry = {
        "filename": wheel.file,
        "url": index.at(wheel),
        "digests": {"sha256": wheel.sha256},
        "requires_python": None,
    }
    index.answer("unlisted", json.dumps({"urls": [entry]}).encode())
    install(page, index, "unlisted")
    assert version(page, "unlisted") == "1.0"


# What is installed is installed as PEP 376 and PEP 427 have it.


def test_metadata_tell_what_was_installed(page: Page, index: Index) -> None:
    files = {
        "recorded/__init__.py": b"",
        "recorded/data.txt": "☃".encode(),
        "recorded-1.0.data/purelib/recorded_too.py": b"there = True\n",
        "recorded-1.0.data/data/share/recorded/readme": b"shared",
        "recorded-1.0.data/scripts/recorded": b"#!python\n",
        "recorded-1.0.data/headers/recorded.h": b"",
        "recorded-1.0.dist-info/entry_points.txt": b"[recorded.plugins]\nx = recorded:name\n",
    }
    index.add(make_wheel("recorded", files=files))
    install(page, index, "recorded")
    found = page.run_python("""
        import importlib.metadata, importlib.resources, os, recorded_too
        found = importlib.metadata.distribution("recorded")
        plugins = importlib.metadata.entry_points(group="recorded.plugins")
        {
            "installer": found.read_text("INSTALLER"),
            "direct": found.read_text("direct_url.json"),
            "plugins": [plugin.value for plugin in plugins],
            "data": importlib.resources.files("recorded").joinpath("data.txt").read_text(),
            "files": {
                os.path.normpath(file.locate()): [file.hash and file.hash.value, file.size]
                for file in found.files
            },
        }
    """)
    assert (found["installer"], found.get("direct")) == ("micropip\n", None)
    assert (found["plugins"], found["data"]) == (["recorded:name"], "☃")
    site = "/lib/python3.13/site-packages"
    info = f"{site}/recorded-1.0.dist-info"
    assert set(found["files"]) == {
        f"{site}/recorded/__init__.py",
        f"{site}/recorded/data.txt",
        f"{site}/recorded_too.py",
        "/share/recorded/readme",
        *(f"{info}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "INSTALLER")),
        f"{info}/entry_points.txt",
    }
    digest = base64.urlsafe_b64encode(hashlib.sha256(b"shared").digest()).decode().rstrip("=")
    assert found["files"]["/share/recorded/readme"] == [digest, 6]


def test_a_module_that_was_missing_is_found_at_once(page: Page, index: Index) -> None:
    index.add(make_wheel("missed"))
    assert (
        page.run_python_async(f"""
        import micropip
        try:
            import missed
        except ModuleNotFoundError:
            await micropip.install("missed", index_url={index.url!r})
        import missed
        missed.version
    """)
        == "1.0"
    )


def test_packages_may_share_a_namespace(page: Page, index: Index) -> None:
    index.add(
        make_wheel("space-a", files={"space/__init__.py": b"", "space/a.py": b"x = 1\n"}),
        make_wheel("space-b", files={"space/__init__.py": b"", "space/b.py": b"x = 2\n"}),
    )
    install(page, index, "space-a")
    install(page, index, "space-b")
    assert page.run_python("from space import a, b; [a.x, b.x]") == [1, 2]


def test_what_is_installed_stays(page: Page, index: Index) -> None:
    index.add(make_wheel("stays", "1.0"))
    install(page, index, "stays==1.0")
    index.add(make_wheel("stays", "2.0"), make_wheel("newcomer", requires=["stays"]))
    install(page, index, "stays", "newcomer")
    install(page, index, index.at(make_wheel("stays", "1.0")))
    assert version(page, "stays") == "1.0"
    message = refuses(page, index, "stays>=2")
    assert message.startswith("stays>=2 (asked for) cannot be met. stays 1.0 is installed; reload")
    message = refuses(page, index, index.at(make_wheel("stays", "2.0")))
    assert "stays 1.0 is installed; reload the page" in message


# Failures


def test_a_conflict_names_both_sides(page: Page, index: Index) -> None:
    index.add(
        make_wheel("one-side", requires=["contested<2"]),
        make_wheel("other-side", requires=["contested>=2"]),
        make_wheel("contested", "1.0"),
        make_wheel("contested", "2.0"),
    )
    assert refuses(page, index, "one-side", "other-side") == (
        "contested<2 (required by one-side 1.0) and contested>=2 (required by other-side 1.0) "
        "cannot be met together. Of contested, the index has 2.0, 1.0."
    )
    assert refuses(page, index, "contested", "contested>=3") == (
        "contested (asked for) and contested>=3 (asked for) cannot be met together. "
        "Of contested, the index has 2.0, 1.0."
    )


def test_a_wheel_with_another_digest_is_refused(page: Page, index: Index) -> None:
    wheel = make_wheel("tampered")
    index.add(wheel, digests={"sha256": "0" * 64})
    index.add(make_wheel("before-tampered", requires=["tampered", "pytz"]))
    message = refuses(page, index, "before-tampered")
    assert f"is refused: its sha256 is {wheel.sha256}, not {'0' * 64} as promised" in message
    assert version(page, "before-tampered") is None

    url = index.at(make_wheel("fragment"))
    assert "is refused: its sha256" in refuses(page, index, f"{url}#sha256={'0' * 64}")
    install(page, index, f"fragment @ {url}#sha256={make_wheel('fragment').sha256}")
    assert version(page, "fragment") == "1.0"


def test_an_index_without_digests_is_refused(page: Page, index: Index) -> None:
    index.add(make_wheel("undigested"), digests={})
    assert "is not the JSON API of a package index (KeyError: 'sha256')" in refuses(
        page, index, "undigested"
    )


def test_a_project_with_platform_wheels_only_is_refused(page: Page, index: Index) -> None:
    file = make_wheel("compiled", tag="cp313-cp313-manylinux_2_17_x86_64")
    index.add(file, make_wheel("wants-compiled", requires=["compiled"]))
    assert refuses(page, index, "wants-compiled") == (
        "compiled (required by wants-compiled 1.0): the channel does not have it, and the index "
        f"has no pure wheel of it for this Python ({file.file} is not a pure wheel: its name does "
        "not end in none-any.whl). It must become a conda package first."
    )
    message = refuses(page, index, index.at(file))
    assert "is not a pure wheel: its name does not end in none-any.whl. Compiled" in message


@pytest.mark.parametrize(
    ("requirement", "message"),
    [
        ("", "'' is not a requirement"),
        ("a b", "'a b' is not a requirement"),
        ("a>=", "'a>=' is not a requirement"),
        ("a; b == 'c'", "is not a requirement"),
        ("https://example.com/a-1.0.tar.gz", "'a-1.0.tar.gz' is not the name of a wheel"),
        ("a.whl", "'a.whl' is not the name of a wheel"),
        ("b @ https://example.com/a-1.0-py3-none-any.whl", "is not a wheel of b, but of a"),
        ("http://127.0.0.1:1/a-1.0-py3-none-any.whl", "cannot be fetched"),
    ],
)
def test_what_is_no_requirement_is_refused(
    page: Page, index: Index, requirement: str, message: str
) -> None:
    assert message in refuses(page, index, requirement)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("None", "install needs a requirement or a list of them, not NoneType"),
        ("[b'six']", "a requirement is a string, not bytes: b'six'"),
        ("['six', 3]", "a requirement is a string, not int: 3"),
        ("'six', index_url=3", "index_url is a string, not int"),
    ],
)
def test_arguments_of_other_types_raise_at_once(page: Page, arguments: str, message: str) -> None:
    with pytest.raises(JavaScriptError, match="TypeError") as caught:
        page.run_python(f"import micropip; micropip.install({arguments})")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("name", "wheel", "message"),
    [
        ("nozip", lambda name: b"<html>", "File is not a zip file"),
        ("cut", lambda name: make_wheel(name).content[:-30], "is not a sound wheel"),
        (
            "changed",
            lambda name: make_wheel(name, replaced={f"{name}.py": b"evil"}).content,
            "changed.py is not what its RECORD says",
        ),
        (
            "added",
            lambda name: make_wheel(name, replaced={"more.py": b""}).content,
            "its RECORD has no sha256 of more.py",
        ),
        (
            "lacking",
            lambda name: make_wheel(name, replaced={f"{name}.py": None}).content,
            "lacking.py is in its RECORD and missing",
        ),
        (
            "outside",
            lambda name: make_wheel(name, files={"../../outside.py": b""}).content,
            "the path '../../outside.py' is not allowed in a wheel",
        ),
        (
            "absolute",
            lambda name: make_wheel(name, files={"/absolute.py": b""}).content,
            "the path '/absolute.py' is not allowed in a wheel",
        ),
        ("other", lambda name: make_wheel("another").content, "are those of another 1.0"),
        (
            "recordless",
            lambda name: make_wheel(name, replaced={f"{name}-1.0.dist-info/RECORD": None}).content,
            "there is no RECORD in recordless-1.0.dist-info",
        ),
        (
            "twofold",
            lambda name: make_wheel(name, files={"b-1.0.dist-info/METADATA": b""}).content,
            "it has 2 folders .dist-info instead of one",
        ),
        (
            "future",
            lambda name: make_wheel(name, requires_python=">=9").content,
            "it needs Python >=9, and this is 3.13",
        ),
        (
            "unclear",
            lambda name: make_wheel(name, requires=["a b"]).content,
            "is not a sound wheel",
        ),
    ],
)
def test_a_damaged_wheel_is_refused(
    page: Page, index: Index, name: str, wheel: Callable[[str], bytes], message: str
) -> None:
    file = f"{name}-1.0-py3-none-any.whl"
    found = refuses(page, index, index.at(Wheel(file, wheel(name))))
    assert message in found
    assert f"{file} is not a sound wheel" in found


def test_a_file_in_the_way_leaves_nothing_behind(page: Page, index: Index) -> None:
    index.add(make_wheel("way-a", files={"way/a.py": b"1", "way_too/x.py": b""}))
    index.add(make_wheel("way-b", files={"way_new/b.py": b"2", "way/a.py": b"2"}))
    index.add(make_wheel("way-c", files={"way/a.py/c.py": b"3"}))
    site = "/lib/python3.13/site-packages"
    for others in (["way-a", "way-b"], ["way-a", "way-c"]):
        assert f"{site}/way/a.py exists already" in refuses(page, index, *others)
    install(page, index, "way-a")
    for other in ("way-b", "way-c"):
        assert f"{site}/way/a.py exists already" in refuses(page, index, other)
    assert page.run_python("open('/lib/python3.13/site-packages/way/a.py').read()") == "1"


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b'{"releases": []}', b'{"urls": [{}]}'])
def test_what_is_no_index_is_refused(page: Page, index: Index, answer: bytes) -> None:
    index.answer("strange", answer)
    assert "is not the JSON API of a package index" in refuses(page, index, "strange")


def test_an_index_that_does_not_answer_is_named(page: Page, index: Index) -> None:
    gone = Index(address="http://127.0.0.1:1")
    message = refuses(page, gone, "pytz<2000")
    assert message.startswith(
        "pytz<2000 (asked for): no channel has it, and http://127.0.0.1:1/pypi/pytz/json "
        "cannot be fetched"
    )
    assert "(CORS)" in message


def test_a_wheel_that_is_gone_is_named(page: Page, index: Index) -> None:
    index.add(make_wheel("vanished"), url="../../files/vanished-9-py3-none-any.whl")
    assert f"There is no {index.address}/files/vanished-9-py3-none-any.whl." in refuses(
        page, index, "vanished"
    )


def test_a_package_that_cannot_be_loaded_leaves_no_wheel(fresh_page: Page, index: Index) -> None:
    index.add(make_wheel("needs-package", requires=["pytz"]))
    fresh_page.run_js("""
        const cache = await caches.open("conda-emscripten"); // of all pages of the browser
        for (const key of await cache.keys()) await cache.delete(key);
        const fetch = globalThis.fetch;
        globalThis.fetch = (url, ...rest) =>
            /pytz.*lz4b/.test(url) ? Promise.reject(new TypeError("cut")) : fetch(url, ...rest);
    """)
    assert "pytz" in (message := refuses(fresh_page, index, "needs-package"))
    assert "cannot be fetched (cut). Check the network" in message


def test_a_failure_does_not_harm_the_next_call(page: Page, index: Index) -> None:
    refuses(page, index, "later-project", "pytz<2000")
    index.add(make_wheel("later-project"))
    install(page, index, "later-project")
    assert version(page, "later-project") == "1.0"


# Elsewhere


def test_it_works_in_a_worker(open_page: OpenPage, index: Index) -> None:
    index.add(make_wheel("in-worker", requires=["pytz"]))
    blank = open_page("/pages/blank.html")
    script = f"""
        import micropip
        await micropip.install("in-worker", index_url={index.url!r})
        import in_worker, pytz
        [in_worker.version, str(pytz.UTC)]
    """
    failing = f"""
        import micropip
        await micropip.install("no-such-project", index_url={index.url!r})
    """
    answers: list[dict[str, Any]] = blank.run_js(f"""
        const {{ asyncRun }} = await import("/pages/py-worker.js");
        return [
            await asyncRun({json.dumps(script)}, {{}}),
            await asyncRun({json.dumps(failing)}, {{}}),
        ];
    """)
    assert answers[0] == {"results": ["1.0", "UTC"]}
    assert "no-such-project (asked for): neither the channel nor" in answers[1]["error"]


def test_each_interpreter_of_a_page_has_packages_of_its_own(
    open_page: OpenPage, index: Index
) -> None:
    index.add(make_wheel("only-one"))
    blank = open_page("/pages/blank.html")
    assert blank.run_js(f"""
        const {{ loadPyodide }} = await import("/pyodide.mjs");
        const [one, two] = await Promise.all([loadPyodide(), loadPyodide()]);
        await one.runPythonAsync(`
            import micropip
            await micropip.install(["only-one", "pytz"], index_url={json.dumps(index.url)})
        `);
        return [one, two].map((python) => [
            "pytz" in python.loadedPackages,
            python.runPython("import importlib.util; bool(importlib.util.find_spec('only_one'))"),
        ]);
    """) == [[True, True], [False, False]]


def test_the_examples_of_the_reference_run(
    open_page: OpenPage, index: Index, real: Callable[[str], Wheel]
) -> None:
    for file in ("markdown_it_py-4.3.0-py3-none-any.whl", "mdurl-0.1.2-py3-none-any.whl"):
        index.add(real(file))
    index.add(make_wheel("markdown-it-py", "3.0.0"))
    index.at(real("snowballstemmer-3.1.1-py3-none-any.whl"))
    text = (ROOT / "docs" / "reference" / "micropip.md").read_text()
    examples = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    page = open_page("/pages/blank.html")
    values = page.run_js(f"""
        const {{ loadPyodide }} = await import("/pyodide.mjs");
        const values = [];
        for (const example of {json.dumps(examples)}) {{
            const lines = [];
            const python = await loadPyodide({{ stdout: (line) => lines.push(line) }});
            await python.loadPackage("micropip");
            python.runPython("import micropip; micropip.index_url = {index.url!r}");
            const code = example.replaceAll("https://example.com", {json.dumps(index.address)});
            const value = await python.runPythonAsync(code);
            while (example.includes("print(") && lines.length === 0) {{
                await new Promise((next) => setTimeout(next, 20));
            }}
            values.push([value ?? null, ...lines]);
        }}
        return values;
    """)
    stems = ["go", "goe", "go", "gone"]
    assert values == [
        [stems],
        [None, str(stems)],
        [None],
        [None],
        [
            None,
            "markdown-it-py<4 (asked for) and markdown-it-py>=4 (asked for) cannot be met "
            "together. Of markdown-it-py, the index has 4.3.0, 3.0.0.",
        ],
    ]
