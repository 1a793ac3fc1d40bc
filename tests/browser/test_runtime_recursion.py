"""Does a full stack end in an exception?"""

from __future__ import annotations

import pytest

from tests.harness.runtime import JavaScriptError, Runtime


@pytest.mark.parametrize(
    "code",
    [
        "def again(): return again()\nagain()",
        "class R:\n    def __repr__(self): return repr([self])\nrepr(R())",
        "class A:\n    def __getattr__(self, name): return getattr(self, name + 'x')\nA().x",
        "nested = []\nfor _ in range(10**5): nested = [nested]\nrepr(nested)",
        "import js\ndef again(): js.call(again)\nagain()",
        "import js\ndef again(): js.call.call(None, again)\nagain()",
        "import js\nclass A:\n    @property\n    def again(self): js.get(self)\nA().again",
        "import js\nclass A:\n    def __repr__(self): return js.text(self)\nrepr(A())",
        "import js\njs.forever()",
        "import js\njs.back()",
    ],
)
def test_recursion_without_end_is_a_recursion_error(runtime: Runtime, code: str) -> None:
    runtime.run_js("""
        globalThis.call = (f) => f();
        globalThis.get = (object) => object.again;
        globalThis.text = (object) => `${object}`;
        globalThis.forever = () => forever() + 1;
        globalThis.back = () => pyodide.runPython("import js\\njs.back()");
    """)
    for _ in range(3):
        with pytest.raises(JavaScriptError, match="RecursionError"):
            runtime.run_python(code)
        assert runtime.run_python("sum(range(10)), [i for i in range(3)][2]") == [45, 2]
    assert runtime.run_python("def f(n): return n and f(n - 1)\nf(900)") == 0


def test_brackets_nested_too_deeply_are_an_error(runtime: Runtime) -> None:
    with pytest.raises(JavaScriptError, match=r"RecursionError|MemoryError|too many nested"):
        runtime.run_python("eval('(' * 5000 + ')' * 5000)")
    assert runtime.run_python("1 + 1") == 2


@pytest.mark.parametrize(
    "enter",
    [
        "object.attribute", "object.computed", "object.computed = 1", "'computed' in object",
        "object.method()", "object()", "object.toString()", "object.ownKeys()", "[...object]",
        "pyodide.globals", "pyodide.globals.object", "pyodide.runPython('1')", "list()",
    ],
)  # fmt: skip
def test_python_survives_a_stack_that_was_filled_by_javascript(
    runtime: Runtime, enter: str
) -> None:
    """JavaScript enters Python at every depth of its stack, up to the last frame that fits."""
    runtime.run_python("""
        import gc
        class Thing:
            attribute = 1
            @property
            def computed(self):
                return [n for n in map(lambda n: n, range(10))]
            @computed.setter
            def computed(self, value):
                return [n for n in map(lambda n: n, range(10))]
            def method(self):
                return sum(n for n in range(10))
            __call__ = method
            def __repr__(self):
                return str(self.method())
            def __dir__(self):
                return [str(n) for n in range(10)]
            def __iter__(self):
                yield from range(3)
            def __getattr__(self, name):
                self.method()
                raise AttributeError(name)
        object_ = Thing()
        def make():
            return [[1, "two"], {"a": object_}]
    """)
    assert runtime.run_js(f"""
        const object = pyodide.globals.object_;
        const list = pyodide.globals.make;
        let reached = 0;
        const fill = (n) => {{
            reached = Math.max(reached, n);
            fill(n + 1);
            {enter};
        }};
        const names = new Set();
        for (let i = 0; i < 20; i++) {{
            // Another size of the first frame ends the stack elsewhere.
            try {{ fill.apply(null, [0, ...Array(i)]); }} catch (error) {{ names.add(error.name); }}
        }}
        const overflow = (name) => ["RangeError", "InternalError", "PythonError"].includes(name);
        return [reached > 1000, [...names].every(overflow)];
    """) == [True, True]
    assert runtime.run_python("""
        def depth(n):
            return n and depth(n - 1)
        gc.collect()
        [depth(900), object_.method(), repr(object_), [*object_]]
    """) == [0, 45, "45", [0, 1, 2]]


def test_converting_lists_nested_without_end_is_an_error(runtime: Runtime) -> None:
    with pytest.raises(JavaScriptError, match=r"stack|recursion"):
        runtime.run_python("""
            deep = []
            for _ in range(100_000):
                deep = [deep]
            deep
        """)
    with pytest.raises(JavaScriptError, match="RecursionError: JavaScript's stack is full"):
        runtime.run_python("import js\njs.Array.of(deep)")
    with pytest.raises(JavaScriptError, match="RecursionError: JavaScript's stack is full"):
        runtime.run_js("""
            globalThis.deep = [];
            for (let i = 0; i < 100_000; i++) deep = [deep];
            pyodide.runPython("import js, pyodide\\npyodide.as_nested_list(js.deep)");
        """)
    assert runtime.run_python("1 + 1") == 2
