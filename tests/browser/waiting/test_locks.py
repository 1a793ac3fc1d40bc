"""Do locks, and what the standard library makes of them, wait for other tasks?"""

from __future__ import annotations

import textwrap

import pytest

from tests.harness.runtime import JavaScriptError, Runtime


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
