"""Does asyncio run on JavaScript's event loop?"""

from __future__ import annotations

import pytest

from tests.harness.runtime import JavaScriptError, Runtime


def test_await_at_top_level_gives_the_value_of_the_last_expression(runtime: Runtime) -> None:
    assert runtime.run_python_async("""
        import asyncio
        async def later(value):
            await asyncio.sleep(0.01)
            return value
        first = await later(1)
        [first, await later(2)]
    """) == [1, 2]
    assert runtime.run_python_async("await later(3);") is None
    assert runtime.run_python("first") == 1


def test_async_for_with_and_comprehensions_work_at_top_level(runtime: Runtime) -> None:
    assert runtime.run_python_async("""
        import asyncio, contextlib
        seen = []
        async def numbers():
            for n in range(3):
                await asyncio.sleep(0)
                yield n
        @contextlib.asynccontextmanager
        async def scope():
            seen.append("in")
            yield
            seen.append("out")
        async with scope():
            async for n in numbers():
                seen.append(n)
        seen + [n async for n in numbers()]
    """) == ["in", 0, 1, 2, "out", 0, 1, 2]


def test_an_exception_at_top_level_rejects_with_the_traceback(runtime: Runtime) -> None:
    with pytest.raises(JavaScriptError, match=r"line 3, in <module>[^$]*LookupError: mine"):
        runtime.run_python_async(
            "import asyncio\nawait asyncio.sleep(0)\nraise LookupError('mine')"
        )
    with pytest.raises(JavaScriptError, match="SyntaxError"):
        runtime.run_python_async("await (")


def test_sleep_takes_its_time_and_timers_come_in_order(runtime: Runtime) -> None:
    assert runtime.run_python_async("""
        import asyncio, time
        order = []
        async def after(delay):
            start = time.monotonic()
            await asyncio.sleep(delay)
            order.append(delay)
            return time.monotonic() - start >= delay
        in_time = await asyncio.gather(*map(after, (0.05, 0, 0.0101, 0.0102, 0.0103, 0.02)))
        [order, all(in_time)]
    """) == [[0, 0.0101, 0.0102, 0.0103, 0.02, 0.05], True]


def test_a_timer_beyond_javascripts_longest_does_not_come_at_once(runtime: Runtime) -> None:
    assert (
        runtime.run_python_async("""
        import asyncio, math
        loop = asyncio.get_running_loop()
        came = []
        timers = [loop.call_later(delay, came.append, delay) for delay in (1e10, math.inf, 2**31)]
        await asyncio.sleep(0.02)
        for timer in timers:
            timer.cancel()
        came
    """)
        == []
    )


def test_tasks_run_in_turns_and_the_page_between_them(runtime: Runtime) -> None:
    assert runtime.run_js("""
        globalThis.ticks = 0;
        const timer = setInterval(() => ticks++, 1);
        const order = await pyodide.runPythonAsync(`
            import asyncio, js
            order = []
            async def count(name):
                for n in range(3):
                    order.append(name + str(n))
                    await asyncio.sleep(0)
            tasks = [asyncio.create_task(count(name)) for name in "ab"]
            while js.ticks < 3:
                await asyncio.sleep(0)
            order
        `);
        clearInterval(timer);
        return order;
    """) == ["a0", "b0", "a1", "b1", "a2", "b2"]


def test_gather_timeouts_cancellation_and_groups_work(runtime: Runtime) -> None:
    assert runtime.run_python_async("""
        import asyncio
        log = []
        async def forever(name):
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                log.append(name + " cancelled")
                raise
        async def fail():
            raise ValueError("fails")
        log.append(await asyncio.gather(asyncio.sleep(0.01, 1), asyncio.sleep(0, 2)))
        try:
            await asyncio.wait_for(forever("waited for"), 0.01)
        except TimeoutError:
            log.append("timeout")
        try:
            async with asyncio.timeout(0.01):
                await forever("in a scope")
        except TimeoutError:
            log.append("timeout")
        task = asyncio.create_task(forever("task"))
        await asyncio.sleep(0)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            log.append(task.cancelled())
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(forever("grouped"))
                group.create_task(fail())
        except* ValueError as errors:
            log.append(str(errors.exceptions[0]))
        results = await asyncio.gather(fail(), asyncio.sleep(0, 3), return_exceptions=True)
        log.append([str(result) for result in results])
        log
    """) == [
        [1, 2], "waited for cancelled", "timeout", "in a scope cancelled", "timeout",
        "task cancelled", True, "grouped cancelled", "fails", ["fails", "3"],
    ]  # fmt: skip


def test_queues_locks_and_events_work(runtime: Runtime) -> None:
    assert runtime.run_python_async("""
        import asyncio
        queue, event, lock = asyncio.Queue(1), asyncio.Event(), asyncio.Lock()
        async def produce():
            for n in range(3):
                async with lock:
                    await queue.put(n)
            await event.wait()
            await queue.put(None)
        async def consume():
            items = []
            while (item := await queue.get()) is not None:
                items.append(item)
                if item == 2:
                    event.set()
            return items
        (await asyncio.gather(produce(), consume()))[1]
    """) == [0, 1, 2]


def test_run_in_executor_and_to_thread_call_the_function(runtime: Runtime) -> None:
    assert runtime.run_python_async("""
        import asyncio
        loop = asyncio.get_running_loop()
        seen = []
        future = loop.run_in_executor(None, seen.append, "called")
        before = list(seen)
        await future
        def fail():
            raise ValueError("in the executor")
        try:
            await asyncio.to_thread(fail)
        except ValueError as error:
            seen.append(str(error))
        [before, seen, await asyncio.to_thread(lambda a, *, b: a + b, 1, b=2)]
    """) == [[], ["called", "in the executor"], 3]


def test_asyncio_run_schedules_and_returns_a_task(runtime: Runtime) -> None:
    assert runtime.run_js("""
        globalThis.seen = [];
        const result = pyodide.runPythonAsync(`
            import asyncio, js
            async def main():
                js.seen.push("started")
                await asyncio.sleep(0.01)
                js.seen.push("ended")
                return 42
            task = asyncio.run(main())
            js.seen.push(type(task).__name__)
            task
        `);
        return [await result, seen];
    """) == [42, ["Task", "started", "ended"]]
    assert runtime.run_python_async("await asyncio.run(main(), debug=False)") == 42
    with pytest.raises(JavaScriptError, match="TypeError"):
        runtime.run_python("asyncio.run(1)")


def test_loop_methods_do_what_a_loop_without_end_can(runtime: Runtime) -> None:
    assert runtime.run_python_async("""
        import asyncio
        loop = asyncio.get_running_loop()
        seen = [loop is asyncio.get_event_loop(), loop is asyncio.new_event_loop(),
                loop.is_running(), loop.is_closed()]
        loop.close()
        seen.append(await loop.run_until_complete(asyncio.sleep(0, "done")))
        loop.call_soon(seen.append, "soon")
        loop.call_soon_threadsafe(seen.append, "soon, too")
        loop.call_soon(seen.append, "never").cancel()
        await asyncio.sleep(0)
        seen
    """) == [True, True, True, False, "done", "soon", "soon, too"]
    for call in ("run_forever()", "stop()"):
        with pytest.raises(JavaScriptError, match="RuntimeError: JavaScript's event loop is"):
            runtime.run_python(f"loop.{call}")


def test_tasks_start_from_code_that_is_not_async(runtime: Runtime) -> None:
    assert (
        runtime.run_js("""
        pyodide.runPython(`
            import asyncio
            async def work():
                return "done"
            task = asyncio.create_task(work())
        `);
        return await pyodide.globals.task;
    """)
        == "done"
    )


def test_an_exception_that_nobody_awaits_is_reported_on_stderr(runtime: Runtime) -> None:
    runtime.run_python_async("""
        import asyncio
        async def fail():
            raise ValueError("nobody awaits this")
        asyncio.create_task(fail())
        def fail_in_callback():
            raise KeyError("in a callback")
        asyncio.get_running_loop().call_soon(fail_in_callback)
        await asyncio.sleep(0.01)
    """)
    console = "\n".join(runtime.read_console())
    assert "Task exception was never retrieved" in console
    assert "ValueError: nobody awaits this" in console
    assert "KeyError: 'in a callback'" in console


@pytest.mark.parametrize("exception", ["SystemExit(3)", "KeyboardInterrupt()"])
def test_system_exit_and_interrupts_are_reported_and_the_loop_continues(
    runtime: Runtime, exception: str
) -> None:
    kind = exception.partition("(")[0]
    assert runtime.run_js(f"""
        const failed = pyodide.runPythonAsync(`
            import asyncio
            await asyncio.sleep(0)
            raise {exception}
        `).catch((error) => error.type);
        return [await failed, await pyodide.runPythonAsync("await asyncio.sleep(0, 'alive')")];
    """) == [kind, "alive"]
    runtime.run_python_async(f"""
        def end():
            raise {exception}
        asyncio.get_running_loop().call_soon(end)
        await asyncio.sleep(0.01)
    """)
    assert f"{kind} in a callback" in "\n".join(runtime.read_console())


def test_a_debugging_loop_says_which_callback_was_slow(runtime: Runtime) -> None:
    runtime.run_python_async("""
        import asyncio, time
        loop = asyncio.get_running_loop()
        loop.set_debug(True)
        try:
            loop.call_soon(time.sleep, 0.15)
            await asyncio.sleep(0)
        finally:
            loop.set_debug(False)
    """)
    assert "took 0.1" in "\n".join(runtime.read_console())


def test_many_steps_leave_no_messages_behind(runtime: Runtime) -> None:
    """Each step of the loop schedules one JavaScript callback, not two."""
    assert (
        runtime.run_python_async("""
        import asyncio
        loop = asyncio.get_running_loop()
        steps = 0
        run_once = loop._run_once
        def counted():
            global steps
            steps += 1
            run_once()
        loop._run_once = counted
        try:
            for _ in range(200):
                await asyncio.sleep(0)
        finally:
            del loop._run_once
        steps <= 201
    """)
        is True
    )
