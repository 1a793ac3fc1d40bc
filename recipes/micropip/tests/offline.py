"""A pytest plugin: micropip's own tests without a network and without a browser.

It stands in for pytest-httpserver, which needs sockets and threads, and for pytest-pyodide, which
needs a browser. Responses are in memory, and urllib.request finds them there. Tests of a browser
are skipped; tests/browser/micropip of this project has tests of pages.
"""

import io
import itertools
import sys
import types
import urllib.request
from email.message import Message
from urllib.response import addinfourl

import pytest

_responses = {}
_numbers = itertools.count()


class HTTPServer:
    """Registers responses, with the methods that the tests call."""

    def __init__(self):
        self._address = f"http://server-{next(_numbers)}.test"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def url_for(self, suffix):
        return f"{self._address}/{suffix.lstrip('/')}"

    def expect_request(self, path):
        return _Handler(self.url_for(path))


class _Handler:
    def __init__(self, url):
        self._url = url

    def respond_with_data(self, data=b"", status=200, content_type="text/plain", headers=None):
        content = data.encode() if isinstance(data, str) else data
        _responses[self._url] = content, status, {"Content-Type": content_type, **(headers or {})}


class _FromMemory(urllib.request.HTTPHandler):
    def http_open(self, request):
        content, status, headers = _responses.get(request.full_url, (b"", 404, {}))
        message = Message()
        for name, value in headers.items():
            message[name] = value
        response = addinfourl(io.BytesIO(content), message, request.full_url, status)
        response.msg = "from memory"
        return response


urllib.request.install_opener(urllib.request.build_opener(_FromMemory))


def _module(name, **attributes):
    sys.modules[name] = types.ModuleType(name)
    vars(sys.modules[name]).update(attributes)


_module("pytest_httpserver", HTTPServer=HTTPServer)


def _run_in_pyodide(function=None, **_):
    return function or _run_in_pyodide


_module("pytest_pyodide", run_in_pyodide=_run_in_pyodide)
_module("pytest_pyodide.runner", JavascriptException=type("JavascriptException", (Exception,), {}))


def pytest_addoption(parser):
    parser.addoption("--dist-dir", default="dist", help="A folder with further wheels.")


def pytest_configure(config):
    for mark in ("xfail_browsers", "skip_refcount_check"):
        config.addinivalue_line("markers", f"{mark}: of pytest-pyodide")


def pytest_collection_modifyitems(config, items):
    """Leave out the tests of real indexes, as upstream's options do, and those of a browser."""
    remote = [item for item in items if "integration" in item.path.parts]
    config.hook.pytest_deselected(items=remote)
    items[:] = [item for item in items if item not in remote]
    for item in items:
        if any(name.startswith("selenium") for name in item.fixturenames):
            item.add_marker(pytest.mark.skip("needs a browser"))


@pytest.fixture
def httpserver():
    return HTTPServer()
