"""Does runPythonAsync load the packages of the standard library's optional parts?"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.harness.built import BUILD_DIR
from tests.harness.node import node
from tests.harness.runtime import JavaScriptError, Runtime
from tests.harness.tabs import PAGES, OpenTab, start_page

ALSO = ["python-doc", "python-tzdata"]


@pytest.fixture(params=["chromium", "firefox", "node"])
def fresh(request: pytest.FixtureRequest) -> Iterator[Runtime]:
    """An interpreter without packages, in a page and then in Node."""
    if request.param == "node":
        with node(BUILD_DIR / "dist" / "pyodide.mjs") as runtime:
            request.node.stash.setdefault(PAGES, []).append(runtime)
            yield runtime
        return
    open_tab: OpenTab = request.getfixturevalue(f"{request.param}_tabs")
    page = start_page(open_tab, request.getfixturevalue("site"))
    request.node.stash.setdefault(PAGES, []).append(page)
    yield page
    page.close()


def loaded(runtime: Runtime) -> set[str]:
    """The loaded packages of this module's tests."""
    names = runtime.run_js("return Object.keys(pyodide.loadedPackages);")
    return {"python-ssl", *ALSO} & set(names)


def test_names_of_openssl_load_python_ssl(fresh: Runtime) -> None:
    fresh.run_python_async("""
        import asyncio, hashlib, hmac, secrets, urllib.request
        hashlib.new("sha256", b"")
    """)
    assert loaded(fresh) == set()
    # The module has been imported before.
    digest = fresh.run_python_async("hashlib.pbkdf2_hmac('sha1', b'password', b'salt', 1).hex()")
    assert digest == "0c60c80f961f0e71f3a9b524af6012062fe037a6"  # RFC 6070
    assert loaded(fresh) == {"python-ssl"}
    assert fresh.run_python("from hashlib import scrypt; hashlib.scrypt is scrypt")


@pytest.mark.parametrize(
    ("code", "value"),
    [
        (
            "import hashlib; hashlib.new('ripemd160').hexdigest()",
            "9c1185a5c5e9fc54612808977ee8f548b2258d31",
        ),
        ("import ssl; ssl.OPENSSL_VERSION[:7]", "OpenSSL"),
        ("from http.client import HTTPSConnection; HTTPSConnection('localhost').port", 443),
    ],
)
def test_openssl_s_parts_load_python_ssl(fresh: Runtime, code: str, value: object) -> None:
    assert fresh.run_python_async(code) == value
    assert loaded(fresh) == {"python-ssl"}


def test_zoneinfo_loads_python_tzdata(fresh: Runtime) -> None:
    offset = fresh.run_python_async("""
        from datetime import datetime
        from zoneinfo import ZoneInfo
        str(datetime(2026, 1, 1, tzinfo=ZoneInfo("Asia/Kathmandu")).utcoffset())
    """)
    assert offset == "5:45:00"
    assert loaded(fresh) == {"python-tzdata"}


@pytest.mark.parametrize(
    ("package", "code", "value"),
    [
        (
            "python-ssl",
            "import hashlib; hashlib.new('ripemd160').hexdigest()",
            "9c1185a5c5e9fc54612808977ee8f548b2258d31",
        ),
        (
            "python-ssl",
            "import hashlib; hashlib.scrypt(b'', salt=b'', n=16, r=1, p=1, dklen=4).hex()",
            "77d65762",  # RFC 7914
        ),
        ("python-ssl", "import ssl; ssl.HAS_TLSv1_3", True),
        ("python-tzdata", "import zoneinfo; zoneinfo.ZoneInfo('UTC').key", "UTC"),
        ("python-doc", "from pydoc_data.topics import topics; 'for' in topics", True),
    ],
)
def test_the_package_of_the_error_is_the_remedy(
    fresh: Runtime, package: str, code: str, value: object
) -> None:
    with pytest.raises(JavaScriptError) as caught:
        fresh.run_python(code)
    call = re.search(r"pyodide\.loadPackage\('([\w-]+)'\)", str(caught.value))
    assert call is not None
    assert call[1] == package
    fresh.run_js(f"await {call[0]};")
    assert fresh.run_python(code) == value


def test_help_shows_its_topics(fresh: Runtime) -> None:
    help_on_for = """
        import io, pydoc
        output = io.StringIO()
        pydoc.Helper(output=output)("for")
        output.getvalue()
    """
    assert "loadPackage('python-doc')" in fresh.run_python(help_on_for)
    fresh.run_js("await pyodide.loadPackage('python-doc');")
    assert 'The "for" statement' in fresh.run_python(help_on_for)
