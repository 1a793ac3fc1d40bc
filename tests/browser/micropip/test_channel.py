"""Does micropip load the packages of the channel from the channel?"""

from __future__ import annotations

from collections.abc import Callable

from tests.harness.built import require_packages
from tests.harness.index import Index
from tests.harness.micropip import install, refuses, version
from tests.harness.page import Page
from tests.harness.wheels import Wheel, make_wheel


def test_a_package_of_the_channel_is_loaded_from_the_channel(
    fresh_page: Page, index: Index
) -> None:
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


def test_the_channel_gives_a_version_that_all_requirements_accept(
    fresh_page: Page, index: Index
) -> None:
    index.add(make_wheel("wants-pytz", requires=["pytz>=2000,!=2001.1", "six~=1.10"]))
    install(fresh_page, index, "wants-pytz", "pytz<3000")
    assert fresh_page.run_js("return pyodide.loadedPackages.pytz;") == "default channel"
    assert version(fresh_page, "wants-pytz") == "1.0"


def test_the_requirements_of_extras_are_installed(fresh_page: Page, index: Index) -> None:
    index.add(make_wheel("pytest"), make_wheel("docopt"))
    install(fresh_page, index, "parso[testing]")  # not loaded before
    assert fresh_page.run_js("return pyodide.loadedPackages.parso;") == "default channel"
    assert version(fresh_page, "docopt") == "1.0"
    assert version(fresh_page, "pytest")  # the channel may also have pytest


def test_the_requirements_of_extras_of_a_loaded_package_are_installed(
    fresh_page: Page, index: Index
) -> None:
    require_packages("requests")
    index.add(make_wheel("pysocks", "1.7.1"))
    fresh_page.run_js("await pyodide.loadPackage('requests');")
    install(fresh_page, index, "requests[socks]")
    assert version(fresh_page, "pysocks") == "1.7.1"


def test_a_conflict_between_a_wheel_and_a_package_is_an_error(
    fresh_page: Page, index: Index
) -> None:
    index.add(make_wheel("parso", "0.7"), make_wheel("old-parso", requires=["parso<0.8"]))
    message = refuses(fresh_page, index, "old-parso", "jedi")
    assert message.startswith("jedi from the conda channel would bring parso==0.8")
    assert "and parso==0.7 is also asked for" in message

    install(fresh_page, index, "old-parso")
    assert version(fresh_page, "parso") == "0.7"
    message = refuses(fresh_page, index, "jedi")
    assert message.startswith("jedi from the conda channel would bring parso==0.8")
    assert "and parso==0.7 is installed from a wheel. Use micropip.uninstall('parso')" in message


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
