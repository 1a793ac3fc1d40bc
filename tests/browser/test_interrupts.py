"""Can another thread interrupt Python through a SharedArrayBuffer?"""

from __future__ import annotations

import json
from collections.abc import Callable
from textwrap import dedent
from typing import Any

import pytest

from tests.harness.page import JavaScriptError, Page

OpenPage = Callable[[str], Page]

# A worker that runs Python programs. Each posts "running" when it is time for a signal.
WORKER = """
    const worker = new Worker("/pages/run-worker.js");
    const interrupts = new Uint8Array(new SharedArrayBuffer(1));
    const run = (code, signal = 0) => new Promise((resolve, reject) => {
        let sent = 0;
        worker.onerror = (event) => reject(new Error(event.message));
        worker.onmessage = async ({ data }) => {
            if (data !== "running") {
                resolve({ ...data, milliseconds: performance.now() - sent, left: interrupts[0] });
                return;
            }
            await new Promise((next) => setTimeout(next, 50));
            sent = performance.now();
            interrupts[0] = signal;
        };
        worker.postMessage({ code, interrupts });
    });
    const runPython = (program, signal) =>
        run(`return python.runPython(${JSON.stringify(program)})`, signal);
    await run("python.setInterruptBuffer(interrupts)");
"""
SIGINT, SIGTERM = 2, 15


@pytest.fixture
def interrupted(open_page: OpenPage) -> Callable[..., dict[str, Any]]:
    """Runs a program, sends a signal on its request, and checks that Python still works."""

    def run(program: str, signal: int = SIGINT) -> dict[str, Any]:
        program = "import js\n" + dedent(program)
        outcome, after = open_page("/pages/blank.html").run_js(f"""{WORKER}
            const outcome = await runPython({json.dumps(program)}, {signal});
            const after = await runPython("sum(range(10))");
            worker.terminate();
            return [outcome, after.value];
        """)
        assert after == 45
        assert outcome["left"] == 0
        assert isinstance(outcome, dict)
        return outcome

    return run


def test_an_endless_loop_ends_in_a_keyboard_interrupt(
    interrupted: Callable[..., dict[str, Any]],
) -> None:
    outcome = interrupted("js.postMessage('running')\nwhile True:\n    pass")
    assert outcome["type"] == "KeyboardInterrupt", outcome
    assert outcome["error"].splitlines()[-1] == "KeyboardInterrupt"


def test_a_program_may_catch_the_keyboard_interrupt(
    interrupted: Callable[..., dict[str, Any]],
) -> None:
    outcome = interrupted("""
        try:
            js.postMessage("running")
            while True:
                pass
        except KeyboardInterrupt:
            result = "caught"
        finally:
            result += ", cleaned up"
        result
    """)
    assert outcome["value"] == "caught, cleaned up"


def test_sleep_is_interrupted(interrupted: Callable[..., dict[str, Any]]) -> None:
    outcome = interrupted("import time\njs.postMessage('running')\ntime.sleep(60)")
    assert outcome["type"] == "KeyboardInterrupt", outcome
    assert outcome["milliseconds"] < 30_000  # half of the sleep


def test_sleep_goes_on_when_the_handler_returns(
    interrupted: Callable[..., dict[str, Any]],
) -> None:
    outcome = interrupted("""
        import signal, time
        seen = []
        signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
        js.postMessage("running")
        start = time.monotonic()
        time.sleep(0.5)
        [seen, time.monotonic() - start]
    """)
    seen, seconds = outcome["value"]
    assert seen == [SIGINT]
    assert seconds >= 0.5


def test_loops_in_c_that_check_for_signals_are_interrupted(
    interrupted: Callable[..., dict[str, Any]],
) -> None:
    outcome = interrupted("""
        import re
        js.postMessage("running")
        re.match("(a|aa)+b", "a" * 200)
    """)
    assert outcome["type"] == "KeyboardInterrupt", outcome


def test_any_signal_reaches_its_handler(interrupted: Callable[..., dict[str, Any]]) -> None:
    program = """
        import signal
        seen = []
        signal.signal(signal.SIGTERM, lambda number, frame: seen.append(number))
        js.postMessage("running")
        while not seen:
            pass
        seen
    """
    assert interrupted(program, SIGTERM)["value"] == [SIGTERM]


@pytest.mark.parametrize("number", [SIGTERM, 200])
def test_a_signal_without_a_handler_is_ignored(
    interrupted: Callable[..., dict[str, Any]], number: int
) -> None:
    outcome = interrupted(
        """
        import time
        js.postMessage("running")
        time.sleep(0.3)
        "done"
        """,
        number,
    )
    assert outcome["value"] == "done"


def test_no_signal_to_a_busy_interpreter_is_lost(open_page: OpenPage) -> None:
    program = dedent("""
        import js, signal
        signal.signal(signal.SIGINT, lambda number, frame: js.received())
        js.postMessage("running")
        while True:
            pass
    """)
    # The page sends each signal at another moment between Python's checks for signals.
    assert open_page("/pages/blank.html").run_js(f"""{WORKER}
        const received = new Int32Array(new SharedArrayBuffer(4));
        const code = "globalThis.received = () => Atomics.add(received, 0, 1);" +
            "python.runPython(program)";
        const running = new Promise((resolve) => {{ worker.onmessage = resolve; }});
        worker.postMessage({{ code, received, program: {json.dumps(program)} }});
        const answer = (await running).data;
        let sent = 0;
        while (sent < 1000 && Atomics.load(received, 0) === sent) {{
            if (sent % 100 === 0) await new Promise((next) => setTimeout(next));
            for (let spins = 1000 * Math.random(); spins > 0; spins--) Atomics.load(received, 0);
            interrupts[0] = {SIGINT};
            sent++;
            const end = performance.now() + 5000;
            while (Atomics.load(received, 0) < sent && performance.now() < end);
        }}
        worker.terminate();
        return [answer, sent, Atomics.load(received, 0)];
    """) == ["running", 1000, 1000]


def test_without_a_buffer_there_is_no_check_for_signals(open_page: OpenPage) -> None:
    page = open_page("/pages/blank.html")
    assert page.run_js(f"""{WORKER}
        await run("python.setInterruptBuffer()");
        const code = "import js\\njs.postMessage('running')\\n" +
            "import time\\ntime.sleep(0.3)\\nsum(1 for _ in range(10**5))";
        const outcome = await runPython(code, {SIGINT});
        worker.terminate();
        return [outcome.value, outcome.left];
    """) == [10**5, SIGINT]


def test_sleep_takes_its_time(pyodide: Page) -> None:
    for seconds in (0.2, 0, 1e-6):
        slept = pyodide.run_python(f"""
            import time
            start = time.monotonic()
            time.sleep({seconds})
            time.monotonic() - start
        """)
        assert slept >= seconds * 0.99
    with pytest.raises(JavaScriptError, match="ValueError: sleep length must be non-negative"):
        pyodide.run_python("time.sleep(-1)")


@pytest.mark.parametrize(
    "argument",
    [
        "null",
        "2",
        "[0]",
        "new SharedArrayBuffer(4)",
        "new Float32Array(1)",
        "new BigInt64Array(1)",
        "new Uint8Array(0)",
        "new DataView(new ArrayBuffer(1))",
    ],
)
def test_a_value_that_is_not_a_buffer_is_a_type_error(pyodide: Page, argument: str) -> None:
    with pytest.raises(JavaScriptError, match="setInterruptBuffer needs a typed array of integers"):
        pyodide.run_js(f"pyodide.setInterruptBuffer({argument})")


def test_python_interrupts_itself_through_any_buffer(pyodide: Page) -> None:
    assert (
        pyodide.run_js("""
        const buffer = new Int32Array(1);
        pyodide.setInterruptBuffer(buffer);
        pyodide.globals.interrupt = () => { buffer[0] = 2; };
        try {
            pyodide.runPython("interrupt()\\nwhile True: pass");
        } catch (error) {
            return error.type;
        } finally {
            pyodide.setInterruptBuffer();
        }
    """)
        == "KeyboardInterrupt"
    )
