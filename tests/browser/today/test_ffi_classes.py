"""Do the classes of `pyodide.ffi` know the objects that Python gives to JavaScript?"""

from __future__ import annotations

import pytest

from tests.harness.runtime import Runtime

SETUP = """
    const objects = pyodide.runPython(`
        from functools import partial
        class Empty: pass
        class Length:
            def __len__(self): return 0
        class Get:
            def __getitem__(self, key): return key
        class Set:
            def __setitem__(self, key, value): pass
        class Contains:
            def __contains__(self, key): return False
        class Iterable:
            def __iter__(self): return iter([])
        class Iterator:
            def __next__(self): raise StopIteration
        class Await:
            def __await__(self): return iter([])
        class AsyncIterable:
            def __aiter__(self): return self
        class AsyncIterator:
            async def __anext__(self): raise StopAsyncIteration
        class Call:
            def __call__(self): pass
        def generator(): yield
        async def async_generator(): yield
        async def coroutine(): pass
        waiting = coroutine()
        dict(empty=Empty(), length=Length(), get=Get(), set=Set(), contains=Contains(),
            iterable=Iterable(), iterator=Iterator(), awaitable=Await(), coroutine=waiting,
            async_iterable=AsyncIterable(), async_iterator=AsyncIterator(), call=Call(),
            generator=generator(), async_generator=async_generator(), type=list[int],
            list=[], tuple=(), dict={}, bytes=b"", bytearray=bytearray())`);
    const error = (() => { try { pyodide.runPython("1 / 0"); } catch (error) { return error; } })();
    const view = pyodide.runPython("b''").getBuffer();
    const named = Object.fromEntries([...objects].map((name) => [name, objects.get(name)]));
    const all = { ...named, error, view, object: {}, null: null, number: 1, map: new Map() };
"""

CONTAINERS = {"list", "tuple", "dict", "bytes", "bytearray"}
MEMBERS = {
    "PyProxyWithLength": CONTAINERS | {"length"},
    "PyProxyWithGet": CONTAINERS | {"get", "type"},
    "PyProxyWithSet": {"set", "list", "dict", "bytearray"},
    "PyProxyWithHas": CONTAINERS | {"contains"},
    "PyDict": {"dict"},
    "PyIterable": CONTAINERS | {"get", "iterable", "iterator", "generator", "type"},
    "PyAsyncIterable": {"async_iterable", "async_iterator", "async_generator"},
    "PyIterator": {"iterator", "generator"},
    "PyAsyncIterator": {"async_iterator", "async_generator"},
    "PyGenerator": {"generator"},
    "PyAsyncGenerator": {"async_generator"},
    "PyAwaitable": {"awaitable", "coroutine"},
    "PyCallable": {"call", "type"},
    "PyBuffer": {"bytes", "bytearray"},
    "PyBufferView": {"view"},
    "PySequence": {"list", "tuple", "bytes", "bytearray"},
    "PyMutableSequence": {"list", "bytearray"},
    "PythonError": {"error"},
}


@pytest.mark.parametrize("name", MEMBERS)
def test_a_class_knows_its_objects_and_no_others(today: Runtime, name: str) -> None:
    members = today.run_js(f"""
        {SETUP}
        await named.coroutine.copy();
        return Object.keys(all).filter((key) => all[key] instanceof pyodide.ffi.{name});
    """)
    assert set(members) == MEMBERS[name]


def test_every_python_object_is_a_proxy_and_nothing_else(today: Runtime) -> None:
    assert today.run_js(f"""
        {SETUP}
        await named.coroutine.copy();
        const {{ PyProxy }} = pyodide.ffi;
        return [Object.values(named).every((value) => value instanceof PyProxy),
            Object.keys(all).filter((key) => all[key] instanceof PyProxy).length ===
                Object.keys(named).length];
    """) == [True, True]


def test_the_classes_know_the_objects_of_every_interpreter(today_in_node: Runtime) -> None:
    assert today_in_node.run_js("""
        const other = await loadPyodide({ api: "314" });
        const old = await loadPyodide({ api: "0.16" });
        return [other.runPython("[]") instanceof pyodide.ffi.PySequence,
            other.runPython("lambda: 0") instanceof pyodide.ffi.PyCallable,
            old.runPython("lambda: 0") instanceof pyodide.ffi.PyProxy];
    """) == [True, True, True]


def test_the_classes_have_no_constructors_and_throw_for_no_value(today: Runtime) -> None:
    assert (
        today.run_js("""
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        return Object.entries(pyodide.ffi).map(([name, Class]) => {
            if (proxy instanceof Class || Class.name !== name) return false;
            try { new Class(); } catch (error) { return error.name; }
        });
    """)
        == ["TypeError"] * 19
    )
