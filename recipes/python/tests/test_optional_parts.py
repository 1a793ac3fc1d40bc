"""Does an error name the package of each missing part of the standard library?

Run with bin/python in an environment without python-doc, python-ssl and python-tzdata.
"""

import asyncio.sslproto
import contextlib
import ftplib
import hashlib
import hmac
import http.client
import imaplib
import importlib
import importlib.util
import io
import logging.handlers
import poplib
import pydoc
import runpy
import smtplib
import sys
import unittest
import urllib.request
import xmlrpc.client
import zoneinfo
from collections.abc import Callable
from types import ModuleType

SSL = "the package python-ssl has it; load it with pyodide.loadPackage('python-ssl')"
CONDA = "or install it with conda"


class Modules(unittest.TestCase):
    def test_each_missing_module_has_its_reason(self) -> None:
        missing = [name for name in sorted(sys.stdlib_module_names) if not _is_there(name)]
        self.assertIn("_ssl", missing)
        self.assertIn("curses", missing)
        for name in missing:
            with self.subTest(name=name):
                with self.assertRaises(ModuleNotFoundError) as raised:
                    importlib.import_module(name)
                self.assertEqual(raised.exception.name, name)
                self.assertRegex(str(raised.exception), f"^No module named '{name}': .{{15}}")

    def test_modules_in_packages(self) -> None:
        for name, package in (
            ("_ssl", "python-ssl"),
            ("_hashlib", "python-ssl"),
            ("pydoc_data.topics", "python-doc"),
        ):
            with self.assertRaisesRegex(ModuleNotFoundError, f"package {package} .* {CONDA}"):
                importlib.import_module(name)

    def test_modules_that_import_a_missing_module(self) -> None:
        for name, missing in (
            ("ssl", "_ssl"),
            ("curses.ascii", "curses"),
            ("tkinter.messagebox", "tkinter"),
            ("dbm.gnu", "_gdbm"),
            ("dbm.ndbm", "_dbm"),
            ("multiprocessing.shared_memory", "_posixshmem"),
            ("multiprocessing.synchronize", "_multiprocessing"),
        ):
            with self.subTest(name=name):
                with self.assertRaisesRegex(ImportError, f"'{missing}': .") as raised:
                    importlib.import_module(name)
                self.assertEqual(raised.exception.name, missing)

    def test_other_modules_have_the_message_of_cpython(self) -> None:
        for name, message in (
            ("nothing_at_all", "No module named 'nothing_at_all'"),
            ("json.nothing", "No module named 'json.nothing'"),
            ("os.nothing", "No module named 'os.nothing'; 'os' is not a package"),
        ):
            with self.assertRaises(ModuleNotFoundError) as raised:
                importlib.import_module(name)
            self.assertEqual(str(raised.exception), message)

    def test_find_spec_still_finds_nothing(self) -> None:
        for name in ("_ssl", "curses", "pwd", "pydoc_data", "tkinter", "venv"):
            self.assertIsNone(importlib.util.find_spec(name))

    def test_only_the_failure_of_an_import_reads_the_table(self) -> None:
        sys.modules.pop("_missing_stdlib_info", None)
        for name in ("colorsys", "nothing_at_all", "json.nothing_at_all"):
            with contextlib.suppress(ModuleNotFoundError):
                importlib.import_module(name)
            self.assertEqual("_missing_stdlib_info" in sys.modules, name.startswith("json"))

    def test_run_module(self) -> None:
        with self.assertRaisesRegex(ImportError, "No module named venv: .*with conda"):
            runpy.run_module("venv")
        with self.assertRaisesRegex(ImportError, "No module named nothing_at_all$"):
            runpy.run_module("nothing_at_all")


class Names(unittest.TestCase):
    NAMES: tuple[tuple[ModuleType, str], ...] = (
        (hashlib, "pbkdf2_hmac"),
        (hashlib, "scrypt"),
        (http.client, "HTTPSConnection"),
        (urllib.request, "HTTPSHandler"),
        (ftplib, "FTP_TLS"),
        (imaplib, "IMAP4_SSL"),
        (poplib, "POP3_SSL"),
        (smtplib, "SMTP_SSL"),
    )

    def test_attributes(self) -> None:
        for module, name in self.NAMES:
            with self.subTest(name=name):
                self.assertFalse(hasattr(module, name))
                with self.assertRaises(AttributeError) as raised:
                    getattr(module, name)
                self.assertEqual(raised.exception.name, name)
                self.assertIn(SSL, str(raised.exception))

    def test_from_imports(self) -> None:
        for module, name in self.NAMES:
            with self.subTest(name=name):
                with self.assertRaises(ImportError) as raised:
                    exec(f"from {module.__name__} import {name}", {})
                self.assertEqual(raised.exception.name, module.__name__)
                self.assertTrue(str(raised.exception).startswith(f"cannot import name '{name}'"))
                self.assertIn(SSL, str(raised.exception))

    def test_other_names_have_the_message_of_cpython(self) -> None:
        for module, _ in self.NAMES:
            name = module.__name__
            with self.assertRaises(AttributeError) as raised:
                getattr(module, "nothing")  # noqa: B009
            self.assertEqual(str(raised.exception), f"module '{name}' has no attribute 'nothing'")
            with self.assertRaisesRegex(ImportError, rf"cannot import .* '{name}' \(.*\.py\)$"):
                exec(f"from {name} import nothing", {})
            exec(f"from {name} import *", {})

    def test_processes(self) -> None:
        with self.assertRaisesRegex(ImportError, "does not support processes"):
            from multiprocessing.managers import SharedMemoryManager  # noqa: F401


class Hashes(unittest.TestCase):
    def test_hash_functions_of_openssl(self) -> None:
        calls: tuple[Callable[[str], object], ...] = (
            hashlib.new,
            lambda name: hashlib.new(name, b"", usedforsecurity=False),
            lambda name: hashlib.file_digest(io.BytesIO(), name),
            lambda name: hmac.new(b"key", b"", name),
            lambda name: hmac.digest(b"key", b"", name),
        )
        for call in calls:
            for name in ("ripemd160", "RIPEMD160", "sm3", "sha512_256", "md5-sha1"):
                with self.assertRaises(ValueError) as raised:
                    call(name)
                self.assertIn(f"unsupported hash type {name}: {SSL}", str(raised.exception))

    def test_unknown_hash_functions(self) -> None:
        with self.assertRaises(ValueError) as raised:
            hashlib.new("nothing")
        self.assertEqual(str(raised.exception), "unsupported hash type nothing")

    def test_what_needs_no_package(self) -> None:
        self.assertEqual(hmac.new(b"key", b"", "sha256").digest_size, 32)
        for name in hashlib.algorithms_guaranteed:
            self.assertEqual(hashlib.new(name).name, name)


class Encryption(unittest.TestCase):
    def test_https(self) -> None:
        for fetch in (urllib.request.urlopen, urllib.request.urlretrieve):
            with self.assertRaisesRegex(OSError, "unknown url type: https: the package python-ssl"):
                fetch("https://localhost:1/")
        with self.assertRaisesRegex(OSError, "unknown url type: nothing>"):
            urllib.request.urlopen("nothing://localhost:1/")

    def test_users_of_https(self) -> None:
        with self.assertRaisesRegex(NotImplementedError, "python-ssl"):
            xmlrpc.client.ServerProxy("https://localhost:1/").call()
        handler = logging.handlers.HTTPHandler("localhost:1", "/", secure=True)
        with self.assertRaisesRegex(AttributeError, "python-ssl"):
            handler.getConnection("localhost:1", True)

    def test_tls_on_a_connection(self) -> None:
        with self.assertRaisesRegex(RuntimeError, "python-ssl"):
            asyncio.sslproto.SSLProtocol(None, None, None, None)  # type: ignore[arg-type]
        client = object.__new__(poplib.POP3)
        with self.assertRaisesRegex(poplib.error_proto, "python-ssl"):
            client.stls()
        other = object.__new__(imaplib.IMAP4)
        with self.assertRaisesRegex(imaplib.IMAP4.error, "python-ssl"):
            other.starttls()
        with self.assertRaisesRegex(RuntimeError, "python-ssl"):
            _Connected().starttls()


class Data(unittest.TestCase):
    def setUp(self) -> None:
        self.addCleanup(zoneinfo.reset_tzpath)
        zoneinfo.reset_tzpath(to=[])  # the host may have a database

    def test_time_zones(self) -> None:
        with self.assertRaises(zoneinfo.ZoneInfoNotFoundError) as raised:
            zoneinfo.ZoneInfo.no_cache("Pacific/Apia")
        text = str(raised.exception)
        self.assertIn("No time zone found with key Pacific/Apia: the package python-tzdata", text)
        self.assertIn("pyodide.loadPackage('python-tzdata')", text)
        self.assertEqual(zoneinfo.available_timezones(), set())

    def test_an_unknown_zone_of_the_host_s_database(self) -> None:
        zoneinfo.reset_tzpath(to=["/"])
        with self.assertRaises(zoneinfo.ZoneInfoNotFoundError) as raised:
            zoneinfo.ZoneInfo.no_cache("No/Such")
        self.assertEqual(raised.exception.args, ("No time zone found with key No/Such",))

    def test_help(self) -> None:
        for topic in ("for", "+", "NUMBERS"):
            with contextlib.redirect_stdout(io.StringIO()) as output:
                pydoc.Helper(output=output)(topic)
            self.assertIn("the package python-doc has it", output.getvalue())


class _Connected(smtplib.SMTP):
    """A connection to a server that agrees to TLS."""

    def ehlo_or_helo_if_needed(self) -> None: ...

    def has_extn(self, opt: str) -> bool:
        return True

    def docmd(self, cmd: str, args: str = "") -> tuple[int, bytes]:
        return 220, b""


def _is_there(name: str) -> bool:
    return name in sys.modules or importlib.util.find_spec(name) is not None


if __name__ == "__main__":
    unittest.main()
