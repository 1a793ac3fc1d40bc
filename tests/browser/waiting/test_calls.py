"""Which calls of Python can wait?"""

from __future__ import annotations

import re

import pytest

from tests.harness.built import ROOT
from tests.harness.runtime import Runtime

#: Each ends with an expression and its value.
EXAMPLES = re.findall(r"```js\n(.*?)```", (ROOT / "docs" / "waiting.md").read_text(), re.DOTALL)


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
