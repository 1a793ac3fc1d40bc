"""Does a page say what to load for a missing part of the standard library?

The tests of the packages themselves are in recipes/python-ssl/page.
"""

from __future__ import annotations

import json

import pytest

from tests.harness.runtime import JavaScriptError, Runtime

SSL = "the package python-ssl has it; load it with pyodide.loadPackage('python-ssl')"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import ssl", f"ModuleNotFoundError: No module named '_ssl': {SSL}"),
        ("from hashlib import scrypt", SSL),
        ("import hashlib; hashlib.pbkdf2_hmac", f"no attribute 'pbkdf2_hmac': {SSL}"),
        ("import hashlib; hashlib.new('ripemd160')", f"unsupported hash type ripemd160: {SSL}"),
        ("import urllib.request, http.client; http.client.HTTPSConnection", "python-ssl"),
        (
            "import zoneinfo; zoneinfo.ZoneInfo('UTC')",
            "pyodide.loadPackage('python-tzdata')",
        ),
        ("import pydoc_data.topics", "pyodide.loadPackage('python-doc')"),
        ("import turtle", "No module named 'turtle': emscripten has no Tk"),
        ("import curses", "No module named 'curses': emscripten has no curses"),
        ("import pwd", "No module named 'pwd': emscripten has no database of users"),
        ("import venv", "No module named 'venv': emscripten has no virtual environments"),
        ("import winreg", "No module named 'winreg': it exists only on Windows"),
    ],
)
def test_an_error_names_the_next_step(runtime: Runtime, code: str, message: str) -> None:
    with pytest.raises(JavaScriptError) as caught:
        runtime.run_python(code)
    assert message in str(caught.value)


def test_help_names_its_package(runtime: Runtime) -> None:
    shown = runtime.run_python("""
        import io, pydoc
        output = io.StringIO()
        pydoc.Helper(output=output)("for")
        output.getvalue()
    """)
    assert "pyodide.loadPackage('python-doc')" in shown


def test_every_missing_module_has_a_reason(runtime: Runtime) -> None:
    plain = runtime.run_python("""
        import importlib, importlib.util, json, sys
        plain = []
        for name in sys.stdlib_module_names:
            if name not in sys.modules and importlib.util.find_spec(name) is None:
                try:
                    importlib.import_module(name)
                except ModuleNotFoundError as error:
                    start = f"No module named {name!r}: "
                    if error.name != name or not str(error).startswith(start):
                        plain.append(str(error))
        json.dumps(plain)
    """)
    assert json.loads(plain) == []


@pytest.mark.parametrize(
    ("code", "modules"),
    [
        ("import hashlib", []),
        ("import hashlib, hmac, secrets; hashlib.sha256(b'')", []),
        ("import hashlib; hashlib.new('sha256'); hashlib.new('SHA1')", []),
        ("import urllib.request, http.client, smtplib, asyncio", []),
        ("import hashlib\nhashlib.scrypt(b'', salt=b'', n=2, r=1, p=1)", ["_hashlib"]),
        ("import hashlib as h\nh.pbkdf2_hmac('sha1', b'', b'', 1)", ["_hashlib"]),
        ("def f():\n    from hashlib import scrypt", ["_hashlib"]),
        ("from hashlib import *\nscrypt", ["_hashlib"]),
        ("from hashlib import *\nsha256", []),
        ("import hashlib\nhashlib.new('ripemd160')", ["_hashlib"]),
        ("import hashlib\nhashlib.new(name='RIPEMD160')", ["_hashlib"]),
        ("from hashlib import new\nnew('sm3', b'')", ["_hashlib"]),
        ("import hmac\nhmac.new(b'', b'', 'ripemd160')", ["_hashlib"]),
        ("print('ripemd160'); object().new('ripemd160')", []),
        ("hashlib = object(); hashlib.scrypt", []),
        ("import ssl", ["_ssl"]),
        ("from ssl import SSLContext", ["_ssl"]),
        ("import sslish; from .ssl import x", []),
        ("from http.client import HTTPSConnection", ["_ssl"]),
        ("from http import client\nclient.HTTPSConnection('x')", ["_ssl"]),
        ("import http.client\nhttp.client.HTTPSConnection.default_port", ["_ssl"]),
        ("import smtplib, ftplib; smtplib.SMTP_SSL; ftplib.FTP_TLS", ["_ssl"]),
        ("import zoneinfo", ["tzdata"]),
        ("from zoneinfo import ZoneInfo", ["tzdata"]),
        ("x = 'zoneinfo'", []),
        ("not Python: zoneinfo", []),
    ],
)
def test_code_needs_the_modules_of_its_names(
    runtime: Runtime, code: str, modules: list[str]
) -> None:
    found = runtime.run_python(f"""
        import json
        from pyodide import _parts
        json.dumps(sorted(_parts.find_needed({code!r}, {{}})))
    """)
    assert json.loads(found) == modules


def test_code_can_use_modules_of_earlier_code(runtime: Runtime) -> None:
    found = runtime.run_python("""
        import hashlib, json
        from pyodide import _parts
        names = {"digests": hashlib, "text": "hashlib"}
        json.dumps([
            sorted(_parts.find_needed(code, names))
            for code in ("digests.scrypt", "text.scrypt", "nothing.scrypt")
        ])
    """)
    assert json.loads(found) == [["_hashlib"], [], []]


def test_unusual_code_is_searched_in_time(runtime: Runtime) -> None:
    assert runtime.run_python("""
        from pyodide import _parts
        codes = "zoneinfo" + ".x" * 1000, "zoneinfo\\n" + "x.y = 1\\n" * 10000
        [_parts.find_needed(code, {}) for code in codes] == [set(), set()]
    """)
