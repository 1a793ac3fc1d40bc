"""Does ``pyodide.code`` run code as Pyodide 314 documents it?"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.harness.page import Page
from tests.harness.runtime import JavaScriptError, Runtime


@pytest.mark.parametrize(
    ("arguments", "result"),
    [
        ("'1 + 1'", 2),
        ("'  x = 4\\n  x * 2'", 8),
        ("'1 + 1;'", None),
        ("'1 + 1  # not a semicolon ;'", 2),
        ("'1 + 1;  # a semicolon'", None),
        ("'1 + 1;', quiet_trailing_semicolon=False", 2),
        ("'x = 5'", None),
        ("'x = 5', return_mode='last_expr_or_assign'", 5),
        ("'x = 5; x += 1', return_mode='last_expr_or_assign'", 6),
        ("'x: int = 7', return_mode='last_expr_or_assign'", 7),
        ("'x: int', return_mode='last_expr_or_assign'", None),
        ("'x = [0]; x[0] = 1', return_mode='last_expr_or_assign'", None),
        ("'1 + 1', return_mode='none'", None),
        ("'assert False; 3', optimize=1", 3),
        ("'x + y', {'x': 1, 'y': 2}, {'x': 40}", 42),
        ("'for i in range(3): pass\\ni'", 2),
        ("''", None),
        ("'x = 6\\nx', dedent=False", 6),
    ],
)
def test_eval_code(today: Runtime, arguments: str, result: object) -> None:
    code = f"from pyodide.code import eval_code; eval_code({arguments})"
    assert today.run_python(code) == result


def test_eval_code_leaves_only_the_programs_variables(today: Runtime) -> None:
    today.run_python("""
        from pyodide.code import eval_code
        names, local = {}, {}
        assert eval_code("x = 1\\nx + 1", names) == 2
        assert names.keys() == {"__builtins__", "x"}
        eval_code("y = 1\\ny", names, local)
        assert local == {"y": 1} and "y" not in names
        try:
            eval_code("names")
        except NameError:
            pass
        else:
            raise AssertionError("the variables of the caller are visible")
    """)


def test_eval_code_takes_flags_and_rejects_what_it_does_not_know(today: Runtime) -> None:
    today.run_python("""
        import __future__
        from pyodide.code import eval_code
        flags = __future__.annotations.compiler_flag
        code = "def f(x: unknown): pass\\nf.__annotations__"
        assert eval_code(code, flags=flags) == {"x": "unknown"}
        for wrong, error in [
            ({"return_mode": "all"}, ValueError),
            ({"file": "a.py"}, TypeError),
        ]:
            try:
                eval_code("1", **wrong)
            except error as caught:
                assert next(iter(wrong)) in str(caught)
            else:
                raise AssertionError(f"{wrong} is no error")
    """)


def test_only_a_program_that_is_dedented_may_be_indented(today: Runtime) -> None:
    with pytest.raises(JavaScriptError, match="IndentationError: unexpected indent"):
        today.run_python("from pyodide.code import eval_code; eval_code('  1', dedent=False)")


def test_a_traceback_shows_the_lines_of_a_file(today: Runtime) -> None:
    with pytest.raises(JavaScriptError) as caught:
        today.run_python("""
            from pyodide.code import eval_code
            program = '''
                def divide():
                    return 1 / 0

                divide()
            '''
            eval_code(program, filename="/some/program.py")
        """)
    text = str(caught.value)
    assert 'File "/some/program.py", line 5, in <module>\n    divide()' in text
    assert 'File "/some/program.py", line 3, in divide\n    return 1 / 0' in text


def test_eval_code_async(today: Runtime) -> None:
    today.run_python_async("""
        import asyncio
        from pyodide.code import eval_code_async
        names = {"sleep": asyncio.sleep}
        assert await eval_code_async("x = await sleep(0.001, 3)\\nx + 1", names) == 4
        assert await eval_code_async("await sleep(0.001, 3)", names) == 3
        assert await eval_code_async("await sleep(0.001, 3);", names) is None
        assert await eval_code_async("x + 1", names, {"x": 7}) == 8
        waits = await eval_code_async("sleep(0.001, 3)", names)
        assert asyncio.iscoroutine(waits) and await waits == 3
        code = "x = await sleep(0)\\nx = 9"
        assert await eval_code_async(code, names, return_mode="last_expr_or_assign") == 9
    """)


def test_code_runner_gives_its_tree_and_its_code(today: Runtime) -> None:
    today.run_python("""
        import ast
        from pyodide.code import CodeRunner
        runner = CodeRunner("y = x + 700\\ny + 1")
        assert runner.code is None
        sum_ = runner.ast.body[0].value
        sum_.left = ast.BinOp(sum_.left, ast.Mult(), ast.Constant(300))
        assert runner.compile() is runner
        assert runner.run({"x": 3}) == 1601
        constants = tuple({700: 500, 1: 2}.get(c, c) for c in runner.code.co_consts)
        runner.code = runner.code.replace(co_consts=constants)
        assert runner.run({"x": 4}) == 1702
    """)


def test_code_runner_compiles_once_and_before_it_runs(today: Runtime) -> None:
    today.run_python("""
        import ast
        from pyodide.code import CodeRunner
        waiting = CodeRunner("await x", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT).compile()
        for what in CodeRunner("1").run, CodeRunner("1").compile().compile, waiting.run:
            try:
                what()
            except RuntimeError:
                pass
            else:
                raise AssertionError(f"{what} is no error")
    """)


def test_code_runner_has_the_modes_of_compile(today: Runtime) -> None:
    today.run_python("""
        from pyodide.code import CodeRunner
        assert CodeRunner("1\\n2", mode="exec").compile().run() == 2
        assert CodeRunner("3", mode="single").compile().run() == 3
        assert CodeRunner("4", mode="eval").compile().run() == 4
        for mode in "single", "eval":
            try:
                CodeRunner("1\\n2", mode=mode)
            except SyntaxError:
                pass
            else:
                raise AssertionError(f"two statements are no error in mode {mode}")
    """)


def test_code_runner_runs_code_that_waits(today: Runtime) -> None:
    today.run_python_async("""
        import ast, asyncio
        from pyodide.code import CodeRunner
        options = {"flags": ast.PyCF_ALLOW_TOP_LEVEL_AWAIT}
        runner = CodeRunner("y = await sleep(0, x)\\ny", **options).compile()
        assert [await runner.run_async({"sleep": asyncio.sleep, "x": x}) for x in (1, 2)] == [1, 2]
        assert await CodeRunner("5").compile().run_async() == 5
    """)


def test_should_quiet(today: Runtime) -> None:
    today.run_python("""
        from pyodide.code import should_quiet
        assert should_quiet("1;") and should_quiet("1 ;\\n\\n") and should_quiet("1; # text\\n")
        assert not should_quiet("1") and not should_quiet("1 #;") and not should_quiet("")
    """)


def test_find_imports(today: Runtime) -> None:
    today.run_python("""
        from pyodide.code import find_imports
        assert find_imports('''
            import numpy as np, os.path
            def later():
                from scipy.sparse import linalg
                from . import here
                from .near import there
        ''') == ["numpy", "os", "os.path", "scipy", "scipy.sparse"]
        assert find_imports("import numpy; for") == []
    """)


def test_run_js(today: Runtime) -> None:
    today.run_python("""
        from pyodide.code import run_js
        from pyodide.ffi import JsException
        assert run_js("var ofRunJs = 6; ofRunJs * 7") == 42
        assert run_js("typeof ofRunJs") == "number"
        assert run_js("(x) => x + 1")(2) == 3
        for code, error, text in [
            (1, TypeError, "argument should have type 'string' not type 'int'"),
            ("throw new RangeError('of run_js')", JsException, "RangeError: of run_js"),
        ]:
            try:
                run_js(code)
            except error as caught:
                assert text in str(caught), caught
            else:
                raise AssertionError(f"{code!r} is no error")
    """)


def test_run_js_says_that_the_page_forbids_eval(open_page: Callable[[str], Page]) -> None:
    page = open_page("/pages/strict.html")
    text = page.run_js("""
        const pyodide = await loadPyodide({ api: "314" });
        try {
            pyodide.runPython("from pyodide.code import run_js; run_js('1')");
        } catch (error) {
            return error.message;
        }
    """)
    assert "JsException: EvalError" in text
    assert "'unsafe-eval'" in text


RELAXED = """
    def two(a, b=7): return [a, b]
    def many(a, *args, b=7): return [a, args, b]
    def named(a, *args, b=7, **kwargs): return [a, args, b, kwargs]
    def only(a, /, *args, b=7): return [a, args, b]
    def raises(text, call, *args, **kwargs):
        try:
            call(*args, **kwargs)
        except TypeError as error:
            assert text in str(error), error
        else:
            raise AssertionError("there is no error")
"""


def test_relaxed_call(today: Runtime) -> None:
    today.run_python(f"""{RELAXED}
    from pyodide.code import relaxed_call
    assert relaxed_call(two, 1, 2, 3, c=4) == [1, 2]
    assert relaxed_call(two, 1, c=4) == [1, 7]
    assert relaxed_call(many, 1, 2, 3, c=4) == [1, (2, 3), 7]
    assert relaxed_call(named, 1, 2, b=3, c=4) == [1, (2,), 3, {{"c": 4}}]
    assert relaxed_call(int, "7") == 7
    assert relaxed_call(dict, func=1) == {{"func": 1}}
    raises("missing a required argument: 'a'", relaxed_call, two)
    raises("multiple values for argument 'b'", relaxed_call, two, 1, 2, b=3)
    raises("argument: 'a'", relaxed_call, only, a=1)
    """)


def test_relaxed_wrap(today: Runtime) -> None:
    today.run_python(f"""{RELAXED}
    from pyodide.code import relaxed_wrap
    wrapped = relaxed_wrap(two)
    assert wrapped.__name__ == "two"
    assert wrapped(1, 2, 3, c=4) == wrapped(b=2, a=1) == [1, 2]
    assert relaxed_wrap(many)(1, 2, 3, c=4) == [1, (2, 3), 7]
    raises("missing a required argument: 'a'", wrapped)
    raises("Cannot wrap function", relaxed_wrap, int)
    """)
