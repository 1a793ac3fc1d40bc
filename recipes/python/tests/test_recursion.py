"""Is a deep recursion in C an exception of Python?"""

import collections
import contextlib
import functools
import itertools
import unittest
from collections.abc import Callable


def nest(depth: int, wrap: Callable[[object], object]) -> object:
    value: object = 1
    for _ in range(depth):
        value = wrap(value)
    return value


class RecursionInC(unittest.TestCase):
    """A deep recursion is a RecursionError, or succeeds, and never ends the process."""

    def test_slots_that_call_each_other(self) -> None:
        class Repr:
            pass

        Repr.__repr__ = Repr.__str__

        class Call:
            pass

        Call.__call__ = Call()

        class Hash:
            def __hash__(self) -> int:
                return hash((self,))

        class Less:
            def __lt__(self, other: object) -> bool:
                return (self,) < (other,)

        class Format:
            def __format__(self, form: str) -> str:
                return f"{self}"

        class Iterate:
            def __iter__(self) -> object:
                return iter(list(self))

        class Index:
            def __index__(self) -> int:
                return [1][self]

        class Meta(type):
            def __instancecheck__(cls, instance: object) -> bool:
                return isinstance(instance, cls)

        class Checked(metaclass=Meta):
            pass

        acts: list[Callable[[], object]] = [
            lambda: repr(Repr()),
            lambda: str(Repr()),
            lambda: Call()(),
            lambda: hash(Hash()),
            lambda: Less() < Less(),
            lambda: f"{Format()}",
            lambda: list(Iterate()),
            lambda: [1][Index()],
            lambda: isinstance(1, Checked),
        ]
        for number, act in enumerate(acts):
            with self.subTest(number), self.assertRaises(RecursionError):
                act()

    def test_functions_that_call_back(self) -> None:
        def sort(x: object) -> object:
            return sorted([x], key=sort)

        def mapped(x: object) -> object:
            return list(map(mapped, [x]))

        def reduced(x: object, y: object) -> object:
            return functools.reduce(reduced, [x, y])

        def partial(x: object) -> object:
            return functools.partial(partial, x)()

        @functools.lru_cache
        def cached(x: int) -> int:
            return cached(x + 1)

        def executed() -> None:
            exec("executed()", {"executed": executed})

        acts: list[Callable[[], object]] = [
            lambda: sort(1),
            lambda: mapped(1),
            lambda: reduced(1, 2),
            lambda: partial(1),
            lambda: cached(1),
            executed,
        ]
        for number, act in enumerate(acts):
            with self.subTest(number), self.assertRaises(RecursionError):
                act()

    def test_deep_values(self) -> None:
        import copy
        import json
        import pickle

        deep = 100_000
        values: dict[str, tuple[Callable[[object], object], Callable[[object], object]]] = {
            "repr of deques": (lambda x: collections.deque([x]), repr),
            "repr of dicts": (lambda x: {1: x}, repr),
            "repr of slices": (lambda x: slice(x), repr),
            "equal deques": (lambda x: collections.deque([x]), lambda x: x == copy.copy(x)),
            "isinstance": (lambda x: (x,), lambda x: isinstance("", x)),
            "json": (lambda x: [x], json.dumps),
            "pickle": (lambda x: [x], pickle.dumps),
            "deepcopy": (lambda x: [x], copy.deepcopy),
        }
        for name, (wrap, act) in values.items():
            value = nest(deep, wrap)
            with self.subTest(name), contextlib.suppress(RecursionError, MemoryError):
                act(value)

    def test_deep_iterators_as_on_linux(self) -> None:
        # None of these counts its depth. 8 MiB of stack are enough for them on Linux.
        one = iter([1])
        wraps: dict[str, Callable[[object], object]] = {
            "chain": lambda x: itertools.chain(x),
            "filter": lambda x: filter(None, x),
            "islice": lambda x: itertools.islice(x, 1),
            "takewhile": lambda x: itertools.takewhile(bool, x),
        }
        for name, wrap in wraps.items():
            iterator: object = itertools.chain([1], one)
            for _ in range(20_000):
                iterator = wrap(iterator)
            with self.subTest(name):
                self.assertEqual(next(iterator), 1)

    def test_the_interpreter_goes_on(self) -> None:
        for _ in range(3):
            self.test_slots_that_call_each_other()
        self.assertEqual(sum(range(100)), 4950)


if __name__ == "__main__":
    unittest.main()
