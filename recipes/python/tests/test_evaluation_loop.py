"""Does Python code run as ever when the evaluation loop is left and entered again in its middle?

The loop is left after 32,768 steps; a step is a backward jump or the beginning of a function. Each
test makes more.
"""

from __future__ import annotations

import asyncio
import sys
import unittest
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from traceback import walk_tb
from types import CodeType, FrameType
from typing import Any

STEPS = 90_000

#: What happened, and where.
Event = tuple[str, int]


def loop(steps: int) -> int:
    total = 0
    for number in range(steps):
        total += number & 1
    return total


def nested_loop(steps: int) -> int:
    total = 0
    for _ in range(steps // 10):
        inner = 0
        while inner < 10:
            inner += 1
            if inner == 5:
                continue
            total += inner
    return total


def fibonacci(number: int) -> int:
    return number if number < 2 else fibonacci(number - 1) + fibonacci(number - 2)


def calls(steps: int) -> int:
    return sum(fibonacci(number % 3) for number in range(steps))


def lines(function: Callable[[], object]) -> list[int]:
    """The line of each frame below this one in which ``function`` fails."""
    try:
        function()
    except (RecursionError, ValueError) as error:
        frames = walk_tb(error.__traceback__)
        return [line for _, line in frames][1:]
    raise AssertionError("no error")


class EvaluationLoop(unittest.TestCase):
    def test_loops_and_calls(self) -> None:
        self.assertEqual(loop(STEPS), STEPS // 2)
        self.assertEqual(nested_loop(STEPS), STEPS * 5)
        self.assertEqual(fibonacci(24), 46368)

    def test_values_on_the_stack_survive(self) -> None:
        def add(left: int, right: int) -> int:
            return left + right

        total = 0
        for number in range(STEPS):
            total = [total, number, *(1, 2)][0] + add(number, add(1, -1))
        self.assertEqual(total, STEPS * (STEPS - 1) // 2)

    def test_a_long_body(self) -> None:
        """Its backward jump has an argument of two bytes."""
        body = "\n".join(f"    x{number} = total + {number}" for number in range(300))
        source = f"total = 0\nfor _ in range({STEPS}):\n{body}\n    total = x299 - 298"
        names: dict[str, int] = {}
        exec(source, names)
        self.assertEqual(names["total"], STEPS)

    def test_generators(self) -> None:
        def count() -> Iterator[int]:
            number = 0
            while True:
                received = yield number
                number += 1 if received is None else received

        def delegate() -> Iterator[int]:
            yield from count()

        numbers = delegate()
        self.assertEqual(sum(next(numbers) for _ in range(STEPS)), STEPS * (STEPS - 1) // 2)

    def test_coroutines(self) -> None:
        async def double(number: int) -> int:
            return 2 * number

        async def numbers() -> AsyncIterator[int]:
            for number in range(STEPS):
                yield await double(number)

        async def total() -> int:
            return sum([number async for number in numbers()])

        self.assertEqual(asyncio.run(total()), STEPS * (STEPS - 1))

    def test_exceptions(self) -> None:
        def fail(number: int) -> None:
            raise ValueError(number)

        caught = 0
        for number in range(STEPS):
            try:
                fail(number)
            except ValueError as error:
                caught += error.args[0] == number
            finally:
                caught += 1
        self.assertEqual(caught, 2 * STEPS)

    def test_a_traceback_names_the_lines(self) -> None:
        def fail() -> None:
            for number in range(STEPS):
                if number == STEPS - 1:
                    raise ValueError

        first = fail.__code__.co_firstlineno
        self.assertEqual(lines(fail), [first + 3])

    def test_the_recursion_limit(self) -> None:
        def recurse() -> None:
            recurse()

        depths = {len(lines(recurse)) for _ in range(STEPS // 500)}
        self.assertEqual(len(depths), 1)
        self.assertGreater(depths.pop(), 500)

    def test_settrace(self) -> None:
        def events(function: Callable[[int], object], steps: int) -> Counter[Event]:
            found: Counter[Event] = Counter()

            def trace(frame: FrameType, event: str, _: Any) -> Any:
                found[event, frame.f_lineno] += 1
                return trace

            sys.settrace(trace)
            try:
                function(steps)
            finally:
                sys.settrace(None)
            return found

        for function in (loop, nested_loop, calls):
            with self.subTest(function.__name__):
                self.check_counts(events, function)

    def test_monitoring(self) -> None:
        tool = sys.monitoring.PROFILER_ID
        sys.monitoring.use_tool_id(tool, "test")
        self.addCleanup(sys.monitoring.free_tool_id, tool)

        def events(function: Callable[[int], object], steps: int) -> Counter[Event]:
            found: Counter[Event] = Counter()

            def record(code: CodeType, where: int, *_: Any) -> None:
                found[code.co_name, where] += 1

            sys.monitoring.register_callback(tool, kind, record)
            sys.monitoring.set_events(tool, kind)
            try:
                function(steps)
            finally:
                sys.monitoring.set_events(tool, 0)
                sys.monitoring.register_callback(tool, kind, None)
            return found

        for name in ("LINE", "JUMP", "BRANCH", "INSTRUCTION", "PY_START", "PY_RETURN", "CALL"):
            kind = getattr(sys.monitoring.events, name)
            for function in (loop, nested_loop, calls):
                with self.subTest(name, function=function.__name__):
                    self.check_counts(events, function)

    def check_counts(
        self,
        events: Callable[[Callable[[int], object], int], Counter[Event]],
        function: Callable[[int], object],
    ) -> None:
        """The events of a step are the same in a long loop as in a short one."""
        short, twice, long = (events(function, steps) for steps in (30, 60, STEPS))
        self.assertTrue(short)
        expected = {
            event: count + (twice[event] - count) * (STEPS - 30) // 30
            for event, count in short.items()
        }
        self.assertEqual(long, expected)


if __name__ == "__main__":
    unittest.main()
