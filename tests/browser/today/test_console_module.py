"""Does ``pyodide.console`` run lines as Pyodide 314 documents it?"""

from __future__ import annotations

from tests.harness.runtime import Runtime

# A coroutine function: the results of lines, or the texts of their errors.
PUSH = """
    from pyodide.console import Console, ConsoleFuture, PyodideConsole
    async def push(console, *lines):
        results = []
        for line in lines:
            future = console.push(line)
            assert isinstance(future, ConsoleFuture)
            try:
                result = await future
            except BaseException as error:
                assert error is future.exception()
                result = future.formatted_error
            results.append((future.syntax_check, result))
        return results
"""


def test_lines_run_one_after_the_other(today: Runtime) -> None:
    today.run_python_async(f"""{PUSH}
    console = Console()
    assert await push(console, "x = 5", "x ** 2", "x;") == [
        ("complete", None), ("complete", 25), ("complete", None)
    ]
    assert console.globals["x"] == 5 and console.globals["__name__"] == "__console__"
    names = {{"y": 2}}
    assert await push(Console(names), "y + 1", "z = 4") == [("complete", 3), ("complete", None)]
    assert names["z"] == 4
    """)


def test_a_block_is_complete_after_an_empty_line(today: Runtime) -> None:
    today.run_python_async(f"""{PUSH}
    console = Console()
    assert await push(console, "def double(x):", "    return 2 * x") == [("incomplete", None)] * 2
    assert console.buffer == ["def double(x):", "    return 2 * x"]
    assert await push(console, "", "double(21)") == [("complete", None), ("complete", 42)]
    assert console.buffer == []
    assert await push(console, "def double(x):\\n  return x\\n", "double(1)") == [
        ("complete", None), ("complete", 1)
    ]
    """)


def test_lines_may_await_and_wait_for_each_other(today: Runtime) -> None:
    today.run_python_async(f"""{PUSH}
    import asyncio
    queue = asyncio.Queue()
    console = Console({{"queue": queue}})
    first, second = console.push("x = await queue.get()"), console.push("x + 1")
    await asyncio.sleep(0.01)
    assert not first.done() and not second.done()
    await queue.put(6)
    assert await second == 7 and first.done()
    """)


def test_errors_have_a_text_and_are_remembered(today: Runtime) -> None:
    today.run_python_async(f"""{PUSH}
    import sys
    console = Console()
    [(status, text)] = await push(console, "1 +")
    assert status == "syntax-error" and text.startswith('  File "<console>", line 1\\n    1 +')
    assert "SyntaxError" in text
    assert isinstance(sys.last_exc, SyntaxError) and sys.last_traceback is None
    assert await push(console, "raise ValueError('of the line')") == [
        ("complete", 'Traceback (most recent call last):\\n'
         '  File "<console>", line 1, in <module>\\nValueError: of the line\\n')
    ]
    assert sys.last_exc is sys.last_value and sys.last_exc.args == ("of the line",)
    assert sys.last_traceback is not None
    [(_, text)] = await push(console, "exit(3)")
    assert text.endswith("SystemExit: 3\\n")
    [(_, text)] = await push(Console(filename="other.py"), "assert 0")
    assert 'File "other.py", line 1, in <module>' in text
    """)


def test_a_syntax_error_is_not_reported_again(today: Runtime) -> None:
    today.run_python_async("""
        import asyncio, gc
        from pyodide.console import Console
        reports = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: reports.append(context))
        try:
            assert Console().push("1 1").syntax_check == "syntax-error"
            gc.collect()
            assert reports == []
        finally:
            loop.set_exception_handler(None)
    """)


def test_frames_of_the_console_are_not_shown(today: Runtime) -> None:
    today.run_python_async(f"""{PUSH}
    import asyncio
    class Loading(Console):
        async def runcode(self, source, code):
            if "import" in source:
                raise OSError("of the console")
            return await super().runcode(source, code)

    [(_, text)] = await push(Loading(), "import x")
    assert "in runcode" in text and "OSError: of the console" in text
    console = Console()
    error = [await push(console, "def f(): 1 / 0", ""), console.push("f()")][1]
    await asyncio.wait([error])
    assert console.num_frames_to_keep(error.exception().__traceback__) == 2
    assert console.formattraceback(error.exception()) == error.formatted_error
    """)


def test_the_options_of_the_compiler(today: Runtime) -> None:
    today.run_python_async(f"""{PUSH}
    assert await push(Console(optimize=2), "assert 0") == [("complete", None)]
    console = Console()
    assert (await push(console, "1 <> 2"))[0][0] == "syntax-error"
    await push(console, "from __future__ import barry_as_FLUFL")
    assert await push(console, "1 <> 2") == [("complete", True)]
    """)


def test_runsource_and_runcode(today: Runtime) -> None:
    today.run_python_async("""
        from pyodide.code import CodeRunner
        from pyodide.console import Console
        console = Console({"x": 3})
        assert await console.runsource("x + 1") == 4
        assert console.runsource("if x:").syntax_check == "incomplete"
        assert 'File "<console>"' in console.runsource("x x").formatted_error
        assert await console.runcode("x + 2", CodeRunner("x + 2").compile()) == 5
        assert console.formatsyntaxerror(SyntaxError("of a line")) == "SyntaxError: of a line\\n"
    """)


def test_callbacks_have_the_streams_while_lines_run(today: Runtime) -> None:
    today.run_python_async(f"""{PUSH}
    import sys
    streams = sys.stdin, sys.stdout, sys.stderr
    read, written = [], []
    def stdin(count):
        read.append(count)
        return "Ada\\nrest\\n"
    console = Console(
        stdin_callback=stdin,
        stdout_callback=lambda text: written.append(("out", text)),
        stderr_callback=lambda text: written.append(("err", text)),
    )
    print("not written")
    await push(console, "import sys", "print('a')", "print('b', file=sys.stderr)")
    assert written == [("out", "a"), ("out", "\\n"), ("err", "b"), ("err", "\\n")]
    assert await push(console, "[input(), sys.stdin.readline(), sys.stdin.read(2)]") == [
        ("complete", ["Ada", "rest\\n", "Ad"])
    ]
    assert read == [-1, 2]
    assert await push(
        console, "[s.isatty() for s in (sys.stdin, sys.stdout, sys.stderr)]", "sys.stdout.name"
    ) == [("complete", [True] * 3), ("complete", streams[1].name)]
    console.stdout_callback = lambda text: written.append("later")
    written.clear()
    await push(console, "print(end='c')")
    assert written == ["later"]
    with console.redirect_streams(), console.redirect_streams():
        assert sys.stdout is not streams[1]
    assert (sys.stdin, sys.stdout, sys.stderr) == streams
    """)


def test_callbacks_can_keep_the_streams(today: Runtime) -> None:
    today.run_python_async(f"""{PUSH}
    import sys
    stdout, written = sys.stdout, []
    console = Console(stdout_callback=written.append, persistent_stream_redirection=True)
    try:
        print(end="between")
        await push(console, "print(end='within')")
        assert written == ["between", "within"]
    finally:
        console.persistent_restore_streams()
    assert sys.stdout is stdout
    console.persistent_redirect_streams()
    try:
        assert sys.stdout is not stdout
    finally:
        console.persistent_restore_streams()
    assert sys.stdout is stdout
    """)


def test_completions(today: Runtime) -> None:
    today.run_python("""
        from pyodide.console import Console
        console = Console({"a_variable": 7})
        found, start = console.complete("a")
        assert start == 0 and {"and ", "a_variable", "abs("} <= set(found)
        found, start = console.complete("a = 0; print.__g")
        assert start == 7 and "print.__getattribute__(" in found
        assert console.complete("x = impo") == (["import "], 4)
        console.completer_word_break_characters = "x"
        assert console.complete("x = impo")[1] == 1
    """)


def test_the_console_of_pyodide_loads_packages(today: Runtime) -> None:
    today.run_python_async(f"""{PUSH}
    console = PyodideConsole()
    assert isinstance(console, Console)
    assert await push(console, "import six", "six.__name__") == [
        ("complete", None), ("complete", "six")
    ]
    """)


def test_long_representations_are_shortened(today: Runtime) -> None:
    today.run_python("""
        from pyodide.console import repr_shorten, shorten
        assert shorten("abcdefg", limit=6, separator="_") == "abc_efg"
        assert shorten("abcdefg", limit=6, split=1) == "a...g"
        assert shorten("abcdefg", limit=6, split=0) == "..."
        assert shorten("abcdefg", limit=2, split=9) == "abc...efg"
        assert shorten("abcdefg", limit=7) == "abcdefg"
        assert repr_shorten("abcdefg", limit=8, separator="_") == "'abc_efg'"
        assert repr_shorten(123456789, limit=9) == "123456789"
        for function, limit in (shorten, 1), (repr_shorten, 3):
            try:
                function("text", limit)
            except ValueError as error:
                assert str(limit) in str(error)
            else:
                raise AssertionError(f"{function} takes {limit}")
    """)


def test_the_banner_names_python_and_its_platform(today: Runtime) -> None:
    today.run_python("""
        import sys
        from pyodide.console import BANNER
        first, second = BANNER.splitlines()
        assert first.startswith("Python %d.%d.%d" % sys.version_info[:3])
        assert first.endswith("on WebAssembly/Emscripten")
        assert second.startswith('Type "help"')
    """)


def test_javascript_runs_lines(today: Runtime) -> None:
    assert today.run_js("""
        const written = [];
        const console = pyodide.pyimport("pyodide.console").PyodideConsole.callKwargs({
            stdout_callback: (text) => { written.push(text); },
        });
        const line = console.push("print('x'); 6 * 7");
        const status = line.syntax_check;
        const result = await line; // which destroys the proxy
        const wrong = console.push("1 / 0");
        await wrong.copy().catch(() => {});
        const message = wrong.formatted_error.trim().split("\\n").pop();
        return [status, result, written.join(""), message];
    """) == ["complete", 42, "x\n", "ZeroDivisionError: division by zero"]
