"""Do JavaScript objects behave in Python as the reference says?"""

from __future__ import annotations

import pytest

from tests.harness.page import Page
from tests.harness.runtime import JavaScriptError, Runtime


def test_the_table_of_operations_on_a_javascript_object(runtime: Runtime) -> None:
    runtime.run_js("""
        globalThis.Point = class Point {
            constructor(x, y) { this.x = x; this.y = y; }
            plus(other) { return new Point(this.x + other.x, this.y + other.y); }
            toString() { return `Point ${this.x} ${this.y}`; }
        };
        globalThis.point = new Point(1, 2);
        globalThis.items = [10, 20, 30];
    """)
    assert runtime.run_python("""
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
        ("len(js.Object.new())", "TypeError: the JavaScript object has no length"),
        ("iter(js.Object.new())", "TypeError: the JavaScript object is not iterable"),
        ("js.Object.new()()", "TypeError: 'pyodide.JsProxy' object is not callable"),
        ("js.JSON.parse('{')", "JsException: SyntaxError"),
    ],
)
def test_an_impossible_operation_is_a_python_exception(
    runtime: Runtime, code: str, error: str
) -> None:
    with pytest.raises(JavaScriptError, match=error):
        runtime.run_python(f"import js\n{code}")


def test_keyword_arguments_become_an_object(runtime: Runtime) -> None:
    runtime.run_js("globalThis.keep = (...args) => JSON.stringify(args);")
    assert runtime.run_python("js.keep(1, a=2, b=[3])") == '[1,{"a":2,"b":[3]}]'


def test_iteration_and_truth_of_javascript_objects(runtime: Runtime) -> None:
    assert runtime.run_python("""
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


def test_indices_of_arrays_work_as_in_python(runtime: Runtime) -> None:
    assert runtime.run_python("""
        import js
        items = js.Array.of(10, 20, 30)
        items[-1] = 31
        items[3] = 40
        seen = [items[-1], items[-4], items[::-2], items[5:], list(items[1:3])]
        for index in (4, -5):
            try:
                items[index]
            except IndexError as error:
                seen.append(str(error))
        try:
            items[-5] = 0
        except IndexError:
            seen.append("no -5")
        del items[0]  # JavaScript's delete leaves a hole
        [*seen, len(items), items[0]]
    """) == [
        40, 10, [40, 20], [], [20, 31],
        "JavaScript array index out of range", "JavaScript array index out of range", "no -5",
        4, None,
    ]  # fmt: skip


def test_a_map_is_subscripted_by_its_keys(runtime: Runtime) -> None:
    assert runtime.run_js("""
        const key = (globalThis.key = {});
        globalThis.map = new Map([["a", 1], [2, "two"], [key, "object"]]);
        return pyodide.runPython(`
            from js import map as js_map, key
            seen = [js_map["a"], js_map[2], js_map[key], "a" in js_map, "size" in js_map]
            js_map["b"] = [3]
            del js_map["a"]
            for missing in ("a", "size"):
                try:
                    js_map[missing]
                except KeyError as error:
                    seen.append(error.args[0])
            try:
                del js_map["a"]
            except KeyError:
                seen.append("gone")
            seen
        `).concat([map.get("b"), map.size]);
    """) == [1, "two", "object", True, False, "a", "size", "gone", [3], 3]


def test_iterables_become_lists_sets_and_arguments(runtime: Runtime) -> None:
    assert runtime.run_js("""
        globalThis.count = function* (n) { for (let i = 0; i < n; i++) yield i; };
        globalThis.iterator = { n: 0, next() { return { done: this.n > 2, value: this.n++ }; } };
        return pyodide.runPython(`
            import js
            first, *rest = js.count(3)
            m = js.Map.new([["a", 1]])
            [list(js.count(4)), max(*js.count(3)), first, rest, list(m.values()), list(js.iterator),
             [list(pair) for pair in m.entries()], list(js.Set.new("aab")),
             list(js.String.new("ab")), 2 in js.Set.new([1, 2]), "length" in js.String.new("a"),
             sum(js.Array.of(1, 2, 3))]
        `);
    """) == [
        [0, 1, 2, 3], 2, 0, [1, 2], [1], [0, 1, 2], [["a", 1]], ["a", "b"], ["a", "b"],
        True, True, 6,
    ]  # fmt: skip


def test_dir_includes_inherited_properties(runtime: Runtime) -> None:
    assert (
        runtime.run_js("""
        class Base { inherited() {} }
        class Derived extends Base { own = 1; get computed() { throw new Error("not asked for"); } }
        globalThis.thing = new Derived();
        const names = pyodide.runPython("from js import thing; dir(thing)");
        const wanted = ["inherited", "own", "computed", "hasOwnProperty"];
        return wanted.map((name) => names.includes(name));
    """)
        == [True] * 4
    )


def test_new_takes_keyword_arguments_as_an_object(runtime: Runtime) -> None:
    assert runtime.run_js("""
        globalThis.Box = class { constructor(...args) { this.args = args; } };
        return pyodide.runPython(`
            import js
            box = js.Box.new(1, width=2, height=[3])
            error = js.Error.new("outer", cause="inner")
            [js.JSON.stringify(box), error.message, error.cause, js.Reflect.apply.name]
        `);
    """) == ['{"args":[1,{"width":2,"height":[3]}]}', "outer", "inner", "apply"]


@pytest.mark.parametrize("code", ["js.Math.max.new()", "js.Symbol.new()"])
def test_new_of_a_value_that_is_not_a_constructor_is_an_exception(
    runtime: Runtime, code: str
) -> None:
    with pytest.raises(JavaScriptError, match=r"JsException: TypeError.*constructor"):
        runtime.run_python(f"import js\n{code}")


def test_equality_and_hash_are_those_of_the_object(runtime: Runtime) -> None:
    assert runtime.run_python("""
        import js
        one, other = js.Object.new(), js.Object.new()
        js.one = one
        [one == js.one, one == other, one != other, one == 1, one == None,
         hash(one) == hash(js.one), len({one, js.one, other}), {one: "found"}[js.one],
         js.Array.of(1) == js.Array.of(1)]
    """) == [True, False, True, False, False, True, 2, "found", False]


def test_properties_without_a_value_are_none_and_those_that_are_missing_raise(
    runtime: Runtime,
) -> None:
    assert runtime.run_js("""
        globalThis.object = { nothing: undefined, empty: null };
        return pyodide.runPython(`
            from js import object as o
            seen = [o.nothing, o.empty, o["nothing"]]
            seen += [hasattr(o, "missing"), getattr(o, "missing", 1)]
            for look_up in (lambda: o.missing, lambda: o["missing"]):
                try:
                    look_up()
                except LookupError as error:
                    seen.append(repr(error))
                except AttributeError as error:
                    seen.append(str(error))
            seen
        `).map((value) => value ?? null);
    """) == [
        None, None, None, False, 1,
        "the JavaScript object has no property 'missing'", "KeyError('missing')",
    ]  # fmt: skip


def test_setting_a_frozen_property_raises(runtime: Runtime) -> None:
    runtime.run_js("globalThis.frozen = Object.freeze({ a: 1 });")
    for code in ("frozen.a = 2", "frozen.b = 2", "del frozen.a", "frozen['a'] = 2"):
        with pytest.raises(JavaScriptError, match="JsException: TypeError"):
            runtime.run_python(f"from js import frozen\n{code}")


HOSTILE = """
    const fail = () => { throw new Error("hostile"); };
    const traps = new Proxy({}, { get: () => fail });
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const endless = new Proxy({}, { getPrototypeOf: () => new Proxy({}, endlessHandler) });
    var endlessHandler = { getPrototypeOf: () => new Proxy({}, endlessHandler) };
    Object.assign(globalThis, {
        proxy: new Proxy({}, traps),
        func: new Proxy(() => {}, traps),
        revoked: revoked.proxy,
        getter: { get length() { fail(); }, get attribute() { fail(); }, toString: fail },
        badRepr: { toString: () => ({}) },
        endless: new Proxy({}, endlessHandler),
        thrower: (value) => () => { throw value; },
    });
"""


@pytest.mark.parametrize(
    "code",
    [
        "{}.attribute", "{}['item']", "{}.attribute = 1", "del {}.attribute", "{}['item'] = 1",
        "len({})", "iter({})", "next({})", "'x' in {}", "bool({})", "repr({})", "dir({})",
        "{}[0:1]", "{}()", "{}.new()", "{}.attribute()",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["proxy", "func", "revoked", "getter", "badRepr"])
def test_a_hostile_object_only_raises(runtime: Runtime, code: str, name: str) -> None:
    runtime.run_js(HOSTILE)
    outcome = runtime.run_python(
        f"""
        import js
        hostile = js.{name}
        try:
            {code.format("hostile")}
            outcome = "worked"
        except Exception as error:
            outcome = type(error).__name__
        [outcome, hash(hostile) == hash(hostile), hostile == js.{name}, hostile.typeof]
        """
    )
    assert outcome[0] in {
        "worked", "JsException", "TypeError", "AttributeError", "KeyError",
    }  # fmt: skip
    assert outcome[1:3] == [True, True]
    assert runtime.run_python("6 * 7") == 42


@pytest.mark.parametrize("name", ["proxy", "func", "revoked", "getter", "badRepr"])
def test_a_hostile_object_can_be_thrown(runtime: Runtime, name: str) -> None:
    runtime.run_js(HOSTILE)
    assert (
        runtime.run_python(
            f"""
        import js
        try:
            js.thrower(js.{name})()
        except js_exception as error:
            caught = error.js_error == js.{name}
        caught
    """.replace("js_exception", "__import__('pyodide').JsException")
        )
        is True
    )


def test_prototypes_without_end_do_not_hang(runtime: Runtime) -> None:
    runtime.run_js(HOSTILE)
    assert runtime.run_python("import js; isinstance(dir(js.endless), list)") is True
