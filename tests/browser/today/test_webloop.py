"""Does ``pyodide.webloop`` run asyncio as Pyodide 314 documents it?"""

from __future__ import annotations

import pytest

from tests.harness.runtime import JavaScriptError, Runtime


def test_the_loop_gives_futures_and_tasks_with_the_methods_of_a_promise(today: Runtime) -> None:
    today.run_python_async("""
        import asyncio
        from pyodide.webloop import PyodideFuture, PyodideTask, WebLoop, WebLoopPolicy
        loop = asyncio.get_event_loop()
        assert loop is asyncio.get_running_loop() and isinstance(loop, WebLoop)
        assert isinstance(asyncio.get_event_loop_policy(), WebLoopPolicy)
        assert isinstance(loop.create_future(), PyodideFuture)
        task = asyncio.create_task(asyncio.sleep(0, 5), name="sleeper")
        assert isinstance(task, PyodideTask) and isinstance(task, PyodideFuture)
        assert task.get_name() == "sleeper" and await task == 5
    """)


def test_then(today: Runtime) -> None:
    today.run_python_async("""
        import asyncio
        from pyodide.webloop import PyodideFuture

        async def countdown(x):
            await asyncio.sleep(0)
            return countdown(x - 1) if x else "done"

        def fail(x):
            raise KeyError(x)

        future = PyodideFuture()
        doubled = future.then(lambda x: x * 2).then(lambda x: x + 1)
        counted = future.then(countdown)
        failed = future.then(fail, lambda error: "not called")
        passed = future.then(None, fail)
        future.set_result(3)
        assert (await doubled, await counted, await passed) == (7, "done", 3)
        assert isinstance(doubled, PyodideFuture)
        assert repr(await failed.then(None, lambda error: error)) == "KeyError(3)"

        future = PyodideFuture()
        handled = future.then(fail, str)
        passed = future.then(fail)
        future.set_exception(ValueError("of the future"))
        assert await handled == "of the future"
        assert repr(await passed.catch(lambda error: error)) == "ValueError('of the future')"
    """)


def test_catch_and_finally(today: Runtime) -> None:
    today.run_python_async("""
        import asyncio
        from pyodide.webloop import PyodideFuture

        called = []

        async def late():
            await asyncio.sleep(0)
            called.append("late")

        async def fail():
            raise KeyError("in finally")

        future = PyodideFuture()
        same = future.catch(str).finally_(lambda: called.append("early")).finally_(late)
        failed = future.finally_(fail).catch(repr)
        future.set_result(3)
        assert await same == 3 and called == ["early", "late"]
        assert await failed == "KeyError('in finally')"

        future = PyodideFuture()
        same = future.finally_(late).catch(repr)
        failed = future.finally_(fail).catch(repr)
        future.set_exception(ValueError("of the future"))
        assert await same == "ValueError('of the future')"
        assert await failed == "KeyError('in finally')"
    """)


def test_a_cancellation_goes_to_the_futures_of_the_chain_only(today: Runtime) -> None:
    today.run_python_async("""
        import asyncio
        from pyodide.webloop import PyodideFuture

        called = []
        future = PyodideFuture()
        chained = [
            future.then(called.append, called.append),
            future.finally_(lambda: called.append("finally")),
        ]
        future.cancel()
        await asyncio.wait(chained)
        assert [c.cancelled() for c in chained] == [True, True]
        assert called == ["finally"]

        future = PyodideFuture()
        chained = future.then(str)
        await asyncio.sleep(0)
        chained.cancel()
        await asyncio.wait([chained])
        assert chained.cancelled() and not future.done()
    """)


def test_the_chain_of_a_task(today: Runtime) -> None:
    today.run_python_async("""
        import asyncio
        task = asyncio.ensure_future(asyncio.sleep(0, 20))
        assert await task.then(lambda x: x + 1) == 21
    """)


def test_syncify_says_that_this_page_cannot_wait(today: Runtime) -> None:
    today.run_python("""
        import asyncio
        future = asyncio.get_event_loop().create_future()
        try:
            future.syncify()
        except RuntimeError as error:
            assert str(error)
        else:
            raise AssertionError("there is no error")
    """)


@pytest.mark.parametrize(
    "call", ["asyncio.run(main())", "asyncio.get_event_loop().run_until_complete(main())"]
)
def test_run_says_that_this_page_cannot_wait(today: Runtime, call: str) -> None:
    with pytest.raises(JavaScriptError, match="RuntimeError"):
        today.run_python(f"""
            import asyncio
            async def main(): pass
            {call}
        """)


def test_the_exception_of_a_task_that_nothing_waits_for_is_reported(today: Runtime) -> None:
    today.run_python_async("""
        import asyncio
        async def divide(): 1 / 0
        kept = asyncio.create_task(divide())
        await asyncio.sleep(0.01)
        import sys
        assert sys.last_exc is sys.last_value is kept.exception()
    """)
    text = "\n".join(today.read_console())
    assert "Unhandled exception in event loop" in text
    assert "line 3, in divide" in text
    assert "ZeroDivisionError: division by zero" in text


def test_an_exception_is_not_reported_if_something_waits_or_the_task_is_cancelled(
    today: Runtime,
) -> None:
    today.run_python_async("""
        import asyncio
        async def wait(): await asyncio.sleep(5)
        async def fail(text): raise ValueError(text)
        reports = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: reports.append(context))
        try:
            asyncio.create_task(wait()).cancel()
            results = await asyncio.gather(fail("gathered"), return_exceptions=True)
            task = asyncio.create_task(fail("waited for"))
            await asyncio.wait([task])
            await asyncio.sleep(0.01)
            assert reports == [], reports
            asyncio.create_task(fail("alone"))
            await asyncio.sleep(0.01)
        finally:
            loop.set_exception_handler(None)
        [report] = reports
        assert report["exception"].args == ("alone",)
    """)


def test_a_second_loop_runs_beside_the_first(today: Runtime) -> None:
    today.run_python_async("""
        import asyncio
        first = asyncio.get_running_loop()
        second = asyncio.new_event_loop()
        async def where():
            await asyncio.sleep(0.001)
            return asyncio.get_running_loop()
        task = second.create_task(where())
        while not task.done():
            await asyncio.sleep(0.001)
        assert task.result() is second is not first
        assert asyncio.get_running_loop() is first
        second.close(), second.stop(), second.run_forever()
        assert second.is_running() and not second.is_closed()
    """)


def test_a_policys_loop_can_be_set(today: Runtime) -> None:
    today.run_python("""
        import asyncio
        from pyodide.webloop import WebLoop, WebLoopPolicy
        first = asyncio.get_event_loop()
        second = WebLoop()
        try:
            asyncio.set_event_loop(second)
            assert asyncio.get_event_loop() is asyncio.get_running_loop() is second
            asyncio.set_event_loop(None)
            assert asyncio.get_event_loop() is second
        finally:
            asyncio.set_event_loop(first)
        assert WebLoopPolicy().new_event_loop() is not WebLoopPolicy().get_event_loop()
    """)


def test_asynchronous_generators_are_closed(today: Runtime) -> None:
    today.run_python_async("""
        import asyncio, gc
        closed = []

        async def numbers(name):
            try:
                yield 1
            finally:
                await asyncio.sleep(0)
                closed.append(name)

        dropped = numbers("dropped")
        await anext(dropped)
        del dropped
        await asyncio.sleep(0.01)
        assert closed == ["dropped"]
        kept = numbers("kept")
        await anext(kept)
        loop = asyncio.new_event_loop()
        await asyncio.get_running_loop().shutdown_asyncgens()
        assert closed == ["dropped", "kept"]
        asyncio.get_running_loop()._asyncgens_shutdown_called = False
    """)


def test_delays_and_contexts(today: Runtime) -> None:
    today.run_python_async("""
        import asyncio, contextvars, math, time
        variable = contextvars.ContextVar("variable", default=0)
        variable.set(1)
        context = contextvars.copy_context()
        variable.set(2)
        loop = asyncio.get_running_loop()
        seen = []
        loop.call_soon(lambda: seen.append(variable.get()), context=context)
        async def get(): return variable.get()
        assert await asyncio.create_task(get(), context=context) == 1
        assert seen == [1]

        endless = [loop.call_later(math.inf, seen.append, 0), loop.call_later(1e9, seen.append, 0)]
        start = time.monotonic()
        await asyncio.sleep(0.05)
        assert time.monotonic() - start >= 0.05 and seen == [1]
        for handle in endless:
            handle.cancel()
        assert await loop.run_in_executor(None, math.sqrt, 9) == 3
    """)


def test_run_until_complete_gives_a_future_if_the_page_says_so(today: Runtime) -> None:
    assert (
        today.run_js("""
        const python = await loadPyodide({ api: "314", enableRunUntilComplete: false });
        return await python.runPythonAsync(`
            import asyncio
            await asyncio.get_event_loop().run_until_complete(asyncio.sleep(0, 6)) + 1
        `);
    """)
        == 7
    )


def test_uncaught_errors_are_remembered_for_debuggers(today: Runtime) -> None:
    with pytest.raises(JavaScriptError):
        today.run_python("error = ValueError(77); raise error")
    today.run_python("""
        import sys
        assert sys.last_exc is sys.last_value is error
        assert sys.last_type is ValueError
        assert sys.last_traceback is error.__traceback__ is not None
    """)
    with pytest.raises(JavaScriptError):
        today.run_python_async("error = KeyError(78); raise error")
    today.run_python("import sys; assert sys.last_exc is error and error.args == (78,)")


def test_a_promise_that_python_makes_gives_its_reason_as_it_is(today: Runtime) -> None:
    today.run_python_async("""
        import asyncio, js
        from pyodide.ffi import JsPromise
        promise = js.Promise.new(lambda resolve, reject: reject(10))
        assert isinstance(promise, JsPromise)
        reasons = []
        promise.catch(reasons.append)
        await asyncio.sleep(0.01)
        assert reasons == [10]
    """)
