"""Do proxies of callables, iterators, awaitables and sequences behave as Pyodide 314 documents?"""

from __future__ import annotations

import pytest

from tests.harness.runtime import JavaScriptError, Runtime

# Calls

F = """
    const f = pyodide.runPython("def f(x=2, y=3):\\n    return x, y\\nf");
    const call = (f) => { try { return f().toJs(); } catch (error) { return error.message; } };
"""


def test_a_function_is_called_in_each_way(today: Runtime) -> None:
    assert today.run_js(f"""
        {F}
        return [() => f(), () => f(7), () => f.call(null, 7), () => f.apply(null, [7, 8]),
            () => f.apply(null, {{ 0: 5, length: 1 }}), () => f.bind(null, 1)(2),
            () => f.bind(null, 1).bind(null, 2)(), () => f.callKwargs({{ y: 4 }}),
            () => f.callKwargs(8, {{ y: 4 }}), () => f.callRelaxed(1, 2, 3),
            () => f.callKwargsRelaxed(1, 2, 3, {{}}), () => f.callWithOptions({{}}, 1, 2),
            () => f.callWithOptions({{ kwargs: true, relaxed: true }}, 9, 8, 7, {{}})].map(call);
    """) == [
        [2, 3],
        [7, 3],
        [7, 3],
        [7, 8],
        [5, 3],
        [1, 2],
        [1, 2],
        [2, 4],
        [8, 4],
        [1, 2],
        [1, 2],
        [1, 2],
        [9, 8],
    ]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("f.callKwargs()", "callKwargs requires at least one argument"),
        ("f.callKwargs(5)", "kwargs argument is not an object"),
        ("f.callKwargs({ z: 6 })", "got an unexpected keyword argument 'z'"),
        ("f.callKwargs(76, { x: 6 })", "got multiple values for argument 'x'"),
        ("f(1, 2, 3)", "takes from 0 to 2 positional arguments but 3 were given"),
        (
            "f.callWithOptions({ kwargs: true })",
            "callWithOptions with 'kwargs: true' requires at least one argument",
        ),
    ],
)
def test_a_wrong_call_raises(today: Runtime, call: str, message: str) -> None:
    with pytest.raises(JavaScriptError, match=message):
        today.run_js(f"{F} {call};")


def test_a_promising_call_gives_a_promise_where_the_engine_can_wait(today: Runtime) -> None:
    outcome = today.run_js(f"""
        {F}
        const calls = [f.callPromising(7), f.callPromisingKwargs(7, {{ y: 5 }}),
            f.callWithOptions({{ promising: true }}, 1, 2)];
        const outcomes = await Promise.all(calls.map((promise) =>
            promise.then((value) => value.toJs(), (error) => error.message)));
        return [typeof WebAssembly.Suspending === "function", ...outcomes];
    """)
    can_wait, *outcomes = outcome
    if can_wait:
        assert outcomes == [[7, 3], [7, 5], [1, 2]]
    else:
        message = "WebAssembly stack switching not supported in this JavaScript runtime"
        assert [message in text for text in outcomes] == [True] * 3


def test_capture_this_passes_this(today: Runtime) -> None:
    assert today.run_js("""
        const f = pyodide.runPython("lambda *args: list(args)");
        const method = { f: f.captureThis(), a: 1 };
        const bound = f.captureThis().bind(5, 6).bind(7);
        const seen = [method.f(2).toJs()[0] === method, bound(8).toJs()];
        f.destroy();
        try { method.f(); } catch (error) { seen.push(error.message.split("\\n")[0]); }
        return seen;
    """) == [True, [5, 6, 8], "Object has already been destroyed"]


# Iterators


def test_an_iterator_is_javascripts(today: Runtime) -> None:
    assert today.run_js("""
        const list = pyodide.runPython("[1, 2]"), iterator = pyodide.runPython("iter([1, 2])");
        const same = iterator[Symbol.iterator]() === iterator;
        return [[...list], same, iterator.next(), [...iterator], iterator.next()];
    """) == [[1, 2], True, {"done": False, "value": 1}, [2], {"done": True}]


GENERATOR = """
    def generator():
        n = 0
        try:
            for _ in range(3):
                n = yield n + 2
        finally:
            {at_end}
    generator()
"""


@pytest.mark.parametrize("prefix", ["", "async "])
def test_a_generator_receives_values(today: Runtime, prefix: str) -> None:
    code = prefix + GENERATOR.format(at_end="pass").strip().replace("\n    ", "\n")
    assert today.run_js(f"""
        const generator = pyodide.runPython({code!r});
        return [await generator.next(), await generator.next(3), await generator.next(4),
            await generator.next(5)];
    """) == [
        {"done": False, "value": 2},
        {"done": False, "value": 5},
        {"done": False, "value": 6},
        {"done": True},
    ]


@pytest.mark.parametrize("prefix", ["", "async "])
@pytest.mark.parametrize(
    ("at_end", "expected"),
    [
        ("pass", [{"done": True, "value": 5}, {"done": True}]),
        ("yield 3", [{"done": False, "value": 3}, {"done": True}]),
        ("return", [{"done": True}, {"done": True}]),
    ],
)
def test_return_ends_a_generator(
    today: Runtime, prefix: str, at_end: str, expected: list[object]
) -> None:
    code = prefix + GENERATOR.format(at_end=at_end).strip().replace("\n    ", "\n")
    if at_end == "yield 3":
        expected = [expected[0], {"done": True}]
        code = code.replace("yield 3", "yield 3\n        return")
    assert (
        today.run_js(f"""
            const generator = pyodide.runPython({code!r});
            await generator.next();
            return [await generator.return(5), await generator.next()];
        """)
        == expected
    )


@pytest.mark.parametrize("prefix", ["", "async "])
def test_throw_raises_in_a_generator(today: Runtime, prefix: str) -> None:
    code = prefix + (
        "def generator():\n    try:\n        yield 1\n"
        "    except Exception as error:\n        yield str(error)\ngenerator()"
    )
    seen = today.run_js(f"""
        const generator = pyodide.runPython({code!r});
        await generator.next();
        const caught = await generator.throw(new TypeError("hi"));
        let message;
        try {{ await generator.throw(5); }} catch (error) {{ message = error.message; }}
        return [caught.value, message];
    """)
    assert "hi" in seen[0]
    assert "exceptions must be classes or instances deriving from BaseException" in seen[1]


def test_asynchronous_iterables_are_javascripts(today: Runtime) -> None:
    assert today.run_js("""
        const iterable = pyodide.runPython(`
            class Iterable:
                async def __aiter__(self):
                    yield 1
                    yield 2
            class Iterator:
                n = 0
                def __aiter__(self): return self
                async def __anext__(self):
                    self.n += 1
                    if self.n > 2: raise StopAsyncIteration
                    return self.n
            Iterable()`);
        const iterator = pyodide.runPython("Iterator()");
        const seen = [];
        for await (const item of iterable) seen.push(item);
        for await (const item of iterator) seen.push(item);
        return [...seen, iterator[Symbol.asyncIterator]() === iterator];
    """) == [1, 2, 1, 2, True]


def test_errors_of_iterators_are_pythons(today: Runtime) -> None:
    assert today.run_js("""
        const fails = pyodide.runPython("class A:\\n    def __iter__(self): 1 / 0\\nA()");
        const later = pyodide.runPython("def g():\\n    yield 1\\n    1 / 0\\ng()");
        const seen = [later.next().value];
        for (const operation of [() => fails[Symbol.iterator](), () => later.next()]) {
            try { operation(); } catch (error) { seen.push(error.type); }
        }
        return seen;
    """) == [1, "ZeroDivisionError", "ZeroDivisionError"]


# Awaitables


def test_an_awaitable_is_a_promise(today: Runtime) -> None:
    assert today.run_js("""
        const make = pyodide.runPython(`
            from asyncio import Future
            async def f(x):
                if x < 0: raise ValueError(x)
                return x
            lambda x: f(x)`);
        const seen = [await make(1), await make(2).then((x) => x + 1)];
        seen.push(await make(-1).catch((error) => error.type));
        await make(3).finally(() => seen.push("finally"));
        const twice = make(4);
        return [...seen, await twice, await twice];
    """) == [1, 3, "ValueError", "finally", 4, 4]


def test_a_call_starts_an_async_function_and_no_other_coroutine(today: Runtime) -> None:
    assert today.run_js("""
        const [f, g] = pyodide.runPython(`
            seen = []
            async def f(n): seen.append(n)
            f, lambda n: f(n)`);
        f(1);
        const coroutine = g(2);
        for (let i = 0; i < 20; i++) await new Promise((resolve) => setTimeout(resolve, 0));
        const before = pyodide.runPython("seen").toJs();
        await coroutine;
        return [before, pyodide.runPython("seen").toJs()];
    """) == [[1], [1, 2]]


# Sequences

CALLS = [
    "at(-2)",
    "concat([9])",
    "every((x) => x > 0)",
    "filter((x, i) => x + i > 6)",
    "find((x) => x > 5)",
    "findIndex((x) => x > 5)",
    "includes(8)",
    "indexOf(3)",
    "indexOf(3, 2)",
    "join('-')",
    "lastIndexOf(3)",
    "map((x, i) => x * i)",
    "reduce((x, y) => x - y)",
    "reduce((x, y) => x - y, 100)",
    "reduceRight((x, y) => x - y)",
    "slice(1, -1)",
    "some((x) => x > 7)",
]


@pytest.mark.parametrize("call", CALLS)
def test_a_sequence_has_the_methods_of_arrays(today: Runtime, call: str) -> None:
    assert today.run_js(f"""
        const items = [5, 3, 8, 3, 6];
        const results = [items, ...["[5, 3, 8, 3, 6]", "(5, 3, 8, 3, 6)"].map(
            (code) => pyodide.runPython(code))].map((array) => JSON.stringify(array.{call}));
        return results.every((result) => result === results[0]) && results[0] !== undefined;
    """)


def test_a_sequence_is_iterated_as_an_array(today: Runtime) -> None:
    assert today.run_js("""
        const proxy = pyodide.runPython("['a', 'b']");
        const seen = [];
        proxy.forEach((item, index, array) => seen.push(item + index + (array === proxy)));
        return [seen, [...proxy.entries()], [...proxy.keys()], [...proxy.values()],
            [].concat(proxy), proxy.toJSON()];
    """) == [["a0true", "b1true"], [[0, "a"], [1, "b"]], [0, 1], ["a", "b"], ["a", "b"], ["a", "b"]]


CHANGES = [
    "copyWithin(0, 2)",
    "copyWithin(-2, -3, -1)",
    "fill(7, 1)",
    "fill('x', 1, 2)",
    "pop()",
    "push(1, 'x', 2)",
    "reverse()",
    "shift()",
    "sort()",
    "sort((x, y) => y - x)",
    "splice()",
    "splice(1)",
    "splice(1, 1, 'x', 'y')",
    "splice(-2, 1)",
    "splice(0, 0, 'x')",
    "unshift('x', 'y')",
]


@pytest.mark.parametrize("call", CHANGES)
def test_a_mutable_sequence_has_the_methods_that_change_arrays(today: Runtime, call: str) -> None:
    assert today.run_js(f"""
        const items = [40, 1, 5, 200];
        const proxy = pyodide.runPython("items = [40, 1, 5, 200]; items");
        const results = [items, proxy].map((array) => {{
            const result = array.{call};
            return result === array ? "itself" : JSON.stringify(result);
        }});
        return [results[0] === results[1],
            JSON.stringify(items) === JSON.stringify(pyodide.runPython("items").toJs())];
    """) == [True, True]


def test_methods_keep_the_types_of_other_items(today: Runtime) -> None:
    assert today.run_js("""
        const proxy = pyodide.runPython("items = [1.0, None, (2,)]; items");
        proxy.push(3);
        proxy.reverse();
        proxy.unshift(0);
        proxy.sort(() => 0);
        return [proxy.shift(), pyodide.runPython("str(items)"), pyodide.runPython("[]").pop()];
    """) == [0, "[3, (2,), 1.0, None]", None]


def test_an_array_of_numpy_is_a_proxy_with_a_buffer(today: Runtime) -> None:
    assert today.run_js("""
        await pyodide.loadPackage("numpy");
        const array = pyodide.runPython("import numpy; numpy.arange(6.0).reshape(2, 3)");
        const { data, shape } = array.getBuffer();
        return [array.type, shape, Array.from(data)];
    """) == ["numpy.ndarray", [2, 3], [0, 1, 2, 3, 4, 5]]
