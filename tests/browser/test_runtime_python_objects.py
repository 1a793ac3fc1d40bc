"""Do Python objects behave in JavaScript as the reference says?"""

from __future__ import annotations

import pytest

from tests.harness.page import Page
from tests.harness.runtime import JavaScriptError, Runtime

FOO = """
    class Foo:
        bar = 42
        def get_value(self, value):
            return value * 64
    f = Foo()
"""


def test_a_python_object_is_used_from_javascript(runtime: Runtime) -> None:
    runtime.run_python(FOO)
    assert runtime.run_js("""
        const f = pyodide.pyimport("f");
        f.baz = 32;
        const seen = [
            "bar" in f, "nothing" in f, f.bar, f.nothing === undefined, f.get_value(2),
            Object.getOwnPropertyNames(f).includes("get_value"), f.ownKeys().includes("baz"),
            f.toString().startsWith("<__main__.Foo object"), pyodide.runPython("f.baz"),
        ];
        delete f.baz;
        return [...seen, pyodide.runPython("hasattr(f, 'baz')")];
    """) == [True, False, 42, True, 128, True, True, True, 32, False]


def test_a_destroyed_proxy_raises(runtime: Runtime) -> None:
    runtime.run_python(FOO)
    with pytest.raises(JavaScriptError, match="destroyed"):
        runtime.run_js("""
            const f = pyodide.pyimport("f");
            f.destroy();
            f.get_value(1);
        """)
    assert runtime.run_python("f.get_value(1)") == 64


def test_a_python_iterable_is_iterable_in_javascript(runtime: Runtime) -> None:
    assert runtime.run_js("return [...pyodide.runPython('(i * i for i in range(4))')];") == [
        0,
        1,
        4,
        9,
    ]


def test_a_python_function_is_called_back_and_its_proxy_is_the_same_later(pyodide: Page) -> None:
    assert pyodide.run_js("""
        pyodide.runPython(`
            from js import document
            seen = []
            def on_click(event):
                seen.append(event.type)
            button = document.createElement("button")
            button.addEventListener("click", on_click)
            button.click()
            button.removeEventListener("click", on_click)
            button.click()
        `);
        return pyodide.pyimport("seen");
    """) == ["click"]


def test_the_table_of_operations_on_a_python_object(runtime: Runtime) -> None:
    runtime.run_python("""
        class Thing:
            def __init__(self):
                self.here = None
            @property
            def fails(self):
                raise OSError("in a property")
            def __setattr__(self, name, value):
                if name == "locked":
                    raise TypeError("locked")
                super().__setattr__(name, value)
            def __call__(self, *args):
                return list(args)
        thing = Thing()
    """)
    assert runtime.run_js("""
        const { thing } = pyodide.globals;
        const attempt = (f) => { try { return f(); } catch (error) { return error.type; } };
        thing.new = "new";
        return [
            "here" in thing, thing.here === undefined,
            thing.missing === undefined, "missing" in thing,
            attempt(() => thing.fails), attempt(() => "fails" in thing),
            attempt(() => { thing.locked = 1; }), attempt(() => delete thing.missing),
            delete thing.new, "new" in thing,
            thing(1, "two", [3]),
            thing.call(null, 1), thing.apply(null, [1, 2]), thing.bind(null, 1)(2),
            Symbol.iterator in thing, `${thing}`.startsWith("<"), typeof thing,
        ];
    """) == [
        True, True, True, False, "OSError", "OSError", "TypeError", "AttributeError", True, False,
        [1, "two", [3]], [1], [1, 2], [1, 2], False, True, "function",
    ]  # fmt: skip


def test_own_keys_are_those_of_dir(runtime: Runtime) -> None:
    assert runtime.run_js("""
        pyodide.runPython(`
            class Odd:
                def __dir__(self):
                    return ["b", "a", "a"]
            odd = Odd()
            import math
        `);
        const { odd, math } = pyodide.globals;
        const names = pyodide.runPython("dir(math)");
        return [odd.ownKeys(), Reflect.ownKeys(odd), String(math.ownKeys()) === String(names)];
    """) == [["a", "b"], ["a", "b"], True]


def test_a_proxy_cannot_be_frozen_or_redefined(runtime: Runtime) -> None:
    assert runtime.run_js("""
        const { proxy } = pyodide.runPython("class P: x = 1\\n{'proxy': P()}");
        const attempt = (f) => { try { f(); } catch (error) { return error.name; } };
        return [
            attempt(() => Object.freeze(proxy)),
            attempt(() => Object.defineProperty(proxy, "pointer", { value: 0 })),
            attempt(() => { proxy[Symbol("s")] = 1; }),
            Object.getOwnPropertyDescriptor(proxy, "pointer") === undefined,
            proxy.x,
        ];
    """) == ["TypeError", "TypeError", "TypeError", True, 1]


@pytest.mark.parametrize(
    "use",
    [
        "f.attribute", "f.attribute = 1", "delete f.attribute", "'attribute' in f", "f()",
        "f.toString()", "`${f}`", "f.ownKeys()", "Reflect.ownKeys(f)", "[...f]", "f.destroy()",
        "await f", "pyodide.globals.f = f", "pyodide.repr(f)",
    ],
)  # fmt: skip
def test_every_use_of_a_destroyed_proxy_raises(runtime: Runtime, use: str) -> None:
    runtime.run_python("""
        class F:
            def __iter__(self):
                return iter("ab")
            def __call__(self):
                return 1
            def __await__(self):
                yield
    """)
    with pytest.raises(JavaScriptError, match="This Python object was destroyed"):
        runtime.run_js(f"""
            const f = pyodide.runPython("F()");
            f.destroy();
            {use};
        """)


def test_a_method_holds_its_object_by_itself(runtime: Runtime) -> None:
    runtime.run_python("class C:\n    def method(self): return 'of another proxy'")
    assert (
        runtime.run_js("""
            const c = pyodide.runPython("C()");
            const { method } = c;
            c.destroy();
            return method();
        """)
        == "of another proxy"
    )


def test_an_object_that_was_destroyed_gets_a_new_proxy(runtime: Runtime) -> None:
    assert runtime.run_js("""
        pyodide.runPython("class C: x = 1\\nc = C()");
        const first = pyodide.globals.c;
        first.destroy();
        const second = pyodide.globals.c;
        return [first === second, second.x, second === pyodide.globals.c];
    """) == [False, 1, True]


def test_iteration_stops_early_ends_and_raises_as_in_python(runtime: Runtime) -> None:
    assert runtime.run_js("""
        const seen = [];
        for (const item of pyodide.runPython("iter(range(10**9))")) {
            seen.push(item);
            if (item === 2) break;
        }
        const failing = pyodide.runPython("(1 / (2 - i) for i in range(5))");
        try {
            for (const item of failing) seen.push(item);
        } catch (error) {
            seen.push(error.type);
        }
        return seen.concat([...pyodide.runPython("{'a': 1}.items()")], Array.from(new Set(
            pyodide.runPython("frozenset({7})"))));
    """) == [0, 1, 2, 0.5, 1, "ZeroDivisionError", ["a", 1], 7]


def test_python_functions_serve_as_callbacks(runtime: Runtime) -> None:
    assert runtime.run_js("""
        pyodide.runPython(`
            def greater(a, b):
                return b - a
            def double(value, *index_and_array):
                return 2 * value
        `);
        const { greater, double } = pyodide.globals;
        const values = [...new Map([[1, 2]]).values()];
        return [[1, 3, 2].sort(greater), [1, 2].map(double), values.map(double)];
    """) == [[3, 2, 1], [2, 4], [4]]


def test_an_event_listener_is_removed_by_the_same_function(runtime: Runtime) -> None:
    assert runtime.run_python("""
        import js
        seen = []
        class Listener:
            def on_event(self, event):
                seen.append(event.type)
        def on_event(event):
            seen.append(event.type)
        target = js.EventTarget.new()
        listener = Listener()
        for get_handler in (lambda: on_event, lambda: listener.on_event, lambda: events.append):
            events = []
            target.addEventListener("ping", get_handler())
            target.dispatchEvent(js.Event.new("ping"))
            target.removeEventListener("ping", get_handler())
            target.dispatchEvent(js.Event.new("ping"))
            seen.append(len(events))
        seen
    """) == ["ping", 0, "ping", 0, 1]


def test_a_method_has_the_same_proxy_each_time(runtime: Runtime) -> None:
    assert runtime.run_js("""
        pyodide.runPython(`
            class C:
                def one(self): return "one"
                def two(self): return "two"
            c, other = C(), C()
        `);
        const { c, other } = pyodide.globals;
        const before = [c.one === c.one, c.one === c.two, c.one === other.one, c.one() + c.two()];
        const { one } = c;
        one.destroy();
        pyodide.runPython("C.one = lambda self: 'changed'");
        return [...before, c.one === one, c.one(), pyodide.globals.len === pyodide.globals.len];
    """) == [True, False, False, "onetwo", False, "changed", True]
