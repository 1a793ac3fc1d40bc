"""Does what is pickled by value come back, also where it cannot be imported?"""

import pickle
import sys

import cloudpickle


def round_trip(value):
    return pickle.loads(cloudpickle.dumps(value))


def test_a_lambda_keeps_what_it_closes_over():
    step = 3
    assert round_trip(lambda x: x + step)(4) == 7


def test_a_recursive_function_finds_itself():
    def factorial(n):
        return 1 if n < 2 else n * factorial(n - 1)

    assert round_trip(factorial)(10) == 3628800


def test_a_local_class_keeps_methods_properties_and_state():
    class Point:
        origin = (0, 0)

        def __init__(self, x, y):
            self.x, self.y = x, y

        @property
        def norm(self):
            return abs(complex(self.x, self.y))

        @classmethod
        def zero(cls):
            return cls(*cls.origin)

    point = round_trip(Point(3, 4))
    assert point.norm == 5
    assert type(point).zero().x == 0


def test_a_generator_function_and_defaults():
    def count(start=2, *, stop=5):
        yield from range(start, stop)

    assert list(round_trip(count)()) == [2, 3, 4]


def test_a_module_is_a_reference():
    assert round_trip(sys) is sys


def test_a_module_can_be_pickled_by_value():
    import types

    module = types.ModuleType("made_here")
    exec("def double(x): return 2 * x", module.__dict__)
    sys.modules["made_here"] = module
    cloudpickle.register_pickle_by_value(module)
    try:
        data = cloudpickle.dumps(module.double)
    finally:
        cloudpickle.unregister_pickle_by_value(module)
        del sys.modules["made_here"]
    assert pickle.loads(data)(21) == 42
