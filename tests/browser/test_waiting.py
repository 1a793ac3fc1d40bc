"""Does synchronous Python code wait for promises while the page lives?"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.built import BUILD_DIR, ROOT, require
from tests.harness.http_clients import BYTES
from tests.harness.node import node
from tests.harness.runtime import JavaScriptError, Runtime

MISSING = "WebAssembly stack switching not supported in this JavaScript runtime"
SYNCHRONOUS = "Cannot stack switch because JavaScript called this Python code synchronously"
BETWEEN = "Cannot stack switch because a JavaScript function is between"

#: Each ends with an expression and its value.
EXAMPLES = re.findall(r"```js\n(.*?)```", (ROOT / "docs" / "waiting.md").read_text(), re.DOTALL)

# What the programs of the tests use.
PRELUDE = """
    globalThis.sleep = (ms, value) => new Promise((resolve) => setTimeout(resolve, ms, value));
    globalThis.turns = async (count, value) => {
        for (let turn = 0; turn < count; turn++) await sleep(5);
        return value; // after as many timers of the page
    };
    globalThis.python = (code) => pyodide.runPython(code);
    globalThis.define = (code) => python(`
from pyodide.ffi import can_run_sync, run_sync
import js
${code}`);
"""


@pytest.fixture(scope="module")
def waiting_in_node() -> Iterator[Runtime]:
    """An interpreter in a Node that has JavaScript promise integration."""
    programs = sorted(Path(BUILD_DIR).glob("tools/*/bin/node"))
    require(bool(programs), "no Node 24 in build/tools: run make quickstart")
    script = BUILD_DIR / "dist" / "pyodide.mjs"
    command = [str(programs[0]), "--experimental-wasm-jspi"]
    with node(script, command, api="314") as started:
        yield started


@pytest.fixture(params=["today_in_chromium", "today_in_firefox", "waiting_in_node"])
def waiting(request: pytest.FixtureRequest) -> Runtime:
    """A running Python that can wait, in Chromium, in Firefox and in Node."""
    started: Runtime = request.getfixturevalue(request.param)
    started.run_js(PRELUDE)
    return started


def test_a_function_waits_for_a_promise_while_the_page_lives(waiting: Runtime) -> None:
    assert (
        waiting.run_js("""
        define("");
        return await python("lambda: run_sync(js.turns(10, 'slept'))").callPromising();
    """)
        == "slept"
    )


def test_the_c_stack_of_each_call_is_aligned(waiting: Runtime) -> None:
    assert (
        waiting.run_js("""
        const { wasmExports } = pyodide._module;
        globalThis.surplus = () => wasmExports.emscripten_stack_get_current() % 16;
        define("");
        const waits = python("lambda promise: (js.surplus(), run_sync(promise))[0]");
        const between = [];
        const calls = Array.from({ length: 20 }, (_, i) => {
            between.push(wasmExports.malloc(600_000 + 8 * (i % 3))); // other alignments
            return waits.callPromising(sleep(50));
        });
        const found = await Promise.all(calls);
        for (const pointer of between) wasmExports.free(pointer);
        return found;
    """)
        == [0] * 20
    )


def test_a_rejection_is_raised_and_can_be_caught(waiting: Runtime) -> None:
    assert (
        waiting.run_js("""
        define(`
def wait(promise):
    try:
        return run_sync(promise)
    except Exception as error:
        return type(error).__name__ + ": " + str(error.js_error.message)
`);
        const wait = python("wait");
        return await wait.callPromising(Promise.reject(new Error("no such file")));
    """)
        == "JsException: no such file"
    )


def test_a_function_waits_for_coroutines_and_tasks(waiting: Runtime) -> None:
    # The results do not pass through JavaScript, where 2.0 is 2.
    assert (
        waiting.run_js("""
        define(`
import asyncio
async def double(x):
    await asyncio.sleep(0.01)
    return x * 2
def waits():
    both = asyncio.gather(double(2), js.sleep(10, "slept"))
    done = asyncio.ensure_future(double(0))
    run_sync(done)
    return repr([run_sync(double(1.0)), run_sync(both), run_sync(done), run_sync(asyncio.sleep(0))])
`);
        return await python("waits").callPromising();
    """)
        == "[2.0, [4, 'slept'], 0, None]"
    )


def test_the_exception_of_a_coroutine_is_raised_itself(waiting: Runtime) -> None:
    with pytest.raises(JavaScriptError, match=r"KeyError: 'missing'"):
        waiting.run_js("""
            define(`
async def fails():
    raise KeyError("missing")
def waits():
    run_sync(fails())
`);
            await python("waits").callPromising();
        """)


def test_what_is_not_awaitable_is_a_type_error(waiting: Runtime) -> None:
    assert (
        waiting.run_js("""
        define(`
def refuses():
    names = []
    for value in 1, None, [1], iter([]), (x for x in [1]), js.Object.new():
        try:
            run_sync(value)
        except TypeError:
            names.append(type(value).__name__)
    return len(names)
`);
        return await python("refuses").callPromising();
    """)
        == 6
    )


def test_300_calls_wait_at_once_and_end_in_any_order(waiting: Runtime) -> None:
    assert waiting.run_js("""
        define(`
import contextvars, decimal, sys
name = contextvars.ContextVar("name", default=None)
def numbers():
    yield from range(3)
def waits(i, delay):
    name.set(i)
    decimal.getcontext().prec = 5 + i % 20
    steps = numbers()
    try:
        raise ValueError(i)
    except ValueError as error:
        for step in steps:
            run_sync(js.sleep(delay))
            assert sys.exception() is error and sys.exc_info()[1].args == (i,)
            assert name.get() == i
            assert len(str(decimal.Decimal(1) / 3)) == 2 + 5 + i % 20
    assert sys.exception() is None
    return i
`);
        const wait = python("waits");
        const delays = Array.from({ length: 300 }, (_, i) => (i * 7919) % 40);
        const results = await Promise.all(delays.map((delay, i) => wait.callPromising(i, delay)));
        return results.every((value, i) => value === i) && python("name.get() is None");
    """)


def test_the_page_calls_python_while_calls_wait(waiting: Runtime) -> None:
    assert (
        waiting.run_js("""
        define(`
order = []
def waits(name, delay):
    order.append(name)
    run_sync(js.sleep(delay))
    order.append(name.upper())
`);
        const wait = python("waits");
        const both = [wait.callPromising("a", 40), wait.callPromising("b", 20)];
        python("order.append('page')");
        await Promise.all(both);
        return python("' '.join(order)");
    """)
        == "a b page B A"
    )


def test_a_call_that_can_wait_starts_at_once(waiting: Runtime) -> None:
    assert (
        waiting.run_js("""
        define("started = []");
        const promise = python("started.append").callPromising("at once");
        const now = python("' '.join(started)");
        await promise;
        return now;
    """)
        == "at once"
    )


def test_calls_that_wait_nest(waiting: Runtime) -> None:
    assert (
        waiting.run_js("""
        define(`
def inner():
    return "inner " + run_sync(js.sleep(10, "slept"))
def outer():
    return "outer " + run_sync(js.callInner())
`);
        globalThis.callInner = async () => "js " + (await python("inner").callPromising());
        return await python("outer").callPromising();
    """)
        == "outer js inner slept"
    )


def test_the_error_says_that_the_call_is_synchronous(waiting: Runtime) -> None:
    with pytest.raises(JavaScriptError, match=SYNCHRONOUS):
        waiting.run_js("define('run_sync(js.sleep(1))')")
    assert waiting.run_js("return define('can_run_sync()')") is False


def test_the_error_says_that_javascript_is_on_the_stack(waiting: Runtime) -> None:
    with pytest.raises(JavaScriptError, match=BETWEEN):
        waiting.run_js("""
            define("inner = lambda: run_sync(js.sleep(1))");
            globalThis.between = () => python("inner")();
            await define("lambda: js.between()").callPromising();
        """)


def test_the_error_of_frames_that_no_entry_shows_is_the_same(waiting: Runtime) -> None:
    # libffi's calls and closures are JavaScript.
    assert waiting.run_js("""
        define(`
import ctypes
def compares():
    errors = []
    function = ctypes.CFUNCTYPE(ctypes.c_int)
    def callback():
        try:
            run_sync(js.sleep(1))
        except RuntimeError as error:
            errors.append(str(error))
        return 7
    value = function(callback)()
    return f"{value} {errors[0]}"
`);
        return await python("compares").callPromising();
    """).startswith("7 " + BETWEEN)


def test_without_promise_integration_the_error_names_it(today_in_node: Runtime) -> None:
    today_in_node.run_js(PRELUDE)
    for call in "define('run_sync(js.sleep(1))')", "await python('lambda: 1').callPromising()":
        with pytest.raises(JavaScriptError, match=MISSING + ".*Node 24"):
            today_in_node.run_js(call)
    assert today_in_node.run_js("return define('can_run_sync()')") is False
    assert today_in_node.run_js("return await pyodide.runPythonAsync('1 + 1')") == 2


def test_sleep_lets_the_page_live(waiting: Runtime) -> None:
    seconds, ticks = waiting.run_js("""
        define(`
import time
def sleeps():
    start = time.monotonic()
    time.sleep(0.2)
    return time.monotonic() - start
`);
        let ticks = 0;
        const timer = setInterval(() => ticks++, 5);
        const seconds = await python("sleeps").callPromising();
        clearInterval(timer);
        return [seconds, ticks];
    """)
    assert seconds >= 0.2
    assert ticks > 0


def test_two_sleeps_overlap(waiting: Runtime) -> None:
    assert (
        waiting.run_js("""
        define(`
import time
steps = []
def sleeps():
    steps.append("starts")
    time.sleep(0.3)
    steps.append("ends")
`);
        const sleeps = python("sleeps");
        await Promise.all([sleeps.callPromising(), sleeps.callPromising()]);
        return python("' '.join(steps)");
    """)
        == "starts starts ends ends"
    )


@pytest.mark.parametrize("wait", ["run_sync(js.sleep(60000))", "time.sleep(60)"])
def test_a_signal_ends_a_wait(waiting: Runtime, wait: str) -> None:
    outcome, milliseconds = waiting.run_js(f"""
        define(`
import time
def waits():
    try:
        {wait}
    except KeyboardInterrupt:
        return "interrupted"
`);
        const interrupts = new Uint8Array(1);
        pyodide.setInterruptBuffer(interrupts);
        const start = performance.now();
        const promise = python("waits").callPromising();
        setTimeout(() => {{ interrupts[0] = 2; }}, 50);
        const outcome = await promise;
        pyodide.setInterruptBuffer(undefined);
        return [outcome, performance.now() - start];
    """)
    assert outcome == "interrupted"
    assert milliseconds < 30_000  # half of the wait


def test_a_wait_goes_on_when_the_handler_of_the_signal_returns(waiting: Runtime) -> None:
    assert (
        waiting.run_js("""
        define(`
import signal
seen = []
def waits():
    default = signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
    try:
        return run_sync(js.sleep(1000, "slept")), seen[0]
    finally:
        signal.signal(signal.SIGINT, default)
`);
        const interrupts = new Uint8Array(1);
        pyodide.setInterruptBuffer(interrupts);
        const promise = python("lambda: repr(waits())").callPromising();
        setTimeout(() => { interrupts[0] = 2; }, 20);
        const outcome = await promise;
        pyodide.setInterruptBuffer(undefined);
        return outcome;
    """)
        == "('slept', 2)"
    )


def test_a_coroutine_waits_and_others_go_on(waiting: Runtime) -> None:
    assert (
        waiting.run_js("""
        define(`
import asyncio
order = []
async def other():
    for i in range(3):
        order.append(i)
        await asyncio.sleep(0.01)
async def waits(name, delay):
    task = asyncio.current_task()
    run_sync(js.sleep(delay))
    assert asyncio.current_task() is task
    await asyncio.sleep(0)
    order.append(name)
async def main():
    await asyncio.gather(waits("last", 200), other(), waits("first", 100))
`);
        await python("main()");
        return python("str(order)");
    """)
        == "[0, 1, 2, 'first', 'last']"
    )


def test_a_full_stack_ends_only_its_own_call(waiting: Runtime) -> None:
    assert waiting.run_js("""
        define(`
def recurses(n):
    js.recurse(n)
def waits():
    return run_sync(js.sleep(100, "slept"))
`);
        const recurses = python("recurses");
        globalThis.recurse = (n) => recurses(n + 1);
        const other = python("waits").callPromising();
        const failure = await recurses.callPromising(0).then(() => "none", (error) => error.type);
        return [failure, await other, python("1 + 1")];
    """) == ["RecursionError", "slept", 2]


def test_code_of_run_python_async_waits(waiting: Runtime) -> None:
    assert (
        waiting.run_python_async("""
        import js
        from pyodide.ffi import run_sync
        run_sync(js.sleep(10, "slept"))
    """)
        == "slept"
    )
    assert (
        waiting.run_python_async("""
        import asyncio, js
        from pyodide.ffi import run_sync
        await asyncio.sleep(0)
        run_sync(js.sleep(10, "slept"))
    """)
        == "slept"
    )


def test_asyncio_run_returns_the_result(waiting: Runtime) -> None:
    assert (
        waiting.run_python_async("""
        import asyncio
        async def main():
            await asyncio.sleep(0.01)
            return 1.0
        loop = asyncio.get_event_loop()
        repr([asyncio.run(main()), loop.run_until_complete(main())])
    """)
        == "[1.0, 1.0]"
    )


def test_handlers_of_events_and_promises_wait(waiting: Runtime) -> None:
    assert waiting.run_js("""
        globalThis.target = new EventTarget();
        define(`
from pyodide.ffi import create_proxy
from pyodide.ffi.wrappers import add_event_listener, set_timeout
order = []
def handles(event):
    event.preventDefault()
    order.append("starts")
    order.append(run_sync(js.sleep(10, "ends")))
add_event_listener(js.target, "click", handles)
set_timeout(lambda: order.append(run_sync(js.sleep(10, "timer"))), 1)
`);
        const event = new Event("click", { cancelable: true });
        target.dispatchEvent(event);
        const before = python("' '.join(order)");
        await sleep(100);
        const results = await pyodide.runPythonAsync(`
slow = lambda value: run_sync(js.sleep(10, f"slept after {value}"))
await js.Promise.resolve("promise").then(slow)
`);
        return [event.defaultPrevented, before, python("' '.join(sorted(order))"), results];
    """) == [True, "starts", "ends starts timer", "slept after promise"]


def test_a_proxy_for_events_returns_values_at_once(waiting: Runtime) -> None:
    assert waiting.run_js("""
        define("from pyodide.ffi import create_proxy");
        globalThis.compare = python("create_proxy(lambda a, b: a - b)");
        globalThis.slow = python("create_proxy(lambda: run_sync(js.sleep(1, 'slept')))");
        return [[3, 1, 2].sort(compare), compare(5, 2), await slow()];
    """) == [[1, 2, 3], 3, "slept"]


def test_keywords_and_further_arguments_of_calls_that_can_wait(waiting: Runtime) -> None:
    assert waiting.run_js("""
        const options = { promising: true, relaxed: true };
        const f = define("lambda a, *, b=0: run_sync(js.sleep(1, f'{a} {b}'))");
        return [
            await f.callPromisingKwargs(1, { b: 2 }),
            await f.callWithOptions({ ...options, kwargs: false }, 1, 3, 4),
            await f.callWithOptions({ ...options, kwargs: true }, 1, 3, { b: 5 }),
        ];
    """) == ["1 2", "1 0", "1 5"]


def test_urlopen_streams_while_the_page_lives(waiting: Runtime, http_server: str) -> None:
    content, answer, errors, ticks = waiting.run_js(f"""
        define(`
import json
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen
def opens(address):
    with urlopen(address + "/bytes") as response:
        content = list(response.read(3) + response.read())
    request = Request(address + "/echo?a=1", data=b"body", headers={{"X-Question": "1"}})
    answer = json.load(urlopen(request, timeout=30))
    errors = []
    for url in address + "/status/404", "http://127.0.0.1:1/":
        try:
            urlopen(url)
        except URLError as error:
            errors.append(type(error).__name__)
    return json.dumps([content, [answer["method"], answer["body"]], errors])
`);
        let ticks = 0;
        const timer = setInterval(() => ticks++, 1);
        const found = await python("opens").callPromising({http_server!r});
        clearInterval(timer);
        return [...JSON.parse(found), ticks];
    """)
    assert bytes(content) == BYTES
    assert answer == ["POST", "body"]
    assert errors == ["HTTPError", "URLError"]
    assert ticks > 0


def test_an_animation_goes_on_while_python_sleeps_and_works_in_chunks(
    today_in_chromium: Runtime,
) -> None:
    frames = today_in_chromium.run_js("""
        let frames = 0;
        let isOn = true;
        globalThis.frames = () => frames;
        const draw = () => {
            frames++;
            if (isOn) requestAnimationFrame(draw);
        };
        requestAnimationFrame(draw);
        const found = JSON.parse(await pyodide.runPythonAsync(`
import js, json, time
def drawn(wait):
    before = js.frames()
    while js.frames() < before + 5:
        wait()
    return True
json.dumps([drawn(lambda: time.sleep(0.01)), drawn(lambda: time.sleep(0) or sum(range(100_000)))])
`));
        isOn = false;
        return found;
    """)
    assert frames == [True, True]


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_the_examples_of_the_document_give_their_results(waiting: Runtime, number: int) -> None:
    example = re.fullmatch(r"(.*\n)?(await .*) // → (.*?)\n", EXAMPLES[number], re.DOTALL)
    assert example is not None
    statements, expression, expected = example.groups()
    found, documented = waiting.run_js(f"""
        {statements or ""}
        const value = {expression};
        pyodide.setStdin();
        pyodide.setInterruptBuffer(undefined);
        return [value, {expected}];
    """)
    assert found == documented


def test_input_waits_for_a_promise(waiting: Runtime) -> None:
    assert (
        waiting.run_js("""
        pyodide.setStdin({ stdin: () => turns(10, "Ada") });
        try {
            return await pyodide.runPythonAsync("input('name? ')");
        } finally {
            pyodide.setStdin();
        }
    """)
        == "Ada"
    )


@pytest.mark.parametrize("page", ["today_in_chromium", "today_in_firefox"])
def test_input_waits_for_a_dialog_of_the_page(request: pytest.FixtureRequest, page: str) -> None:
    started: Runtime = request.getfixturevalue(page)
    assert started.run_js("""
        const dialog = document.createElement("dialog");
        dialog.innerHTML = '<form method="dialog"><input name="answer"><button>OK</button></form>';
        document.body.append(dialog);
        const asked = [];
        pyodide.setStdin({
            stdin: () => new Promise((resolve) => {
                asked.push(dialog.open);
                const form = dialog.querySelector("form");
                form.onsubmit = () => resolve(new FormData(form).get("answer"));
                dialog.showModal();
            }),
        });
        try {
            const names = pyodide.runPythonAsync("[input('name? '), input('again? ')]");
            for (const name of ["Ada", "Grace"]) {
                while (!dialog.open) await new Promise((resolve) => setTimeout(resolve, 5));
                dialog.querySelector("input").value = name;
                dialog.querySelector("button").click();
            }
            return [(await names).toJs(), asked];
        } finally {
            pyodide.setStdin();
            dialog.remove();
        }
    """) == [["Ada", "Grace"], [False, False]]


def test_input_that_cannot_wait_is_an_os_error(waiting: Runtime) -> None:
    with pytest.raises(JavaScriptError, match="OSError"):
        waiting.run_js("""
            pyodide.setStdin({ stdin: () => sleep(1, "Ada") });
            try {
                python("input()");
            } finally {
                pyodide.setStdin();
            }
        """)


def test_a_lock_waits_until_another_call_releases_it(waiting: Runtime) -> None:
    assert waiting.run_js("""
        define(`
import threading
lock = threading.Lock()
order = []
def holds(name):
    with lock:
        order.append(name)
        run_sync(js.sleep(30))
        order.append(name)
def tries():
    lock.acquire()
    try:
        return lock.acquire(timeout=0.05), lock.acquire(False)
    finally:
        lock.release()
`);
        const holds = python("holds");
        await Promise.all([holds.callPromising("a"), holds.callPromising("b")]);
        return [python("' '.join(order)"), await python("lambda: repr(tries())").callPromising()];
    """) == ["a a b b", "(False, False)"]


@pytest.mark.parametrize("kind", ["Queue", "SimpleQueue"])
def test_a_queue_waits_until_the_page_puts_an_item(waiting: Runtime, kind: str) -> None:
    assert (
        waiting.run_js(f"""
        define(`
import queue
items = queue.{kind}()
def gets():
    try:
        items.get(timeout=0.02)
    except queue.Empty:
        return "empty, then " + items.get()
`);
        const promise = python("gets").callPromising();
        await sleep(100);
        python("items.put('an item')");
        return await promise;
    """)
        == "empty, then an item"
    )


#: Programs in which another task ends each wait without a limit of time, and their values.
WAITS = {
    "Event": (
        """
        event = threading.Event()
        later(event.set)
        event.wait(), threading.Event().wait(0.01)
        """,
        "(True, False)",
    ),
    "Condition": (
        """
        condition = threading.Condition()
        items = []
        def put():
            with condition:
                items.append("item")
                condition.notify()
        later(put)
        with condition:
            found = condition.wait_for(lambda: items), condition.wait(0.01)
        found
        """,
        "(['item'], False)",
    ),
    "Semaphore": (
        """
        one, other = threading.Semaphore(0), threading.BoundedSemaphore()
        other.acquire()
        later(one.release)
        later(other.release)
        one.acquire(), other.acquire(), one.acquire(timeout=0.01)
        """,
        "(True, True, False)",
    ),
    "Barrier": (
        """
        barrier = threading.Barrier(3)
        async def arrive():
            return barrier.wait()
        found = sorted(await asyncio.gather(arrive(), arrive(), arrive()))
        try:
            barrier.wait(0.01)
        except threading.BrokenBarrierError:
            found.append("broken")
        found
        """,
        "[0, 1, 2, 'broken']",
    ),
    "queues": (
        """
        found = []
        for kind in queue.Queue, queue.LifoQueue, queue.PriorityQueue:
            items = kind(1)
            items.put("first")
            later(items.get)
            items.put("second")
            try:
                items.put("third", timeout=0.01)
            except queue.Full:
                later(items.task_done)
                later(items.task_done)
                items.join()
                found.append(items.get())
        found
        """,
        "['second', 'second', 'second']",
    ),
    "futures": (
        """
        from concurrent import futures
        one, two, three = futures.Future(), futures.Future(), futures.Future()
        for future in one, two, three:
            later(future.set_result, "set")
        found = [one.result(), len(futures.wait([two]).done)]
        found += [future.result() for future in futures.as_completed([three])]
        try:
            futures.Future().result(0.01)
        except TimeoutError:
            found.append("timeout")
        found
        """,
        "['set', 1, 'set', 'timeout']",
    ),
    "scheduler": (
        """
        import sched
        found = []
        later(found.append, "task")
        scheduler = sched.scheduler()
        scheduler.enter(0.1, 1, found.append, ["scheduled"])
        scheduler.run()
        found
        """,
        "['task', 'scheduled']",
    ),
}


@pytest.mark.parametrize("kind", WAITS)
def test_what_is_made_of_locks_waits_for_other_tasks(waiting: Runtime, kind: str) -> None:
    program, value = WAITS[kind]
    *statements, last = textwrap.dedent(program).strip().splitlines()
    assert (
        waiting.run_python_async(
            "\n".join(
                [
                    "import asyncio, queue, threading",
                    "def later(*call):",
                    "    asyncio.get_running_loop().call_later(0.02, *call)",
                    *statements,
                    f"repr(({last}))",
                ]
            )
        )
        == value
    )


def test_other_calls_enter_an_rlock_and_a_condition_of_one(waiting: Runtime) -> None:
    # docs/waiting.md, "Hazards"
    assert (
        waiting.run_python_async("""
        import asyncio, threading, time

        async def enters(lock):
            order = []
            def other():
                with lock:
                    order.append("other")
            asyncio.get_running_loop().call_soon(other)
            with lock:
                time.sleep(0.05)
                order.append("owner")
            await asyncio.sleep(0.05)
            return " ".join(order)

        locks = threading.RLock(), threading.Condition(), threading.Condition(threading.Lock())
        repr([await enters(lock) for lock in locks])
    """)
        == "['other owner', 'other owner', 'owner other']"
    )


def test_logging_ignores_messages_while_a_handler_waits(waiting: Runtime) -> None:
    # docs/waiting.md, "Hazards"
    assert (
        waiting.run_python_async("""
        import asyncio, logging, time

        messages = []
        class Slow(logging.Handler):
            def emit(self, record):
                time.sleep(0.05)
                messages.append(record.getMessage())

        async def log(message):
            logger.warning(message)

        logger = logging.Logger("waits")
        logger.addHandler(Slow())
        await asyncio.gather(log("one"), log("two"))
        repr(messages)
    """)
        == "['one']"
    )


def test_a_lock_outside_such_a_call_does_not_wait(waiting: Runtime) -> None:
    with pytest.raises(JavaScriptError, match="deadlock"):
        waiting.run_python(
            "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()"
        )


def test_a_crash_rejects_the_promises_of_calls_that_wait(waiting: Runtime) -> None:
    failure, later = waiting.run_js("""
        const other = await loadPyodide({ api: "314" });
        const wait = other.runPython("import js; from pyodide.ffi import run_sync; "
            + "lambda: run_sync(js.sleep(50))");
        const promise = wait.callPromising().then(() => "done", (error) => error.message);
        try {
            other.runPython("import ctypes; ctypes.string_at(0xfffffff0, 8)");
        } catch {}
        await sleep(100);
        const call = async () => wait.callPromising();
        return [await promise, await call().catch((error) => error.message)];
    """)
    assert failure.startswith("Python has crashed")
    assert later.startswith("Python has crashed")


def test_a_call_leaves_nothing_behind(waiting: Runtime) -> None:
    change = waiting.run_js("""
        define(`
import asyncio, gc, sys
async def sleeps(ms):
    await asyncio.sleep(ms / 1000)
def waits(n):
    run_sync(js.sleep(1))
    run_sync(sleeps(1))
`);
        const wait = python("waits");
        const round = () =>
            Promise.all(Array.from({ length: 100 }, (_, i) => wait.callPromising(i)));
        const count = async () => {
            for (let i = 0; i < 5; i++) {
                await sleep(20);
                globalThis.gc?.();
            }
            return python("gc.collect(); len(gc.get_objects())");
        };
        await round();
        const before = await count();
        for (let i = 0; i < 5; i++) await round();
        return (await count()) - before;
    """)
    # 1000 waits. A browser decides itself when it collects what is left of the last ones.
    assert change < 1000


def test_a_call_that_waits_is_in_no_snapshot(waiting: Runtime) -> None:
    message, size = waiting.run_js("""
        define("");
        let go;
        globalThis.gate = new Promise((resolve) => { go = resolve; });
        const python = await loadPyodide();
        const wait = python.runPython(
            "import js; from pyodide.ffi import run_sync; lambda: run_sync(js.gate)",
        );
        const waits = wait.callPromising();
        const message = await python.snapshot().catch((error) => error.message);
        go();
        await waits;
        return [message, (await python.snapshot()).length];
    """)
    assert "1 calls of Python wait for JavaScript (run_sync)" in message
    assert size > 1_000_000
