"""Do objects that are not converted behave, on the other side, as the API document says?"""

from __future__ import annotations

import pytest

from tests.harness.page import JavaScriptError, Page

FOO = """
    class Foo:
        bar = 42
        def get_value(self, value):
            return value * 64
    f = Foo()
"""


def test_a_python_object_is_used_from_javascript(pyodide: Page) -> None:
    pyodide.run_python(FOO)
    assert pyodide.run_js("""
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


def test_a_destroyed_proxy_raises(pyodide: Page) -> None:
    pyodide.run_python(FOO)
    with pytest.raises(JavaScriptError, match="destroyed"):
        pyodide.run_js("""
            const f = pyodide.pyimport("f");
            f.destroy();
            f.get_value(1);
        """)
    assert pyodide.run_python("f.get_value(1)") == 64


def test_destroy_releases_the_python_object(pyodide: Page) -> None:
    assert pyodide.run_js("""
        pyodide.runPython("import weakref\\nclass C: pass\\nc = C()\\nalive = weakref.ref(c)");
        const c = pyodide.pyimport("c");
        pyodide.runPython("del c");
        const before = pyodide.runPython("alive() is not None");
        c.destroy();
        return [before, pyodide.runPython("alive() is None")];
    """) == [True, True]


def test_a_python_iterable_is_one_in_javascript(pyodide: Page) -> None:
    assert pyodide.run_js("return [...pyodide.runPython('(i * i for i in range(4))')];") == [
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


def test_the_table_of_operations_on_a_javascript_object(pyodide: Page) -> None:
    pyodide.run_js("""
        window.Point = class Point {
            constructor(x, y) { this.x = x; this.y = y; }
            plus(other) { return new Point(this.x + other.x, this.y + other.y); }
            toString() { return `Point ${this.x} ${this.y}`; }
        };
        window.point = new Point(1, 2);
        window.items = [10, 20, 30];
    """)
    assert pyodide.run_python("""
        import js
        from js import Point, point, items
        point.z = 3
        results = [repr(point), point.x, js.point.z]
        del point.z
        results += [hasattr(point, "z")]
        results += [repr(point.plus(Point.new(5, 5))), point.typeof, Point.typeof]
        results += [len(items), items[1], items[-1], items[1:], list(items), 20 in items]
        items[0] = 11
        items["name"] = "n"
        results += [js.items[0], items["name"]]
        del items["name"]
        results += ["name" in dir(items), point == js.point, point == Point.new(1, 2)]
        results
    """) == [
        "Point 1 2", 1, 3, False, "Point 6 7", "object", "function",
        3, 20, 30, [20, 30], [10, 20, 30], True, 11, "n", False, True, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("js.nothing", "AttributeError"),
        ("from js import nothing", "ImportError"),
        ("js.Object.new()['key']", "KeyError"),
        ("js.Array.new()[0]", "IndexError"),
        ("len(js.Object.new())", "JsException: TypeError"),
        ("iter(js.Object.new())", "JsException: TypeError"),
        ("js.Object.new()()", "TypeError: 'pyodide.JsProxy' object is not callable"),
        ("js.JSON.parse('{')", "JsException: SyntaxError"),
    ],
)
def test_what_javascript_cannot_do_is_a_python_exception(
    pyodide: Page, code: str, error: str
) -> None:
    with pytest.raises(JavaScriptError, match=error):
        pyodide.run_python(f"import js\n{code}")


def test_keyword_arguments_become_an_object(pyodide: Page) -> None:
    pyodide.run_js("window.keep = (...args) => JSON.stringify(args);")
    assert pyodide.run_python("js.keep(1, a=2, b=[3])") == '[1,{"a":2,"b":[3]}]'


def test_iteration_and_truth_of_javascript_objects(pyodide: Page) -> None:
    assert pyodide.run_python("""
        import js
        m = js.Map.new([["a", 1], ["b", 2]])
        [[list(pair) for pair in m], len(m), "a" in m, bool(js.Map.new()), bool(js.Array.new()),
         bool(js.Object.new()), bool(js.Math.sin), next(m.values())]
    """) == [[["a", 1], ["b", 2]], 2, True, False, False, True, True, 1]


def test_a_method_keeps_its_object_and_is_equal_to_itself(pyodide: Page) -> None:
    assert pyodide.run_python("""
        import js
        one, other = js.document.createElement, js.document.createElement
        [one("p").tagName, one == other, hash(one) == hash(other)]
    """) == ["P", True, True]


def test_a_javascript_exception_is_caught_in_python_with_the_error_inside(pyodide: Page) -> None:
    pyodide.run_js("window.fail = () => { throw Object.assign(new TypeError('no'), {code: 7}); };")
    assert pyodide.run_python("""
        import js
        from pyodide import JsException
        try:
            js.fail()
        except JsException as error:
            result = [str(error), error.js_error.code, error.js_error.name]
        result
    """) == ["TypeError: no", 7, "TypeError"]


def test_a_python_exception_passes_through_javascript_unchanged(pyodide: Page) -> None:
    pyodide.run_js("window.call = (f) => f();")
    assert pyodide.run_python("""
        import js
        def fail():
            raise LookupError("mine")
        try:
            js.call(fail)
        except LookupError as error:
            caught = error
        [str(caught), caught.__traceback__ is not None]
    """) == ["mine", True]


def test_endless_recursion_through_both_languages_ends_in_an_exception(pyodide: Page) -> None:
    pyodide.run_js("window.call = (f) => f();")
    with pytest.raises(JavaScriptError, match="RecursionError"):
        pyodide.run_python("""
            import js
            def again():
                js.call(again)
            again()
        """)
    assert pyodide.run_python("sum(range(10))") == 45


def test_proxies_made_and_dropped_leave_nothing_behind(pyodide: Page) -> None:
    """The references of 10,000 round trips are gone once their owners are."""
    assert pyodide.run_python("""
        import gc, sys
        import js
        def trip():
            for _ in range(10_000):
                js.Array.of(js.Object.new(), "x")[0]
        trip()
        gc.collect()
        before = sys.getallocatedblocks()
        trip()
        gc.collect()
        abs(sys.getallocatedblocks() - before) < 100
    """)
