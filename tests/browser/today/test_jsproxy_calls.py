"""Do calls between Python and JavaScript lend, await and convert as Pyodide 314 documents?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.runtime import JavaScriptError, Runtime

DESTROYED = "This borrowed proxy was automatically destroyed at the end of a function call"


def evaluate(today: Runtime, javascript: str, python: str) -> Any:
    """The value of Python code with `await`, in which `x` is the object of an expression."""
    code = f"from pyodide.code import run_js\nx = run_js({f'({javascript})'!r})\n{python}"
    return today.run_js(f"""
        const value = await pyodide.runPythonAsync({code!r});
        return value?.toJs?.({{ dict_converter: Object.fromEntries }}) ?? value;
    """)


def test_an_argument_is_lent_for_the_call(today: Runtime) -> None:
    evaluate(today, "(list) => { globalThis.lent = list; return list.length }", "x([1])")
    with pytest.raises(JavaScriptError, match=DESTROYED):
        today.run_js("lent.length;")
    evaluate(today, "class { constructor(list) { globalThis.lent = list } }", "x.new([1])")
    with pytest.raises(JavaScriptError, match="automatically destroyed"):
        today.run_js("lent.length;")


def test_an_argument_is_lent_until_a_promise_is_settled(today: Runtime) -> None:
    javascript = """async (list) => {
        globalThis.lent = list;
        await new Promise((resolve) => setTimeout(resolve));
        return list.length;
    }"""
    assert evaluate(today, javascript, "await x([1, 2])") == 2
    with pytest.raises(JavaScriptError, match=DESTROYED):
        today.run_js("lent.length;")


@pytest.mark.parametrize("kind", ["", "async "])
def test_an_argument_is_lent_until_a_generator_ends(today: Runtime, kind: str) -> None:
    javascript = f"{kind}function* (list) {{ globalThis.lent = list; yield list.length; }}"
    loop = "[n async for n in g]" if kind else "list(g)"
    python = f"""
g = x([1, 2])
{loop}
"""
    assert evaluate(today, javascript, python) == [2]
    with pytest.raises(JavaScriptError, match=DESTROYED):
        today.run_js("lent.length;")


def test_what_a_function_returns_is_the_object(today: Runtime) -> None:
    python = """
import sys
a = [1]
b = x(a)
[a is b, sys.getrefcount(a)]
"""
    assert evaluate(today, "(list) => list", python) == [True, 3]


def test_a_function_of_a_class_has_the_instance_as_this(today: Runtime) -> None:
    python = """
class A:
    f = x
a = A()
a.b = 3
a.f("b")
"""
    assert evaluate(today, "function (name) { return this[name] }", python) == 3


def test_a_promise_is_awaited(today: Runtime) -> None:
    python = """
from pyodide.ffi import JsException
results = [await x.value]
try:
    await x.error
except JsException as error:
    results.append(error.message)
results
"""
    assert evaluate(
        today,
        "{ value: Promise.resolve(1), get error() { return Promise.reject(new Error('e')) } }",
        python,
    ) == [1, "e"]


def test_the_handlers_of_a_promise_are_released(today: Runtime) -> None:
    python = """
import sys
log = []
def handler(*values):
    log.append(list(map(str, values)))
    return len(log)
before = sys.getrefcount(handler)
first = await x.value.then(handler)
second = await x.error.catch(handler)
third = await x.value.then(None, handler).finally_(handler)
[log, first, second, third, sys.getrefcount(handler) - before]
"""
    assert evaluate(
        today,
        "{ value: Promise.resolve(7), get error() { return Promise.reject(new Error('e')) } }",
        python,
    ) == [[["7"], ["Error: e"], []], 1, 2, 7, 0]


def test_what_is_no_promise_cannot_be_awaited(today: Runtime) -> None:
    with pytest.raises(JavaScriptError, match="can't be used in 'await' expression"):
        evaluate(today, "[{ then() {} }]", "promise = x[0]\ndel promise.then\nawait promise")


def test_async_generators(today: Runtime) -> None:
    javascript = """async function* () {
        try { const a = yield 1; yield a + 1; yield 0 } finally { globalThis.ended = true }
    }"""
    python = """
g = x()
results = [await anext(g), await g.asend(5), await g.aclose(), run_js("ended")]
try:
    await anext(g)
except StopAsyncIteration:
    results.append("stop")
g = x()
await anext(g)
try:
    await g.athrow(ValueError("thrown"))
except Exception as error:
    results.append("thrown" in str(error))
results + [n async for n in x()][:1]
"""
    assert evaluate(today, javascript, python) == [1, 6, None, True, "stop", True, 1]


def test_create_proxy(today: Runtime) -> None:
    python = """
from pyodide.ffi import JsCallableDoubleProxy, JsDoubleProxy, create_proxy
data = [1]
proxy = create_proxy(data)
x.proxy = proxy
results = [isinstance(x.proxy, JsDoubleProxy), x.proxy.unwrap() is data, proxy.length]
x.proxy.destroy()
x.proxy = create_proxy(data, roundtrip=False)
results.append(x.proxy is data)
call = create_proxy(lambda this, a: [this.b, a], capture_this=True)
x.b, x.call = 2, call
results += [isinstance(call, JsCallableDoubleProxy), run_js("(o) => o.call(3)")(x)]
call.destroy()
results
"""
    assert evaluate(today, "{}", python) == [True, True, 1, True, True, [2, 3]]
    with pytest.raises(JavaScriptError, match="destroyed"):
        evaluate(
            today,
            "{}",
            "from pyodide.ffi import create_proxy\np = create_proxy([])\np.destroy()\np.length",
        )


def test_create_once_callable(today: Runtime) -> None:
    python = """
import sys
from pyodide.ffi import JsOnceCallable, create_once_callable
def function(a):
    return a + 1
before = sys.getrefcount(function)
once = create_once_callable(function)
other = create_once_callable(function)
other.destroy()
[isinstance(once, JsOnceCallable), x(once), sys.getrefcount(function) - before]
"""
    assert evaluate(today, "(f) => f(1)", python) == [True, 2, 0]
    for call, message in (
        ("once(1); once(1)", "OnceProxy can only be called once"),
        ("once.destroy(); once.destroy()", "OnceProxy has already been destroyed"),
    ):
        code = f"""
from pyodide.ffi import create_once_callable
once = create_once_callable(abs)
{call}
"""
        with pytest.raises(JavaScriptError, match=message):
            evaluate(today, "0", code)


def test_to_js_and_its_options(today: Runtime) -> None:
    python = """
import js
from pyodide.ffi import to_js
text = run_js("(o) => JSON.stringify(o)")
class A:
    pass
proxies = to_js([])
converted = to_js([A(), 1], pyproxies=proxies)
[
    text(to_js([1, (2, {"a": 3})])),
    to_js({"a": 1}, dict_converter=js.Object.fromEntries).a,
    to_js([[1]], depth=1)[0] == [1],
    to_js(A(), default_converter=lambda value, convert, cache: "A"),
    text(to_js([(1,)], eager_converter=lambda v, c, cache: 0 if isinstance(v, tuple) else c(v))),
    len(proxies),
    to_js("unchanged"),
]
"""
    assert evaluate(today, "0", python) == [
        '[1,[2,{"a":3}]]',
        1,
        True,
        "A",
        "[0]",
        1,
        "unchanged",
    ]


def test_to_js_without_proxies_is_an_error(today: Runtime) -> None:
    with pytest.raises(JavaScriptError, match=r"pyodide\.ffi\.ConversionError"):
        today.run_python("""
            from pyodide.ffi import ConversionError, to_js
            try:
                to_js([object()], create_pyproxies=False)
            except ConversionError:
                raise
            except Exception:
                pass
        """)


def test_destroy_proxies(today: Runtime) -> None:
    python = """
import sys
from pyodide.ffi import destroy_proxies, to_js
a = object()
before = sys.getrefcount(a)
proxies = to_js([])
to_js([a], pyproxies=proxies)
destroy_proxies(proxies)
sys.getrefcount(a) - before
"""
    assert evaluate(today, "0", python) == 0


def test_to_py_and_its_options(today: Runtime) -> None:
    python = """
def convert_pair(value, convert, cache):
    if value.constructor.name != "Pair":
        return value
    result = []
    cache(value, result)
    result += [convert(value.a), convert(value.b)]
    return result
pair = x.pair.to_py(default_converter=convert_pair)
cycle = x.cycle.to_py()
[
    x.deep.to_py(),
    x.deep.to_py(depth=1)["list"].typeof,
    pair[0] == [1] and pair[1] is pair,
    cycle["self"] is cycle,
    x.map.to_py() == {1: {"a"}},
    x.buffer.to_py().tolist(),
]
"""
    javascript = """(() => {
        class Pair { constructor(a) { this.a = a; this.b = this } }
        const cycle = {};
        cycle.self = cycle;
        const deep = { list: [1, [undefined]] };
        const map = new Map([[1, new Set(["a"])]]);
        return { deep, pair: new Pair([1]), cycle, map, buffer: new Int16Array([-1]) };
    })()"""
    assert evaluate(today, javascript, python) == [
        {"list": [1, [None]]},
        "object",
        True,
        True,
        True,
        [-1],
    ]


@pytest.mark.parametrize(
    ("javascript", "message"),
    [
        ("new Map([[[1], 2]])", "Cannot use key of type Array as a key to a Python dict"),
        ("new Set([[1]])", "Cannot use key of type Array as a key to a Python set"),
        ("new Map([[1, 2], [true, 3]])", "Cannot faithfully convert Map into Python"),
    ],
)
def test_keys_that_python_cannot_tell_apart_are_errors(
    today: Runtime, javascript: str, message: str
) -> None:
    with pytest.raises(JavaScriptError, match=message):
        evaluate(today, javascript, "x.to_py()")


def test_javascript_modules(today: Runtime) -> None:
    python = """
import sys
from pyodide.ffi import register_js_module, unregister_js_module
register_js_module("made_of_js", x)
from made_of_js.inner import value
import made_of_js
names = {}
exec("from made_of_js import *", names)
unregister_js_module("made_of_js")
for name in [name for name in sys.modules if name.startswith("made_of_js")]:
    del sys.modules[name]
try:
    import made_of_js
except ModuleNotFoundError as error:
    missing = error.name
[value, names["a"], "_b" in names, missing]
"""
    assert evaluate(today, "{ a: 1, _b: 2, inner: { value: 3 } }", python) == [
        3,
        1,
        False,
        "made_of_js",
    ]


def test_what_is_no_javascript_module_is_an_error(today: Runtime) -> None:
    for call, message in (
        ("register_js_module(1, 2)", "TypeError: Argument 'name' must be a str, not 'int'"),
        (
            "register_js_module('a', 2)",
            "TypeError: Argument 'jsproxy' must be a JsProxy, not 'int'",
        ),
        ("unregister_js_module('no')", "ValueError: Cannot unregister 'no': no Javascript module"),
    ):
        with pytest.raises(JavaScriptError, match=message):
            today.run_python(f"from pyodide.ffi import *\n{call}")


def test_run_sync_refuses_a_call_that_cannot_wait(today: Runtime) -> None:
    assert today.run_python("from pyodide.ffi import can_run_sync; can_run_sync()") is False
    with pytest.raises(JavaScriptError, match="RuntimeError: "):
        today.run_python("""
            from pyodide.ffi import run_sync
            async def f(): pass
            run_sync(f())
        """)


def test_timers_and_listeners_release_their_functions(today: Runtime) -> None:
    python = """
import asyncio, sys
from pyodide.ffi.wrappers import (
    add_event_listener, clear_interval, clear_timeout, remove_event_listener, set_interval,
    set_timeout,
)
log = []
def function(*_event):
    log.append("called")
before = sys.getrefcount(function)
set_timeout(function, 1)
clear_timeout(set_timeout(function, 1))
interval = set_interval(function, 1)
while len(log) < 3:
    await asyncio.sleep(0.005)
clear_interval(interval)
await asyncio.sleep(0.01)
log.clear()
add_event_listener(x, "tick", function)
x.dispatchEvent(run_js("new Event('tick')"))
remove_event_listener(x, "tick", function)
x.dispatchEvent(run_js("new Event('tick')"))
[len(log), sys.getrefcount(function) - before]
"""
    assert evaluate(today, "new EventTarget()", python) == [1, 0]


def test_a_timer_calls_once_unless_it_is_cleared(today: Runtime) -> None:
    python = """
import asyncio
from pyodide.ffi.wrappers import clear_timeout, set_timeout
log = []
set_timeout(lambda: log.append("called"), 1)
clear_timeout(set_timeout(lambda: log.append("cleared"), 1))
for _ in range(10):
    await asyncio.sleep(0.01)
log
"""
    assert evaluate(today, "0", python) == ["called"]


def test_bound_signatures(today: Runtime) -> None:
    python = """
def signature(a, b=7, /, *, c, d=None): ...
f = x.bind_sig(signature)
results = [f(1, c=2).to_py()]
try:
    f(1)
except TypeError as error:
    results.append(str(error))
class Point:
    def __init__(self, a, /): ...
    def double(self, b: int, /) -> "int": ...
results.append(run_js("(class { constructor(a) { this.a = a } })").bind_class(Point)(4).a)
results
"""
    assert evaluate(today, "(...args) => args", python) == [
        [1, 7, {"c": 2}],
        "signature() missing 1 required keyword-only argument: 'c'",
        4,
    ]
