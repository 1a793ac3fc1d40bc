"""Are Python's standard streams those that `setStdin`, `setStdout` and `setStderr` set?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.harness.runtime import JavaScriptError, Runtime


@pytest.fixture
def today(today: Runtime) -> Iterator[Runtime]:
    """The interpreter, whose streams are the platform's again after a test."""
    yield today
    today.run_js("pyodide.setInterruptBuffer();")
    today.run_js("pyodide.setStdin(); pyodide.setStdout(); pyodide.setStderr();")


def test_batched_gets_lines_and_the_start_of_a_line_that_is_synchronized(today: Runtime) -> None:
    assert today.run_js("""
        const out = [], err = [];
        pyodide.setStdout({ out, batched(line) { this.out.push(line); } });
        pyodide.setStderr({ batched: (line) => err.push(line) });
        pyodide.runPython(`
            import os, sys
            print("a\\\\nb", end="", flush=True)
            print("warning", file=sys.stderr)
        `);
        const before = [...out];
        pyodide.runPython("os.fsync(1)");
        return [before, out, err];
    """) == [["a"], ["a", "b"], ["warning"]]


def test_a_replaced_writer_gets_its_partial_line(today: Runtime) -> None:
    assert today.run_js("""
        const one = [], other = [];
        pyodide.setStdout({ batched: (line) => one.push(line) });
        pyodide.runPython("print('start', end='', flush=True)");
        pyodide.setStdout({ batched: (line) => other.push(line) });
        pyodide.runPython("print('next')");
        return [one, other];
    """) == [["start"], ["next"]]


def test_raw_gets_each_byte(today: Runtime) -> None:
    assert today.run_js("""
        const bytes = [];
        pyodide.setStdout({ raw: (byte) => bytes.push(byte) });
        pyodide.runPython("print('é')");
        return bytes;
    """) == [0xC3, 0xA9, 10]


def test_write_gets_what_python_writes(today: Runtime) -> None:
    assert today.run_js("""
        class Writer {
            pieces = [];
            write(buffer) {
                this.pieces.push(new TextDecoder().decode(buffer.slice()));
                return buffer.length;
            }
        }
        const writer = new Writer();
        pyodide.setStdout(writer);
        pyodide.runPython("print('hi\\\\nthere!!')");
        return writer.pieces;
    """) == ["hi\nthere!!", "\n"]


def test_a_writer_may_take_a_part_of_the_bytes(today: Runtime) -> None:
    assert (
        today.run_js("""
        const bytes = [];
        pyodide.setStdout({ write: (buffer) => { bytes.push(buffer[0]); return 1; } });
        pyodide.runPython("print('abc')");
        return String.fromCharCode(...bytes);
    """)
        == "abc\n"
    )


@pytest.mark.parametrize("kind", ["raw", "write"])
def test_a_terminal_has_a_size(today: Runtime, kind: str) -> None:
    terminal = f"""
        pyodide.setStdout({{
            isatty: true,
            {kind}: (data) => data.length ?? 1,
            getTerminalSize: () => ({{ rows: 7, columns: 150 }}),
        }});
    """
    code = "import os, sys\nlist((sys.stdout.isatty(), *os.get_terminal_size(1)))"
    assert today.run_js(f"""
            {terminal}
            const value = pyodide.runPython(`{code}`);
            return value.toJs();
        """) == [True, 150, 7]
    today.run_js(f"pyodide.setStdout({{ isatty: true, {kind}: (data) => data.length ?? 1 }});")
    assert today.run_python("list(os.get_terminal_size(1))") == [80, 24]
    today.run_js(f"pyodide.setStdout({{ {kind}: (data) => data.length ?? 1 }});")
    assert today.run_python("sys.stdout.isatty()") is False


def test_fsync_of_a_writer_is_called(today: Runtime) -> None:
    assert (
        today.run_js("""
        let count = 0;
        pyodide.setStderr({ write: (buffer) => buffer.length, fsync: () => { count += 1; } });
        pyodide.runPython("import os; os.fsync(2)");
        return count;
    """)
        == 1
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("setStdout({ raw() {}, batched() {} })", "At most one of 'raw', 'batched', and 'write'"),
        ("setStderr({ batched() {}, isatty: true })", "Cannot set 'isatty' to true unless"),
        ("setStdin({ stdin() {}, error: true })", "At most one of stdin, read, and error"),
        ("setStdin({ read() {}, autoEOF: false })", "The 'autoEOF' option can only be used with"),
    ],
)
def test_options_that_exclude_each_other(today: Runtime, call: str, message: str) -> None:
    with pytest.raises(JavaScriptError, match=message):
        today.run_js(f"pyodide.{call};")
    name = today.run_js(f"try {{ pyodide.{call}; }} catch (error) {{ return error.name; }}")
    assert name == "TypeError"


def read(today: Runtime, stdin: str, counts: list[int], options: str = "") -> list[str]:
    """What `sys.stdin.read` gives for each count, if `stdin` gives the items of an array."""
    today.run_js(f"""
        const items = {stdin};
        pyodide.setStdin({{ stdin: () => items.shift(), {options} }});
    """)
    result: list[str] = today.run_python(f"""
        import sys
        [sys.stdin.read(count) for count in {counts}]
    """)
    return result


def test_numbers_are_bytes(today: Runtime) -> None:
    numbers = "[97, 98, 0, null, 99, 100, null, 101, 102, 103]"
    assert read(today, numbers, [5, 5, 2, 2, 2]) == ["ab\x00", "cd", "ef", "g", ""]


BUFFERS = """[
    new Uint8Array([97, 98, 0]), new Uint8Array([99, 100]).buffer, null,
    new Uint8Array([101, 102, 103]),
]"""


def test_the_end_of_the_input_follows_each_buffer(today: Runtime) -> None:
    assert read(today, BUFFERS, [5, 5, 2, 2, 2, 2]) == ["ab\x00", "cd", "", "ef", "g", ""]


def test_without_auto_eof_only_null_is_the_end(today: Runtime) -> None:
    assert read(today, BUFFERS, [5, 2, 2, 2], "autoEOF: false") == ["ab\x00cd", "ef", "g", ""]


STRINGS = '["ab\\0", "cd", null, "efg"]'


def test_strings_are_lines(today: Runtime) -> None:
    assert read(today, STRINGS, [5, 5, 2, 2, 2]) == ["ab\x00\nc", "d\n", "ef", "g\n", ""]


def test_a_long_line_is_read_in_pieces(today: Runtime) -> None:
    assert read(today, '["x".repeat(20000)]', [20001, 1]) == ["x" * 20000 + "\n", ""]


def test_read_fills_the_buffer(today: Runtime) -> None:
    today.run_js("""
        const pieces = ["mystring", "", "a", "b", "c\\n", "def\\nghi", "jkl", ""];
        pyodide.setStdin({
            pieces,
            read(buffer) {
                const piece = this.pieces.shift();
                new TextEncoder().encodeInto(piece, buffer);
                return piece.length;
            },
        });
    """)
    lines = today.run_python("[input() for _ in range(4)]")
    assert lines == ["mystring", "abc", "def", "ghijkl"]


def test_a_prompt_is_seen_before_the_input_is_asked(today: Runtime) -> None:
    assert today.run_js("""
        const events = [];
        pyodide.setStdout({ batched: (text) => events.push(text) });
        pyodide.setStdin({ stdin: () => { events.push("asked"); return "Ada"; } });
        const name = pyodide.runPython("input('name? ')");
        return [events, name];
    """) == [["name? ", "asked"], "Ada"]


def test_an_error_handler_fails_each_read(today: Runtime) -> None:
    today.run_js("pyodide.setStdin({ error: true });")
    with pytest.raises(JavaScriptError, match=r"OSError: \[Errno 29\] I/O error"):
        today.run_python("input()")


def test_stdin_says_whether_it_is_a_terminal(today: Runtime) -> None:
    today.run_js("pyodide.setStdin({ stdin: () => null, isatty: true });")
    assert today.run_python("import sys; sys.stdin.isatty()") is True
    today.run_js("pyodide.setStdin({ stdin: () => null });")
    assert today.run_python("sys.stdin.isatty()") is False


@pytest.mark.parametrize(
    ("setting", "code", "message"),
    [
        ("setStdin({ read() {} })", "input()", "read returned undefined"),
        ("setStdout({ write() {} })", "print('x')", "write returned undefined"),
    ],
)
def test_a_result_that_is_no_number_is_an_error_with_a_warning(
    today: Runtime, setting: str, code: str, message: str
) -> None:
    today.run_js(f"pyodide.{setting};")
    with pytest.raises(JavaScriptError, match=r"\[Errno 29\] I/O error"):
        today.run_python(code)
    today.run_js("pyodide.setStdout();")
    assert any(message in line for line in today.read_console())


@pytest.mark.parametrize(
    ("setter", "method", "code"),
    [
        ("setStdin", "read", "input()"),
        ("setStdin", "stdin", "input()"),
        ("setStdout", "batched", "print()"),
        ("setStdout", "raw", "print()"),
        ("setStdout", "write", "print()"),
    ],
)
def test_an_interrupt_ends_a_read_or_write(
    today: Runtime, setter: str, method: str, code: str
) -> None:
    with pytest.raises(JavaScriptError, match="KeyboardInterrupt"):
        today.run_js(f"""
            const signals = new Int32Array(1);
            pyodide.setInterruptBuffer(signals);
            pyodide.{setter}({{
                {method}() {{
                    signals[0] = 2;
                    pyodide.checkInterrupt();
                }},
            }});
            pyodide.runPython("{code}");
        """)


def test_a_handler_that_throws_a_system_error_gives_it_to_python(today: Runtime) -> None:
    assert (
        today.run_js("""
        pyodide.setStdin({ read() { throw Object.assign(new Error("no"), { code: "EPERM" }); } });
        return pyodide.runPython(`
            try:
                input()
            except OSError as error:
                kind = type(error).__name__
            kind
        `);
    """)
        == "PermissionError"
    )


def test_a_descriptor_that_would_block_is_tried_again(today_in_node: Runtime) -> None:
    today = today_in_node
    assert (
        today.run_js("""
        let count = 0;
        pyodide.setStdin({
            stdin() {
                if (++count < 3) throw Object.assign(new Error("later"), { code: "EAGAIN" });
                return count === 3 ? "done" : null;
            },
        });
        const line = pyodide.runPython("input()");
        pyodide.setStdin();
        return line;
    """)
        == "done"
    )
