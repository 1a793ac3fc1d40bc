"""Do proxies of Python objects live, and have attributes and items, as Pyodide 314 documents?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.runtime import JavaScriptError, Runtime

# Life


@pytest.mark.parametrize(
    ("python", "expected"),
    [
        ("None", "undefined"),
        ("True", "boolean"),
        ("2**53 - 2", "number"),
        ("2**53 - 1", "bigint"),
        ("1 - 2**53", "bigint"),
        ("1.5", "number"),
        ("'é'", "string"),
        ("[]", "PyProxy"),
        ("()", "PyProxy"),
        ("{}", "PyProxy"),
        ("set()", "PyProxy"),
        ("b''", "PyProxy"),
        ("memoryview(b'')", "PyProxy"),
        ("object()", "PyProxy"),
        ("len", "PyProxy"),
    ],
)
def test_scalars_are_converted_and_all_else_becomes_a_proxy(
    today: Runtime, python: str, expected: str
) -> None:
    assert (
        today.run_js(f"""
            const value = pyodide.runPython({python!r});
            return value instanceof pyodide.ffi.PyProxy ? value[Symbol.toStringTag] : typeof value;
        """)
        == expected
    )


def test_each_crossing_makes_a_new_proxy_of_the_same_object(today: Runtime) -> None:
    assert today.run_js("""
        const [one, other] = [pyodide.runPython("x = [1]; x"), pyodide.runPython("x")];
        one.destroy();
        other.set(0, 2);
        return [one === other, pyodide.runPython("x[0]")];
    """) == [False, 2]


def test_a_destroyed_proxy_says_so_and_releases_the_object(today: Runtime) -> None:
    assert today.run_js("""
        pyodide.runPython("import sys; x = [1]; count = lambda: sys.getrefcount(x)");
        const count = pyodide.globals.get("count");
        const before = count();
        const proxy = pyodide.runPython("x");
        const during = count();
        proxy.destroy();
        proxy.destroy();
        let message;
        try { proxy.get(0); } catch (error) { message = `${error.name}: ${error.message}`; }
        return [during - before, count() - before, message.split("\\n")[0]];
    """) == [1, 0, "Error: Object has already been destroyed"]


def test_the_message_of_destroy_is_that_of_the_error(today: Runtime) -> None:
    with pytest.raises(JavaScriptError, match="the request has ended"):
        today.run_js("""
            const proxy = pyodide.runPython("[]");
            proxy.destroy({ message: "the request has ended" });
            proxy.length;
        """)


def test_with_debugging_the_error_tells_type_and_text(today: Runtime) -> None:
    messages = today.run_js("""
        const old = pyodide.setDebug(true);
        try {
            const proxies = [
                pyodide.runPython("[1, 2]"),
                pyodide.runPython("class Mute:\\n    def __repr__(self): 1 / 0\\nMute()"),
            ];
            return proxies.map((proxy) => {
                proxy.destroy();
                try { proxy.type; } catch (error) { return error.message; }
            });
        } finally {
            pyodide.setDebug(old);
        }
    """)
    assert messages == [
        'Object has already been destroyed\nThe object was of type "list" and had repr "[1, 2]"',
        (
            'Object has already been destroyed\nThe object was of type "Mute" and an error was '
            "raised when trying to generate its repr"
        ),
    ]


def test_a_copy_lives_on_its_own_and_shares_the_attributes(today: Runtime) -> None:
    assert today.run_js("""
        const proxy = pyodide.runPython(`
            class Inner:
                def f(self): return 7
            class Outer:
                inner = Inner()
            Outer`);
        const copy = proxy.copy();
        const { inner } = proxy;
        proxy.destroy();
        const alive = inner.f();
        copy.destroy();
        let message;
        try { inner.f(); } catch (error) { message = error.message; }
        return [alive, message.includes(
            "automatically destroyed in the process of destroying the proxy it was borrowed from")];
    """) == [7, True]


def test_a_proxy_is_disposed(today: Runtime) -> None:
    assert (
        today.run_js("""
        const proxy = pyodide.runPython("[]");
        const dispose = Symbol.dispose ??
            Object.getOwnPropertySymbols(Object.getPrototypeOf(proxy))
                .find((symbol) => symbol.description === "dispose");
        proxy[dispose]();
        try { proxy.length; } catch (error) { return error.message.split("\\n")[0]; }
    """)
        == "Object has already been destroyed"
    )


def test_proxies_that_javascript_drops_do_not_leak(today_in_node: Runtime) -> None:
    """10^6 lists: with one of them kept, each is at least 56 bytes and one reference."""
    assert (
        today_in_node.run_js("""
        pyodide.runPython(`
            import sys
            kept = [1]
            get, count = lambda: kept, lambda: sys.getrefcount(kept)`);
        const get = pyodide.globals.get("get"), count = pyodide.globals.get("count");
        const before = count();
        for (let i = 0; i < 1_000_000; i++) {
            get();
            if (i % 50_000 === 0) {
                gc();
                await new Promise((resolve) => setTimeout(resolve, 0));
            }
        }
        for (let i = 0; i < 100 && count() > before + 1; i++) {
            gc();
            await new Promise((resolve) => setTimeout(resolve, 10));
        }
        return count() - before;
    """)
        <= 1
    )


def test_an_attribute_that_is_new_at_each_read_does_not_fill_the_memory(
    today_in_node: Runtime,
) -> None:
    assert (
        today_in_node.run_js("""
        const proxy = pyodide.runPython(`
            import weakref
            class Item: pass
            items = weakref.WeakSet()
            class Box:
                @property
                def item(self):
                    item = Item()
                    items.add(item)
                    return item
            Box()`);
        const count = pyodide.runPython("lambda: len(items)");
        for (let i = 0; i < 20_000; i++) {
            proxy.item;
            if (i % 1000 === 0) { gc(); await new Promise((resolve) => setTimeout(resolve, 0)); }
        }
        gc();
        await new Promise((resolve) => setTimeout(resolve, 50));
        return count();
    """)
        < 5000
    )


# Attributes


def test_attributes_are_properties(today: Runtime) -> None:
    assert today.run_js("""
        const proxy = pyodide.runPython(`
            class Foo:
                bar = 42
                def double(self, x): return 2 * x
            foo = Foo()
            foo`);
        proxy.baz = 32;
        const seen = [proxy.type, proxy.bar, proxy.double(4), "baz" in proxy, "qux" in proxy,
            proxy.qux === undefined, Object.getOwnPropertyNames(proxy).includes("baz"),
            pyodide.runPython("foo.baz")];
        delete proxy.baz;
        return [...seen, "baz" in proxy];
    """) == ["Foo", 42, 8, True, False, True, True, 32, False]


def test_the_same_attribute_is_the_same_proxy_until_that_is_destroyed(today: Runtime) -> None:
    assert today.run_js("""
        const proxy = pyodide.runPython("class A:\\n    x = []\\n    def f(self): pass\\nA()");
        const { x, f } = proxy;
        const same = [proxy.x === x, proxy.f === f];
        x.destroy();
        return [...same, proxy.x === x, proxy.x.length];
    """) == [True, True, False, 0]


@pytest.mark.parametrize("python", ["[]", "{}", "b''", "lambda: 0", "iter([])"])
def test_members_of_the_proxy_come_first_and_dollar_gives_pythons(
    today: Runtime, python: str
) -> None:
    assert today.run_js(f"""
        const proxy = pyodide.runPython({python!r});
        return [proxy.type === proxy.$__class__.__name__, typeof proxy.copy, "$copy" in proxy,
            "$__class__" in proxy];
    """) == [True, "function", python in ("[]", "{}"), True]


def test_to_string_is_str_or_repr_by_an_option(today: Runtime) -> None:
    assert today.run_js("""
        const path = pyodide.runPython("from pathlib import Path; Path('a/b')");
        const str = `${path}`;
        const { apiMode } = pyodide._module;
        apiMode.toStringIsRepr = true;
        try { return [str, `${path}`]; } finally { apiMode.toStringIsRepr = false; }
    """) == ["a/b", "PosixPath('a/b')"]


def test_errors_of_attributes_are_pythons(today: Runtime) -> None:
    assert (
        today.run_js("""
        const proxy = pyodide.runPython(`
            def fail(*args): raise Exception(args)
            class Fails:
                __getattr__ = __setattr__ = __delattr__ = __dir__ = __call__ = fail
                __getitem__ = __setitem__ = __delitem__ = __iter__ = __len__ = __contains__ = fail
                __await__ = __str__ = fail
            Fails()`);
        const operations = [() => proxy.x, () => { proxy.x = 2; }, () => delete proxy.x,
            () => Reflect.ownKeys(proxy), () => proxy(), () => proxy.get(1), () => proxy.set(1, 2),
            () => proxy.delete(1), () => proxy.has(1), () => proxy.length, () => proxy.toString(),
            () => Array.from(proxy), () => "x" in proxy];
        return operations.map((operation) => {
            try { operation(); } catch (error) {
                return error instanceof pyodide.ffi.PythonError && error.type;
            }
        });
    """)
        == ["Exception"] * 13
    )


def test_a_program_may_define_properties_of_a_proxy(today: Runtime) -> None:
    assert today.run_js("""
        "use strict";
        const proxy = pyodide.runPython("class A:\\n    pass\\nA");
        Object.defineProperty(proxy, "plus", {
            get() { return this.$x + 1; },
            set(value) { this.x = value; },
        });
        Object.defineProperty(proxy, "fixed", { value: 1 });
        proxy.plus = 4;
        const failed = [() => { proxy.fixed = 2; }, () => delete proxy.plus].map((operation) => {
            try { operation(); } catch (error) { return error.name; }
        });
        return [proxy.plus, pyodide.runPython("A.x"), ...failed, proxy.fixed];
    """) == [5, 4, "TypeError", "TypeError", 1]


def test_a_function_has_the_members_of_functions_and_not_its_own_properties(
    today: Runtime,
) -> None:
    assert today.run_js("""
        const f = pyodide.runPython("lambda: 0");
        const has = ["length", "name", "arguments", "caller", "apply", "bind", "call", "prototype"]
            .map((name) => name in f);
        return [...has, f instanceof Function, f.prototype === undefined];
    """) == [False, False, False, False, True, True, True, True, True, True]


# Items


@pytest.mark.parametrize(
    ("python", "key", "missing"),
    [("[5, 6]", 1, 9), ("(5, 6)", 1, 9), ("{1: 6}", 1, "x"), ("b'5' + bytes([6])", 1, 9)],
)
def test_get_gives_the_item_or_undefined(
    today: Runtime, python: str, key: Any, missing: Any
) -> None:
    assert today.run_js(f"""
        const proxy = pyodide.runPython({python!r});
        return [proxy.get({key!r}), proxy.get({missing!r}) === undefined];
    """) == [6, True]


def test_a_mutable_container_is_changed(today: Runtime) -> None:
    assert today.run_js("""
        const dict = pyodide.runPython("d = {'a': 1, 'b': 2}; d");
        dict.set("c", 3);
        dict.delete("a");
        const list = pyodide.runPython("l = [1, 2, 3]; l");
        list.set(0, 9);
        list.delete(1);
        return [dict.has("c"), dict.has("a"), dict.length, pyodide.runPython("str((d, l))")];
    """) == [True, False, 2, "({'b': 2, 'c': 3}, [9, 3])"]


@pytest.mark.parametrize(
    ("operation", "error"),
    [("set(7, 1)", "IndexError"), ("delete(7)", "IndexError"), ("has({})", "")],
)
def test_items_that_are_missing_raise_pythons_error(
    today: Runtime, operation: str, error: str
) -> None:
    assert (
        today.run_js(f"""
            try {{ pyodide.runPython("[1]").{operation}; }} catch (error) {{ return error.type; }}
            return "";
        """)
        == error
    )


def test_indices_of_a_sequence_are_properties(today: Runtime) -> None:
    assert today.run_js("""
        const list = pyodide.runPython("l = [5, 6, 7]; l");
        list[0] = 80;
        const seen = [list[0], list[9] === undefined, 2 in list, 3 in list, list.length,
            Reflect.ownKeys(list).filter((key) => /^[0-9]+$/.test(key))];
        delete list[1];
        return [...seen, pyodide.runPython("l"). toJs(), Reflect.set(list, "5", 1)];
    """) == [80, True, True, False, 3, ["0", "1", "2"], [80, 7], False]


def test_items_of_a_dict_are_properties_after_the_attributes(today: Runtime) -> None:
    assert today.run_js("""
        const dict = pyodide.runPython(
            "d = {1: 'int', '1': 'str', 2: 'two', 'items': 3, 'x': 4}; d");
        const seen = [dict[1], dict[2], typeof dict.items, dict.x, "x" in dict, "y" in dict,
            Object.keys(dict)];
        dict.y = 5;
        dict[2] = "TWO";
        delete dict.x;
        delete dict[1];
        return [...seen, pyodide.runPython("str(d)"), delete dict.nothing];
    """) == [
        "str",
        "two",
        "function",
        4,
        True,
        False,
        ["items", "1", "2", "x"],
        "{1: 'int', 2: 'TWO', 'items': 3, 'y': 5}",
        False,
    ]


def test_json_reads_containers_at_every_level(today: Runtime) -> None:
    assert today.run_js("""
        const proxy = pyodide.runPython("j = [1, {'a': [2, {'get': None}], 3: 4}]; j");
        const json = proxy.asJsJson();
        json[1].b = 5;
        json[1][6] = 7;
        delete json[1].a[1].get;
        return [JSON.stringify(json), JSON.stringify(pyodide.runPython("(1, 2)")),
            Object.keys(json[1]), json[1].a === json[1].a, "a" in json[1], "c" in json[1],
            pyodide.runPython("str(j)"), "asJsJson" in pyodide.runPython("object()")];
    """) == [
        '[1,{"a":[2,{}],"3":4,"b":5,"6":7}]',
        "[1,2]",
        ["a", "3", "b", "6"],
        True,
        True,
        False,
        "[1, {'a': [2, {}], 3: 4, 'b': 5, 6: 7}]",
        False,
    ]
