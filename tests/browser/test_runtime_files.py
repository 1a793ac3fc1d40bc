"""Are paths, links and open files in a page those of Linux?"""

from __future__ import annotations

import json
from pathlib import Path

from tests.harness.built import ROOT
from tests.harness.runtime import Runtime

POSIX = ROOT / "recipes" / "python" / "tests" / "posix"

PREPARE = """
import errno, os, shutil, tempfile
os.chdir(tempfile.mkdtemp())
def write(path, text="text"):
    with open(path, "w") as file:
        file.write(text)
def error(call, *arguments):
    try:
        call(*arguments)
    except OSError as reason:
        return errno.errorcode[reason.errno]
write("file")
"""


def in_new_folder(code: str) -> str:
    return f"exec({PREPARE!r})\n{code}"


def test_each_call_has_the_result_of_linux_or_the_listed_one(runtime: Runtime) -> None:
    source, cases, differences = (
        (POSIX / name).read_text() for name in ("sweep.py", "cases.txt", "differences.txt")
    )
    problems = runtime.run_python(f"""
import types
sweep = types.ModuleType("sweep")
exec({source!r}, sweep.__dict__)
sweep.sweep("page", {cases!r}, {differences!r})
""")
    assert problems == []


def test_a_file_is_no_folder_and_a_loop_of_links_is_found(runtime: Runtime) -> None:
    assert runtime.run_python(
        in_new_folder("""
os.symlink("a", "b")
os.symlink("b", "a")
[
    error(os.mkdir, "file/d"),
    error(os.rename, "file", "file/y"),
    error(os.stat, "file/"),
    error(open, "file/x", "w"),
    error(open, "a"),
    error(os.stat, "a/x"),
]
""")
    ) == ["ENOTDIR", "ENOTDIR", "ENOTDIR", "ENOTDIR", "ELOOP", "ELOOP"]


def test_open_files_live_on_without_a_name(runtime: Runtime) -> None:
    assert runtime.run_python(
        in_new_folder("""
with open("file", "r+") as file:
    os.rename("file", "other")
    size = os.fstat(file.fileno()).st_size
    os.unlink("other")
    text = file.read()
    file.write(" and more")
    file.flush()
    stat = os.fstat(file.fileno())
[size, text, stat.st_size, stat.st_nlink, os.listdir(".")]
""")
    ) == [4, "text", 13, 0, []]


def test_a_replaced_file_does_not_come_back(runtime: Runtime) -> None:
    assert runtime.run_python(
        in_new_folder("""
write("new", "new text")
os.rename("new", "file")
os.unlink("file")
[os.path.exists("file"), os.listdir(".")]
""")
    ) == [False, []]


def test_the_current_folder_can_be_renamed_and_removed(runtime: Runtime) -> None:
    assert runtime.run_python(
        in_new_folder("""
os.mkdir("folder")
os.chdir("folder")
os.rename("../folder", "../other")
name = os.path.basename(os.getcwd())
os.rmdir("../other")
gone = error(os.getcwd), error(write, "x"), os.listdir(".")
os.chdir("..")
[name, *gone, os.listdir(".")]
""")
    ) == ["other", "ENOENT", "ENOENT", [], ["file"]]


def test_files_of_a_package_can_be_renamed_linked_and_read_while_open(runtime: Runtime) -> None:
    """The standard library is mounted: its files have no contents in memory."""
    assert runtime.run_python(
        in_new_folder("""
import this, sys
path = os.path.join(os.path.dirname(os.__file__), "this.py")
size = os.stat(path).st_size
os.symlink(path, "link")
with open("link", "rb") as file:
    os.rename(path, path + "_")
    contents = file.read()
    stat = os.fstat(file.fileno())
    missing = error(os.stat, "link")
    os.rename(path + "_", path)
[len(contents) == size == stat.st_size, missing, os.readlink("link") == path]
""")
    ) == [True, "ENOENT", True]


def test_javascript_s_fs_sees_the_same(runtime: Runtime) -> None:
    assert runtime.run_js("""
        const { FS } = pyodide;
        FS.mkdirTree("/tmp/javascript/folder");
        FS.writeFile("/tmp/javascript/file", "text");
        FS.symlink("../file", "/tmp/javascript/folder/link");
        const errno = (call) => {
            try {
                call();
            } catch (error) {
                return error.errno;
            }
        };
        FS.chdir("/tmp/javascript/folder");
        const result = [
            FS.readFile("link", { encoding: "utf8" }),
            FS.readlink("link"),
            FS.readdir("..").sort(),
            errno(() => FS.mkdir("../file/x")) === errno(() => FS.readdir("../file")),
            FS.analyzePath("/tmp/javascript/file").exists,
            FS.analyzePath("/tmp/javascript/missing").exists,
            FS.cwd(),
        ];
        FS.chdir("/");
        FS.unlink("/tmp/javascript/folder/link");
        FS.rmdir("/tmp/javascript/folder");
        FS.unlink("/tmp/javascript/file");
        FS.rmdir("/tmp/javascript");
        return result;
    """) == [
        "text",
        "../file",
        [".", "..", "file", "folder"],
        True,
        True,
        False,
        "/tmp/javascript/folder",
    ]


def test_select_waits_and_sees_pipes_and_files(runtime: Runtime) -> None:
    waited = json.loads(
        str(
            runtime.run_python("""
import json, os, select, time
reader, writer = os.pipe()
start = time.monotonic()
ready = select.select([reader], [], [], 0.05)[0]
waited = time.monotonic() - start
os.write(writer, b"x")
os.close(writer)
with open(os.__file__) as file:
    ready.append(len(select.select([reader, file], [], [], 0)[0]))
ready.append(os.read(reader, 9) + os.read(reader, 9) == b"x")
json.dumps([ready, waited])
""")
        )
    )
    assert waited[0] == [2, True]
    assert 0.04 < waited[1] < 5


def test_a_folder_of_the_machine_can_be_mounted(pyodide_in_node: Runtime, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    assert (
        pyodide_in_node.run_js(f"""
        const {{ FS }} = pyodide;
        FS.mkdirTree("/machine");
        FS.mount(FS.filesystems.NODEFS, {{ root: {str(tmp_path)!r} }}, "/machine");
    """)
        is None
    )
    assert pyodide_in_node.run_python("""
import os
former = os.getcwd()
os.chdir("/machine")
os.mkdir("folder")
os.rename("file", "folder/file")
os.chmod("folder/file", 0o600)
os.utime("folder/file", (1, 2))
os.symlink("folder/file", "link")
with open("link") as file:
    text = file.read()
result = [text, os.stat("link").st_mtime, os.readlink("link"), sorted(os.listdir()), os.getcwd()]
os.chdir(former)
result
""") == ["text", 2.0, "folder/file", ["folder", "link"], "/machine"]
    assert (tmp_path / "folder" / "file").read_text() == "text"
