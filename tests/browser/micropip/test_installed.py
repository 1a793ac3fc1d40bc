"""Is a wheel that micropip installed like any installed project (PEP 376, PEP 427)?"""

from __future__ import annotations

import base64
import hashlib

from tests.harness.index import Index
from tests.harness.micropip import install, refuses, version
from tests.harness.page import Page
from tests.harness.wheels import make_wheel


def test_metadata_describe_the_installed_project(page: Page, index: Index) -> None:
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
    assert (found["installer"], found.get("direct")) == ("micropip", None)
    assert (found["plugins"], found["data"]) == (["recorded:name"], "☃")
    site = "/lib/python3.13/site-packages"
    info = f"{site}/recorded-1.0.dist-info"
    added = ("INSTALLER", "PYODIDE_SHA256", "PYODIDE_SOURCE", "PYODIDE_URL")
    assert set(found["files"]) == {
        f"{site}/recorded/__init__.py",
        f"{site}/recorded/data.txt",
        f"{site}/recorded_too.py",
        "/share/recorded/readme",
        *(f"{info}/{name}" for name in ("METADATA", "WHEEL", "RECORD", *added)),
        f"{info}/entry_points.txt",
    }
    digest = base64.urlsafe_b64encode(hashlib.sha256(b"shared").digest()).decode().rstrip("=")
    assert found["files"]["/share/recorded/readme"] == [digest, 6]


def test_a_module_that_was_missing_can_be_imported_at_once(page: Page, index: Index) -> None:
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


def test_an_installed_project_is_not_replaced(page: Page, index: Index) -> None:
    index.add(make_wheel("stays", "1.0"))
    install(page, index, "stays==1.0")
    index.add(make_wheel("stays", "2.0"), make_wheel("newcomer", requires=["stays"]))
    install(page, index, "stays", "newcomer")
    install(page, index, index.at(make_wheel("stays", "1.0")))
    assert version(page, "stays") == "1.0"
    message = refuses(page, index, "stays>=2")
    expected = "but stays==1.0 is already installed. If you want to reinstall the package"
    assert message.startswith(f"Requested 'stays>=2', {expected}")
    message = refuses(page, index, index.at(make_wheel("stays", "2.0")))
    assert message.startswith(f"Requested 'stays==2.0', {expected}")


def test_an_installed_project_can_be_replaced_and_removed(page: Page, index: Index) -> None:
    old = {"replaced_old.py": b"", "replaced_both.py": b"version = 1\n"}
    new = {"replaced_both.py": b"version = 2\n"}
    index.add(make_wheel("replaced", "1.0", files=old))
    install(page, index, "replaced")
    index.add(make_wheel("replaced", "2.0", files=new))
    page.run_python_async(f"""
        import micropip
        await micropip.install("replaced>=2", index_url={index.url!r}, reinstall=True)
    """)
    assert version(page, "replaced") == "2.0"
    assert page.run_python("""
        import importlib.util, replaced_both
        [replaced_both.version, importlib.util.find_spec("replaced_old")]
    """) == [2, None]
    listed = page.run_python("micropip.list()['replaced'].source")
    assert listed == "pypi"
    page.run_python("micropip.uninstall('replaced')")
    assert version(page, "replaced") is None
