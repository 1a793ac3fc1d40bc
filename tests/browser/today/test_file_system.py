"""Do the functions of `pyodide` for files do what Pyodide 314 documents?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.harness.page import Page
from tests.harness.runtime import JavaScriptError, Runtime


def archive(today: Runtime, kind: str) -> None:
    """Makes `data`, an archive with the file inner/a.txt."""
    today.run_python(f"""
        import os, shutil, tempfile
        with tempfile.TemporaryDirectory() as folder:
            os.makedirs(f"{{folder}}/in/inner")
            with open(f"{{folder}}/in/inner/a.txt", "w") as file:
                file.write("text")
            name = shutil.make_archive(f"{{folder}}/x", "{kind}", f"{{folder}}/in")
            shutil.move(name, "/tmp/archive")
    """)
    today.run_js("globalThis.data = pyodide.FS.readFile('/tmp/archive');")


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("zip", "zip"),
        ("zip", "wheel"),
        ("zip", ".whl"),
        ("tar", "tar"),
        ("gztar", "gztar"),
        ("gztar", "tgz"),
        ("bztar", "bztar"),
        ("bztar", ".tar.bz2"),
    ],
)
def test_archives_are_unpacked(today: Runtime, kind: str, form: str) -> None:
    archive(today, kind)
    folder = f"/tmp/unpacked-{kind}-{form.replace('.', '_')}"
    assert today.run_js(f"""
        pyodide.unpackArchive(data, "{form}", {{ extractDir: "{folder}" }});
        const again = "{folder}-buffer";
        pyodide.unpackArchive(data.slice().buffer, "{form}", {{ extractDir: again }});
        return ["{folder}", again].map(
            (folder) => pyodide.FS.readFile(`${{folder}}/inner/a.txt`, {{ encoding: "utf8" }}));
    """) == ["text", "text"]


def test_archives_are_unpacked_in_the_current_folder(today: Runtime) -> None:
    archive(today, "zip")
    assert (
        today.run_js("""
        pyodide.unpackArchive(data, "zip");
        const text = pyodide.FS.readFile("/home/pyodide/inner/a.txt", { encoding: "utf8" });
        pyodide.FS.unlink("/home/pyodide/inner/a.txt");
        pyodide.FS.rmdir("/home/pyodide/inner");
        return text;
    """)
        == "text"
    )


def test_what_is_no_archive_is_refused(today: Runtime) -> None:
    message = "Expected argument 'buffer' to be an ArrayBuffer or an ArrayBuffer view"
    assert (
        today.run_js("""
        try {
            pyodide.unpackArchive([1, 2, 3], "zip", "abc");
        } catch (error) {
            return String(error);
        }
    """)
        == f"TypeError: {message}"
    )
    with pytest.raises(JavaScriptError, match="unknown format"):
        today.run_js("pyodide.unpackArchive(new Uint8Array(3), 'rar');")


def test_paths_and_error_numbers_are_emscriptens(today: Runtime) -> None:
    assert today.run_js("""
        let errno;
        try { pyodide.FS.readFile("/nothing"); } catch (error) { errno = error.errno; }
        return [pyodide.PATH.join("a", "../b"), errno === pyodide.ERRNO_CODES.ENOENT];
    """) == ["b", True]


def test_closed_files_are_reported(today: Runtime) -> None:
    assert today.run_js("""
        const closed = [];
        pyodide.FS.trackingDelegate.onCloseFile = (path) => closed.push(path);
        pyodide.runPython("open('/tmp/closed', 'w').close()");
        delete pyodide.FS.trackingDelegate.onCloseFile;
        return closed;
    """) == ["/tmp/closed"]


def test_folders_of_the_machine_are_mounted_in_node(today_in_node: Runtime, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text")
    host = json.dumps(str(tmp_path))
    today_in_node.run_js(f"pyodide.mountNodeFS('/mnt/host', {host});")
    assert today_in_node.run_python("open('/mnt/host/a.txt').read()") == "text"
    today_in_node.run_python("open('/mnt/host/b.txt', 'w').write('back')")
    assert (tmp_path / "b.txt").read_text() == "back"
    for path, folder, message in [
        ("/mnt/host", host, "already a file system mount point"),
        ("/lib", host, "directory '/lib' is not empty"),
        ("/mnt/other", "'/no/folder'", "hostPath '/no/folder' does not exist"),
        ("/mnt/other", json.dumps(str(tmp_path / "a.txt")), "is not a directory"),
    ]:
        with pytest.raises(JavaScriptError, match=message):
            today_in_node.run_js(f"pyodide.mountNodeFS('{path}', {folder});")


def test_folders_of_the_machine_are_not_mounted_in_a_page(today_in_chromium: Page) -> None:
    with pytest.raises(JavaScriptError, match="mountNodeFS only works in Node"):
        today_in_chromium.run_js("pyodide.mountNodeFS('/mnt/host', '/tmp');")


@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_folders_of_the_browser_are_mounted(request: pytest.FixtureRequest, browser: str) -> None:
    page: Page = request.getfixturevalue(f"today_in_{browser}")
    assert page.run_js("""
        const root = await navigator.storage.getDirectory();
        const folder = await root.getDirectoryHandle("mounted", { create: true });
        const write = async (name, text) => {
            const file = await folder.getFileHandle(name, { create: true });
            const stream = await file.createWritable();
            await stream.write(text);
            await stream.close();
        };
        await write("kept.txt", "kept");
        await write("removed.txt", "removed");
        const native = await pyodide.mountNativeFS("/mnt/native", folder);
        pyodide.runPython(`
            import os
            folder = "/mnt/native"
            texts = [open(f"{folder}/{name}").read() for name in sorted(os.listdir(folder))]
            os.remove("/mnt/native/removed.txt")
            os.makedirs("/mnt/native/new/inner")
            with open("/mnt/native/new/inner/a.txt", "w") as file:
                file.write("from Python")
        `);
        await native.syncfs();
        const names = [];
        for await (const name of folder.keys()) names.push(name);
        const inner = await (await folder.getDirectoryHandle("new")).getDirectoryHandle("inner");
        const file = await (await inner.getFileHandle("a.txt")).getFile();
        await write("later.txt", "later");
        await new Promise((done, fail) =>
            pyodide.FS.syncfs(true, (error) => (error ? fail(error) : done())));
        const later = pyodide.FS.readFile("/mnt/native/later.txt", { encoding: "utf8" });
        return [pyodide.runPython("' '.join(texts)"), names.sort(), await file.text(), later];
    """) == ["kept removed", ["kept.txt", "new"], "from Python", "later"]
    with pytest.raises(JavaScriptError, match="to be a FileSystemDirectoryHandle"):
        page.run_js("await pyodide.mountNativeFS('/mnt/other', {});")


def test_the_canvas_is_the_modules(today: Runtime) -> None:
    assert today.run_js("""
        const canvas = { id: "canvas" };
        pyodide.canvas.setCanvas2D(canvas);
        const found = [pyodide.canvas.getCanvas2D(), pyodide.canvas.getCanvas3D(),
                       pyodide._module.canvas].map((found) => found === canvas);
        pyodide.canvas.setCanvas3D(undefined);
        return [...found, pyodide.canvas.getCanvas2D() === undefined];
    """) == [True, True, True, True]
