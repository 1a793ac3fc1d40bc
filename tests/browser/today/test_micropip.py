"""Does micropip do what front ends need of upstream's?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.harness.index import Index
from tests.harness.runtime import JavaScriptError, Runtime
from tests.harness.server import running
from tests.harness.wheels import make_wheel


@pytest.fixture(scope="module")
def index() -> Iterator[Index]:
    """An index on a separate origin. Each test adds projects with its own names."""
    found = Index()
    with running(found.app()) as address:
        found.address = address
        yield found


@pytest.fixture
def micropip(today: Runtime, index: Index) -> Runtime:
    """A running Python with micropip, which asks the index after the channel."""
    today.run_js(f"""
        await pyodide.loadPackage("micropip");
        const micropip = pyodide.pyimport("micropip");
        micropip.set_index_urls("{index.url}/{{package_name}}/json");
    """)
    return today


def python(runtime: Runtime, code: str) -> Any:
    """The value of the code, by way of JSON."""
    return json.loads(runtime.run_python_async(f"import json, micropip\n{code}"))


def test_javascript_installs_with_await(micropip: Runtime, index: Index) -> None:
    index.add(make_wheel("from-js", requires=["pytz", "from-js-too"]), make_wheel("from-js-too"))
    assert micropip.run_js("""
        const micropip = pyodide.pyimport("micropip");
        const started = micropip.install(["from-js"], { keep_going: true });
        const value = await started;
        return [
            value === undefined,
            pyodide.runPython("import from_js, from_js_too; from_js.version"),
            pyodide.loadedPackages["from-js"],
            pyodide.loadedPackages.pytz,
        ];
    """) == [True, "1.0", "pypi", "default channel"]


def test_keyword_arguments_are_those_of_upstream(micropip: Runtime, index: Index) -> None:
    index.add(make_wheel("keyed", "1.0"), make_wheel("keyed", "2.0b1"))
    index.add(make_wheel("keyed-user", requires=["keyed", "not-wanted"]))
    assert (
        micropip.run_js("""
        const { install } = pyodide.pyimport("micropip");
        await install.callKwargs("keyed", { pre: true, constraints: ["keyed<3"], verbose: true });
        await install.callKwargs("keyed-user", { deps: false });
        return pyodide.runPython(`
            import micropip
            versions = [micropip.list()[name].version for name in ("keyed", "keyed-user")]
            micropip.uninstall("keyed-user") # freeze() would look for its requirement
            " ".join(versions)
        `);
    """)
        == "2.0b1 1.0"
    )


def test_constraints_hold_for_all_later_calls(micropip: Runtime, index: Index) -> None:
    index.add(make_wheel("held", "1.0"), make_wheel("held", "2.0"))
    code = """
micropip.set_constraints(["held<2"])
try:
    await micropip.install("held")
finally:
    micropip.set_constraints([])
json.dumps(micropip.list()["held"].version)
"""
    assert python(micropip, code) == "1.0"


def test_an_error_is_a_valueerror_with_the_type_of_the_first_release(
    micropip: Runtime, index: Index
) -> None:
    with pytest.raises(JavaScriptError, match="Can't fetch metadata for 'no-such-project'"):
        micropip.run_js("await pyodide.pyimport('micropip').install('no-such-project');")
    assert python(
        micropip,
        f"""
try:
    await micropip.install("no-such-project", index_url={index.url!r})
except ValueError as error:
    found = isinstance(error, micropip.InstallError)
json.dumps(found)
""",
    )


def test_an_installation_starts_at_the_call_and_is_a_task(micropip: Runtime, index: Index) -> None:
    index.add(make_wheel("started"), make_wheel("gathered"), make_wheel("waited"))
    assert python(
        micropip,
        """
import asyncio
done = asyncio.get_running_loop().create_future()
micropip.install("started").then(lambda *_: done.set_result("then"))
found = [await done]
await asyncio.gather(micropip.install("gathered"), asyncio.wait_for(micropip.install("waited"), 60))
import started, gathered, waited
json.dumps([*found, started.version])
""",
    ) == ["then", "1.0"]


def test_packages_are_listed_frozen_and_uninstalled(micropip: Runtime, index: Index) -> None:
    wheel = make_wheel("frozen", requires=["pytz"])
    index.add(wheel)
    listed, lock, after = python(
        micropip,
        """
await micropip.install(["frozen", "pytz"])
listed = {name: [p.version, p.source] for name, p in micropip.list().items()}
lock = json.loads(micropip.freeze())
micropip.uninstall("frozen")
after = "frozen" in micropip.list()
json.dumps([{name: listed[name] for name in ("frozen", "pytz")}, lock, after])
""",
    )
    assert listed["frozen"] == ["1.0", "pypi"]
    assert listed["pytz"][1] == "pyodide"
    assert lock["info"]["platform"].startswith("emscripten_")
    assert lock["packages"]["numpy"]["imports"] == ["numpy"]
    frozen = lock["packages"]["frozen"]
    assert (frozen["file_name"], frozen["sha256"]) == (index.at(wheel), wheel.sha256)
    assert (frozen["imports"], frozen["depends"]) == ([], ["pytz"])
    assert after is False
    assert micropip.run_js("return pyodide.loadedPackages.frozen === undefined;")


def test_mock_packages_stand_in_for_requirements(micropip: Runtime, index: Index) -> None:
    index.add(make_wheel("mock-user", requires=["mocked>=1"]))
    micropip.run_js("""
        pyodide.pyimport("micropip").add_mock_package.callKwargs("mocked", "1.5", {
            modules: pyodide.toPy(new Map([["mocked", "value = 3"]])),
        });
    """)
    assert python(
        micropip,
        """
await micropip.install("mock-user")
import mocked
found = [mocked.value, micropip.list_mock_packages()]
micropip.remove_mock_package("mocked")
json.dumps([*found, micropip.list_mock_packages()])
""",
    ) == [3, ["mocked"], []]


def test_a_front_end_may_replace_the_query_and_the_transaction(
    micropip: Runtime, index: Index
) -> None:
    """piplite of JupyterLite does the first, marimo the second."""
    wheel = make_wheel("from-piplite")
    index.at(wheel)
    assert python(
        micropip,
        f"""
from unittest.mock import patch
from micropip import package_index, transaction
from micropip._compat import CompatibilityLayer, compatibility_layer
from micropip._vendored.packaging.src.packaging.version import Version

asked = []
async def query_package(name, index_urls, *, compat_layer, fetch_kwargs=None):
    asked.append([name, issubclass(compat_layer, CompatibilityLayer)])
    file = {{"filename": {wheel.file!r}, "url": {index.at(wheel)!r},
            "digests": {{"sha256": {wheel.sha256!r}}}}}
    return package_index.ProjectInfo._compatible_only(name, {{Version("1.0"): [file]}})

class Transaction(transaction.Transaction):
    async def add_requirement_inner(self, req):
        asked.append(req.name)
        await super().add_requirement_inner(req)

with patch("micropip.package_index.query_package", query_package):
    with patch("micropip.package_manager.Transaction", Transaction):
        await micropip.install(["from-piplite", "pytz"], keep_going=True)
import from_piplite
json.dumps([sorted(asked, key=str), from_piplite.version])
""",
    ) == [[["from-piplite", True], "from-piplite", "pytz"], "1.0"]


def test_the_channel_is_asked_first(micropip: Runtime, index: Index) -> None:
    index.add(make_wheel("six", "99.0"), make_wheel("pytz", "99.0"))
    asked = len(index.requests)
    versions = python(
        micropip,
        """
await micropip.install(["six>=1", "pytz"])
from importlib.metadata import version
json.dumps([version("six"), version("pytz")])
""",
    )
    assert isinstance(versions, list)
    assert "99.0" not in versions
    assert index.requests[asked:] == []


def test_a_wheel_in_the_file_system_and_a_damaged_one(micropip: Runtime, index: Index) -> None:
    wheel = make_wheel("in-files")
    content = list(wheel.content)
    assert (
        micropip.run_js(f"""
        pyodide.FS.writeFile("/tmp/{wheel.file}", new Uint8Array({content}));
        await pyodide.pyimport("micropip").install("emfs:/tmp/{wheel.file}");
        return pyodide.runPython("import in_files; in_files.version");
    """)
        == "1.0"
    )
    changed = make_wheel("changed-files", replaced={"changed_files.py": b"evil"})
    index.add(changed)
    with pytest.raises(JavaScriptError, match=r"changed_files\.py and its digest in RECORD differ"):
        micropip.run_js("await pyodide.pyimport('micropip').install('changed-files');")
