"""Does the interpreter do what a Python program takes for granted? Run with bin/python."""

import ctypes
import decimal
import errno
import gc
import hashlib
import importlib.machinery
import json
import operator
import os
import platform
import signal
import socket
import sqlite3
import subprocess
import sys
import sysconfig
import tempfile
import threading
import unittest


class Platform(unittest.TestCase):
    def test_names(self) -> None:
        self.assertEqual(sys.platform, "emscripten")
        self.assertEqual(platform.system(), "Emscripten")
        self.assertEqual(os.uname().sysname, "Emscripten")
        self.assertEqual(os.name, "posix")

    def test_extension_suffixes(self) -> None:
        suffix = ".cpython-313-wasm32-emscripten.so"
        self.assertEqual(importlib.machinery.EXTENSION_SUFFIXES, [suffix, ".abi3.so", ".so"])
        self.assertEqual(sysconfig.get_config_var("EXT_SUFFIX"), suffix)

    def test_sizes(self) -> None:
        self.assertEqual(sys.maxsize, 2**31 - 1)
        self.assertEqual(sys.int_info.bits_per_digit, 30)

    def test_sysconfig_knows_where_it_is(self) -> None:
        self.assertEqual(sysconfig.get_path("stdlib"), os.path.dirname(os.__file__))
        self.assertTrue(os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))
        self.assertTrue(os.path.exists(sysconfig.get_makefile_filename()))
        self.assertTrue(os.path.exists(sysconfig.get_config_h_filename()))


class Processes(unittest.TestCase):
    def test_a_thread_cannot_start(self) -> None:
        with self.assertRaisesRegex(RuntimeError, "can't start new thread"):
            threading.Thread(target=print).start()

    def test_a_thread_pool_works_in_the_caller(self) -> None:
        import asyncio
        from concurrent.futures import BrokenExecutor, ThreadPoolExecutor

        with ThreadPoolExecutor(2) as pool:
            self.assertEqual(list(pool.map(operator.neg, range(5))), [0, -1, -2, -3, -4])
            inner = pool.submit(lambda: pool.submit(threading.get_ident))
            self.assertEqual(inner.result().result(), threading.get_ident())
            self.assertIsInstance(pool.submit(int, "x").exception(), ValueError)
        with self.assertRaisesRegex(RuntimeError, "after shutdown"):
            pool.submit(print)

        calls: list[int] = []
        with ThreadPoolExecutor(initializer=calls.append, initargs=(1,)) as pool:
            list(pool.map(calls.append, [2, 3]))
        self.assertEqual(calls, [1, 2, 3])
        with (
            ThreadPoolExecutor(initializer=operator.truediv, initargs=(1, 0)) as pool,
            self.assertLogs("concurrent.futures", "CRITICAL"),
        ):
            self.assertIsInstance(pool.submit(print).exception(), BrokenExecutor)
            with self.assertRaises(BrokenExecutor):
                pool.submit(print)

        async def add(a: int, b: int) -> int:
            return await asyncio.to_thread(operator.add, a, b)

        async def run_elsewhere() -> tuple[int, bool]:
            loop = asyncio.get_running_loop()
            total = await asyncio.to_thread(asyncio.run, add(1, 2))
            return total, loop is asyncio.get_running_loop()

        self.assertEqual(asyncio.run(run_elsewhere()), (3, True))

    def test_a_process_cannot_start(self) -> None:
        with self.assertRaisesRegex(OSError, "emscripten does not support processes"):
            subprocess.run([sys.executable, "-c", "pass"])

    def test_fork_is_refused(self) -> None:
        with self.assertRaises(OSError):
            os.fork()

    def test_a_pipe_has_an_end(self) -> None:
        reader, writer = os.pipe()
        other = os.dup(writer)
        with open(reader, "rb") as file:
            os.write(writer, b"a")
            os.close(writer)
            os.write(other, b"b")
            self.assertEqual(file.read(2), b"ab")
            with self.assertRaises(BlockingIOError):  # for ever: nobody else is there to write
                os.read(reader, 1)
            os.close(other)
            self.assertEqual(file.read(), b"")

    def test_locks_and_thread_locals_work(self) -> None:
        with threading.Lock(), threading.RLock():
            local = threading.local()
            local.x = 1
            self.assertEqual(local.x, 1)

    def test_the_thread_s_native_id_is_that_of_the_process(self) -> None:
        self.assertEqual(threading.get_native_id(), os.getpid())

    def test_waiting_for_ever_is_an_error(self) -> None:
        import queue

        lock = threading.Lock()
        with lock:
            self.assertFalse(lock.acquire(timeout=0.01))
            with self.assertRaisesRegex(RuntimeError, "no other thread can release this lock"):
                lock.acquire()
        self.assertFalse(lock.locked())
        with self.assertRaises(RuntimeError):
            threading.Event().wait()
        with self.assertRaises(RuntimeError):
            queue.Queue().get()

        items: queue.SimpleQueue[int] = queue.SimpleQueue()
        with self.assertRaises(queue.Empty):
            items.get(timeout=0.01)
        with self.assertRaisesRegex(RuntimeError, "no other thread can put an item"):
            items.get()
        items.put(1)
        self.assertEqual(items.get(), 1)

    def test_a_signal_handler_releases_a_lock(self) -> None:
        lock = threading.Lock()
        lock.acquire()
        former = signal.signal(signal.SIGUSR1, lambda *_: lock.release())
        try:
            signal.raise_signal(signal.SIGUSR1)
            self.assertTrue(lock.acquire())
        finally:
            signal.signal(signal.SIGUSR1, former)

    def test_ssl_says_what_to_do(self) -> None:
        with self.assertRaisesRegex(ImportError, "_ssl"):
            import ssl  # noqa: F401

    def test_a_socket_does_not_crash(self) -> None:
        with socket.socket() as connection, self.assertRaises(OSError):
            connection.settimeout(0.1)
            connection.connect(("127.0.0.1", 1))


class GarbageCollection(unittest.TestCase):
    def test_a_methodcaller_in_a_cycle(self) -> None:
        cycle: dict[str, object] = {}
        cycle["itself"] = operator.methodcaller("get", cycle)
        del cycle
        gc.collect()


class Recursion(unittest.TestCase):
    def test_python_recursion(self) -> None:
        def f() -> None:
            f()

        with self.assertRaises(RecursionError):
            f()

    def test_recursion_through_c(self) -> None:
        class Cell:
            def __getattr__(self, name: str) -> object:
                return getattr(self, name + "x")

            def __add__(self, other: object) -> object:
                return self + other

            def __repr__(self) -> str:
                return repr([self])

        for act in (
            lambda: Cell().x,
            lambda: Cell() + 1,
            lambda: repr(Cell()),
            lambda: sorted([1], key=(deep := lambda x: sorted([x], key=deep))),
        ):
            with self.assertRaises(RecursionError):
                act()

    def test_deep_data(self) -> None:
        nested: list[object] = []
        for _ in range(200_000):
            nested = [nested]
        acts = (lambda: repr(nested), lambda: nested == nested[0], lambda: json.dumps(nested))
        for act in acts:
            with self.assertRaises(RecursionError):
                act()
        while nested:
            nested = nested[0]  # type: ignore[assignment]

    def test_deep_source(self) -> None:
        many = 100_000
        for source in ("(" * 150 + ")" * 150, "-" * many + "1", "x" + ".x" * many, "[" * many):
            with self.assertRaises((SyntaxError, MemoryError, RecursionError)):
                compile(source, "deep", "eval")
                raise SyntaxError  # shallow enough for the compiler: as good

    def test_deep_regular_expression_and_pickle(self) -> None:
        import pickle
        import re

        with self.assertRaises(RecursionError):
            re.compile("(" * 5000 + ")" * 5000)
        nested: list[object] = []
        for _ in range(100_000):
            nested = [nested]
        with self.assertRaises(RecursionError):
            pickle.dumps(nested)
        while nested:
            nested = nested[0]  # type: ignore[assignment]


class Libraries(unittest.TestCase):
    def test_ctypes_calls_and_is_called(self) -> None:
        libc = ctypes.CDLL(None)
        libc.strtod.restype = ctypes.c_double
        self.assertEqual(libc.strtod(b"2.5", None), 2.5)
        compare_type = ctypes.CFUNCTYPE(ctypes.c_int, *[ctypes.POINTER(ctypes.c_int)] * 2)
        numbers = (ctypes.c_int * 5)(5, 1, 4, 2, 3)
        libc.qsort(numbers, 5, 4, compare_type(lambda a, b: a[0] - b[0]))
        self.assertEqual(list(numbers), [1, 2, 3, 4, 5])

    def test_sqlite(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for where in (":memory:", os.path.join(folder, "test.db")):
                with sqlite3.connect(where) as database:
                    database.execute("create virtual table t using fts5(text)")
                    database.execute("insert into t values ('the quick brown fox')")
                    found = database.execute("select * from t('quick')").fetchall()
                    self.assertEqual(len(found), 1)
                database.close()

    def test_hashes(self) -> None:
        self.assertEqual(
            hashlib.sha256(b"").hexdigest(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        )
        for name in ("md5", "sha1", "sha224", "sha384", "sha512", "sha3_256", "blake2b", "blake2s"):
            self.assertEqual(len(hashlib.new(name, b"x").digest()), hashlib.new(name).digest_size)
        self.assertEqual(hashlib.shake_128(b"").hexdigest(4), "7f9c2ba4")

    def test_compression(self) -> None:
        import bz2
        import gzip
        import lzma
        import zlib

        data = os.urandom(1000) * 100
        for module in (bz2, gzip, lzma, zlib):
            self.assertEqual(module.decompress(module.compress(data)), data)

    def test_decimal(self) -> None:
        self.assertTrue(decimal.__libmpdec_version__)
        with decimal.localcontext(prec=50):
            self.assertEqual(str(1 / decimal.Decimal(7))[:12], "0.1428571428")

    def test_floats(self) -> None:
        self.assertEqual(repr(0.1 + 0.2), "0.30000000000000004")
        self.assertEqual(float("1e308") * 10, float("inf"))

    def test_xml_json_csv_codecs(self) -> None:
        import csv
        import json
        import xml.etree.ElementTree as ElementTree

        self.assertEqual(ElementTree.fromstring("<a><b>é</b></a>")[0].text, "é")
        self.assertEqual(json.loads(json.dumps({"a": [1, None]})), {"a": [1, None]})
        self.assertEqual(list(csv.reader(['a,"b,c"'])), [["a", "b,c"]])
        for codec in ("gb18030", "big5hkscs", "euc_jp", "cp949", "iso2022_jp", "shift_jis", "big5"):
            self.assertEqual("\u4e2d".encode(codec).decode(codec), "\u4e2d")

    def test_asyncio(self) -> None:
        import asyncio

        async def main() -> list[int]:
            async def one(x: int) -> int:
                await asyncio.sleep(0.001)
                return x

            return await asyncio.gather(*map(one, range(5)))

        self.assertEqual(asyncio.run(main()), [0, 1, 2, 3, 4])


class Files(unittest.TestCase):
    def test_files_and_folders(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "ü.txt")
            with open(path, "w", encoding="utf-8") as file:
                file.write("line\n" * 1000)
            with open(path, "r+b") as file:
                file.seek(0, os.SEEK_END)
                self.assertEqual(file.tell(), 5000)
                file.truncate(10)
                self.assertEqual(os.fstat(file.fileno()).st_size, 10)
            os.symlink(path, path + ".link")
            self.assertEqual(os.path.realpath(path + ".link"), os.path.realpath(path))
            os.symlink(folder, path + ".folder")
            self.assertEqual(os.listdir(path + ".folder"), os.listdir(folder))
            os.unlink(path + ".folder")
            os.rename(path, path + "2")
            self.assertEqual(sorted(os.listdir(folder)), ["ü.txt.link", "ü.txt2"])
            self.assertFalse(os.path.exists(path + ".link"))
            with self.assertRaises(FileNotFoundError), open(path):
                pass

    def test_a_deleted_open_file(self) -> None:
        with tempfile.TemporaryFile() as file:
            file.write(b"abc")
            file.flush()
            self.assertEqual(os.fstat(file.fileno()).st_size, 3)
            file.seek(0)
            self.assertEqual(file.read(), b"abc")

    def test_a_closed_descriptor(self) -> None:
        with tempfile.TemporaryFile() as file:
            descriptor = file.fileno()
        with self.assertRaises(OSError) as raised:
            os.fstat(descriptor)
        self.assertEqual(raised.exception.errno, errno.EBADF)

    def test_memory_map(self) -> None:
        import mmap

        with tempfile.TemporaryFile() as file:
            file.write(b"x" * 10000)
            file.flush()
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
                self.assertEqual(view[9999], ord("x"))

    def test_a_memory_map_outlives_its_file(self) -> None:
        import mmap

        with tempfile.TemporaryDirectory() as folder:
            path, other = os.path.join(folder, "mapped"), os.path.join(folder, "other")
            with open(path, "wb+") as file:
                file.write(bytes(100))
                file.flush()
                view = mmap.mmap(file.fileno(), 0)
                descriptor = file.fileno()
            with open(other, "wb+") as file:
                self.assertEqual(file.fileno(), descriptor)
                view[0:5] = b"flush"
                view.flush()
                with open(path, "rb") as mapped:
                    self.assertEqual(mapped.read(5), b"flush")
                view[0:5] = b"close"
                view.close()
            with open(path, "rb") as mapped:
                self.assertEqual(mapped.read(5), b"close")
            self.assertEqual(os.path.getsize(other), 0)


if __name__ == "__main__":
    unittest.main()
