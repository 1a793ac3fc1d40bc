"""Does the page live while Python sleeps, and do signals end a wait?"""

from __future__ import annotations

import pytest

from tests.harness.runtime import Runtime


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
