"""Do libc's functions and recursion in C behave in pages and workers as on Linux?"""

from __future__ import annotations

import json
from textwrap import dedent, indent
from typing import Any

import pytest

from tests.harness.page import Page
from tests.harness.runtime import JavaScriptError, Runtime

NO_PROCESSES = "emscripten does not support processes"


def test_processor_time_advances(runtime: Runtime) -> None:
    # The clocks differ: under Node, the threads that compile count as the process, too.
    advanced = runtime.run_python("""
        import os, time
        def read():
            clock = time.clock_gettime(time.CLOCK_PROCESS_CPUTIME_ID)
            return time.process_time(), time.thread_time(), clock, os.times().elapsed
        def advance():
            return [after - start for start, after in zip(before, read())]
        before = read()
        deadline = time.perf_counter() + 30
        while min(advance()) < 0.2 and time.perf_counter() < deadline: pass
        advance()
    """)
    assert len(advanced) == 4
    assert min(advanced) >= 0.2


def test_sockets_that_are_not_there_are_errors_of_the_system(runtime: Runtime) -> None:
    assert runtime.run_python("""
        import errno, socket
        def answer(call, *arguments):
            try:
                return call(*arguments)
            except OSError as error:
                return errno.errorcode[error.errno] if error.errno else str(error)
        unbound = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        [
            answer(socket.socket, 16, socket.SOCK_RAW),  # Linux' AF_NETLINK
            answer(socket.socket, 40, socket.SOCK_STREAM),  # and AF_VSOCK
            answer(socket.socket, socket.AF_INET, 3),  # SOCK_RAW
            answer(socket.socket, socket.AF_INET6, 5),  # SOCK_SEQPACKET
            answer(socket.if_nameindex),
            answer(socket.if_nametoindex, "lo"),
            answer(socket.if_indextoname, 1),
            list(unbound.getsockname()),
            unbound.close(),
        ]
    """) == [
        *("EAFNOSUPPORT", "EAFNOSUPPORT", "EPROTONOSUPPORT", "EPROTONOSUPPORT"),
        *("ENOBUFS", "no interface with this name", "EINVAL"),
        *(["::", 0, 0, 0], None),
    ]


def test_clocks_name_what_is_behind_them(runtime: Runtime) -> None:
    in_node = runtime.run_js("return typeof process === 'object'")
    implementation, resolution, monotonic = runtime.run_python("""
        import time
        info = time.get_clock_info("process_time")
        [info.implementation, info.resolution, info.monotonic]
    """)
    assert implementation == ("process.cpuUsage()" if in_node else "performance.now()")
    assert 0 < resolution <= 1e-3
    assert monotonic
    assert runtime.run_python("""
        clocks = [getattr(time, f"CLOCK_{name}") for name in ("REALTIME", "MONOTONIC", "BOOTTIME")]
        all(time.clock_gettime(clock) > 0 < time.clock_getres(clock) for clock in clocks)
    """)


def test_dates_beyond_those_of_javascript(runtime: Runtime) -> None:
    years = runtime.run_python("""
        import time
        [
            time.gmtime(10**13).tm_year, time.localtime(10**14).tm_year,
            time.gmtime(67768036191676799).tm_year, time.gmtime(-62135596800)[7],
            *(time.localtime(time.mktime((y, 6, 1, 0, 0, 0, 0, 0, -1)))[0] for y in (0, 69, 10**6)),
        ]
    """)
    assert years == [318857, 3170843, 2147485547, 1, 0, 69, 10**6]
    for call in ("gmtime", "localtime", "ctime"):
        with pytest.raises(JavaScriptError, match=r"OverflowError|OSError"):
            runtime.run_python(f"time.{call}(2**60)")
    with pytest.raises(JavaScriptError, match=r"OverflowError|ValueError"):
        runtime.run_python("import datetime\ndatetime.datetime.fromtimestamp(10**13)")


def test_local_time_is_that_of_javascript(runtime: Runtime) -> None:
    seconds = [0, 1_000_000_000, 1_711_846_800, 1_720_000_000, 1_730_000_000, -2_000_000_000]
    theirs = runtime.run_js(f"""
        return {seconds}.map((seconds) => {{
            const d = new Date(seconds * 1000);
            return [d.getFullYear(), d.getMonth() + 1, d.getDate(), d.getHours(), d.getMinutes()];
        }});
    """)
    ours = f"import time\n[list(time.localtime(s)[:5]) for s in {seconds}]"
    assert runtime.run_python(ours) == theirs
    back = f"[time.mktime(time.localtime(s)) for s in {seconds}]"
    assert runtime.run_python(back) == seconds


def test_formats_that_musl_does_not_know(runtime: Runtime) -> None:
    assert runtime.run_python("""
        import datetime, time
        moment = datetime.datetime(2020, 1, 2)
        formats = ["%", "%e%", "%Q", "é%", "%é", "%E", "a%!b", "%Y%%", "%d"]
        assert [moment.strftime(f) for f in formats] == \\
            [time.strftime(f, moment.timetuple()) for f in formats]
        [moment.strftime(f) for f in formats]
    """) == ["%", " 2%", "%Q", "é%", "%é", "%E", "a%!b", "2020%", "02"]


def test_functions_of_javascript_have_addresses(runtime: Runtime) -> None:
    assert runtime.run_js("""
        const lines = [];
        const { log } = console;
        console.log = (line) => lines.push(line);
        try {
            pyodide.runPython(`
import ctypes
address = ctypes.cast(ctypes.CDLL(None).emscripten_console_log, ctypes.c_void_p)
ctypes.CFUNCTYPE(None, ctypes.c_char_p)(address.value)(b"a line")
`);
        } finally {
            console.log = log;
        }
        return lines;
    """) == ["a line"]


@pytest.mark.parametrize(
    "code",
    [
        "os.system('true')", "os.popen('true')", "os.fork()", "os.execv('/bin/true', ['true'])",
        "os.execlp('true', 'true')", "os.spawnl(os.P_WAIT, '/bin/true', 'true')",
        "subprocess.run(['true'])", "subprocess.getoutput('true')", "pty.spawn('true')",
        "multiprocessing.Process(target=print).start()", "multiprocessing.Pool()",
        "multiprocessing.get_context('spawn').Process(target=print).start()",
        "concurrent.futures.ProcessPoolExecutor()",
        "await asyncio.create_subprocess_exec('true')",
        "await asyncio.create_subprocess_shell('true')",
        "await asyncio.get_running_loop().subprocess_exec(asyncio.SubprocessProtocol, 'true')",
    ],
)  # fmt: skip
def test_no_process_can_start(runtime: Runtime, code: str) -> None:
    imports = "import asyncio, concurrent.futures, multiprocessing, os, pty, subprocess"
    with pytest.raises(JavaScriptError, match=NO_PROCESSES):
        runtime.run_python_async(f"{imports}\n{code}")


def test_callers_in_the_standard_library_survive(runtime: Runtime) -> None:
    assert runtime.run_python("""
        import ctypes.util, locale, platform, shutil, sysconfig, uuid, webbrowser
        ["wasm32" in platform.platform(), platform.processor(),
         ctypes.util.find_library("no-such-library"), uuid.uuid1().version, uuid.getnode() > 0,
         locale.getpreferredencoding(), shutil.which("true"),
         shutil.get_terminal_size().columns > 0, "emscripten" in sysconfig.get_platform(),
         webbrowser.open("https://example.org")]
    """)[:9] == [True, "", None, 1, True, "utf-8", None, True, True]


def test_the_streams_stay_open_after_exit(runtime: Runtime) -> None:
    assert runtime.run_js("""
        const { loadPyodide } = globalThis.loadPyodide ? globalThis : await import("/pyodide.mjs");
        const lines = [];
        const python = await loadPyodide({
            api: "0.16",
            stdin: () => "a line",
            stdout: (line) => lines.push(line),
        });
        const types = [];
        for (const leave of ["exit()", "quit(3)", "import sys; sys.exit()", "raise SystemExit"]) {
            try { python.runPython(leave); } catch (error) { types.push(error.type); }
            python.runPython("print(input())");
        }
        return [types, lines];
    """) == [["SystemExit"] * 4, ["a line"] * 4]


# To free nested deques or slices takes stack, too, also on Linux.
RECURSIONS = {
    "a repr that is the str": "class A: pass\nA.__repr__ = A.__str__\nrepr(A())",
    "a call that is itself": "class A: pass\nA.__call__ = A()\nA()()",
    "a hash of a tuple of itself": """
        class A:
            def __hash__(self): return hash((self,))
        hash(A())""",
    "a comparison in a tuple": """
        class A:
            def __lt__(self, other): return (self,) < (other,)
        A() < A()""",
    "an index": """
        class A:
            def __index__(self): return [1][self]
        [1][A()]""",
    "an instance check": """
        class M(type):
            def __instancecheck__(cls, instance): return isinstance(instance, cls)
        isinstance(1, M("A", (), {}))""",
    "a sort key": "f = lambda x: sorted([x], key=f)\nf(1)",
    "map": "f = lambda x: list(map(f, [x]))\nf(1)",
    "reduce": "import functools\nf = lambda x, y: functools.reduce(f, [x, y])\nf(1, 2)",
    "partial": "import functools\nf = lambda x: functools.partial(f, x)()\nf(1)",
    "exec": "code = 'exec(code)'\nexec(code)",
    "re.sub": "import re\nf = lambda m: re.sub('a', f, 'a')\nre.sub('a', f, 'a')",
    "nested deques": """
        import collections
        x = []
        for _ in range(3000): x = collections.deque([x])
        try: repr(x)
        finally:
            while x: x = x.pop()""",
    "equal nested deques": """
        import collections
        x = y = []
        for _ in range(3000): x, y = collections.deque([x]), collections.deque([y])
        try: x == y
        finally:
            while x: x, y = x.pop(), y.pop()""",
    "nested slices": """
        x = 1
        for _ in range(3000): x = slice(x)
        try: repr(x)
        finally:
            while isinstance(x, slice): x = x.stop""",
    "json": "import json\nx = []\nfor _ in range(10**5): x = [x]\njson.dumps(x)",
    "pickle": "import pickle\nx = []\nfor _ in range(10**5): x = [x]\npickle.dumps(x)",
    "deepcopy": "import copy\nx = []\nfor _ in range(10**5): x = [x]\ncopy.deepcopy(x)",
    "isinstance": "x = int\nfor _ in range(10**5): x = (x,)\nisinstance('', x)",
}  # fmt: skip
PROGRAMS = {name: dedent(code).strip() for name, code in RECURSIONS.items()}


# Python itself catches the exception.
CATCHING = {
    name: f"""
try:
{indent(program, "    ")}
    caught = None
except RecursionError as error:
    caught = type(error).__name__
caught
"""
    for name, program in PROGRAMS.items()
}


@pytest.mark.parametrize("name", CATCHING)
def test_a_recursion_in_c_is_an_exception_of_python(runtime: Runtime, name: str) -> None:
    for _ in range(3):
        assert runtime.run_python(CATCHING[name]) == "RecursionError"
        assert runtime.run_python("sum(range(10)), [i for i in range(3)][2]") == [45, 2]


@pytest.fixture(params=["chromium", "firefox"])
def page(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(f"pyodide_in_{request.param}")


def test_a_worker_has_the_same(page: Page) -> None:
    """A worker's stack may be smaller than a page's."""
    outcome = page.run_js(f"""
        const worker = new Worker("/pages/run-worker.js");
        const outcome = await new Promise((resolve, reject) => {{
            worker.onerror = (event) => reject(new Error(event.message));
            worker.onmessage = ({{ data }}) => resolve(data);
            worker.postMessage({{ programs: {json.dumps(CATCHING)}, code: `
                const others = [];
                for (const [name, program] of Object.entries(programs)) {{
                    let caught;
                    try {{
                        caught = python.runPython(program);
                    }} catch (error) {{
                        caught = error.message;
                    }}
                    if (caught !== "RecursionError") others.push([name, caught]);
                }}
                return [others, python.runPython(\\`
                    import time
                    start = time.process_time()
                    time.sleep(0.05)
                    year = time.gmtime(10**13).tm_year
                    [time.process_time() > start, year, time.strftime("%e%")[-1]]
                \\`)];
            ` }});
        }});
        worker.terminate();
        return outcome;
    """)
    assert outcome == {"value": [[], [True, 318857, "%"]]}
