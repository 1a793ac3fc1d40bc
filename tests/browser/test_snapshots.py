"""Does an interpreter start with a snapshot of another one?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.harness.built import BUILD_DIR, require
from tests.harness.node import node
from tests.harness.runtime import JavaScriptError, Runtime
from tests.harness.server import other_origin, running
from tests.harness.tabs import OpenTab

PROGRAM = """
import numpy as np
import numpy.fft  # side modules that the snapshot does not have
import traceback
matrix = np.arange(9.0).reshape(3, 3) + np.eye(3)
inverse = np.linalg.inv(matrix) @ matrix
spectrum = abs(np.fft.fft(np.ones(8)))[0]
try:
    np.zeros((2, 3)) @ np.zeros((2, 3))
except ValueError as error:
    message = "".join(traceback.format_exception(error))
[
    int(np.arange(10).sum()), bool(np.allclose(inverse, np.eye(3))), float(spectrum),
    "mismatch in its core dimension" in message, made, function(2),
]
"""
RESULT = [45, True, 8.0, True, "in the snapshot", 4]


@dataclass(frozen=True, kw_only=True)
class Place:
    """Somewhere a program can call ``loadPyodide``.

    Attributes:
        files: the address of the folder of the module's snapshots, as seen there.
    """

    runtime: Runtime
    module: str
    files: str

    def run(self, code: str) -> Any:
        return self.runtime.run_js(f"""
            const {{ loadPyodide }} = await import("{self.module}");
            const file = (name) => "{self.files}/" + name;
            const list = (value) => value?.toJs?.() ?? value;
            {code}
        """)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with numpy.snap and bare.snap of both APIs, made in Node."""
    script = BUILD_DIR / "dist" / "pyodide.mjs"
    require(script.is_file(), "no build/dist: run make quickstart")
    folder = tmp_path_factory.mktemp("snapshots")
    env = {"SECRET_OF_BUILDER": "yes"}
    for api, suffix in (("314", ""), ("0.16", "-0.16")):
        with node(script, api=api, packages=["numpy"], env=env, args=["builder"]) as started:
            started.run_js(f"""
                const fs = await import("node:fs");
                const save = async (name) =>
                    fs.writeFileSync(`{folder}/${{name}}{suffix}.snap`, await pyodide.snapshot());
                await save("bare");
                pyodide.runPython(`
import asyncio, random, sqlite3, tempfile, uuid, secrets, time, os, sys, logging
import numpy, numpy.random
made = "in the snapshot"
def function(x):
    return x * 2
random.random(), tempfile.gettempdir(), next(tempfile._get_candidate_names()), uuid.uuid1()
def sqlite_random():
    return sqlite3.connect(":memory:").execute("select random()").fetchone()[0]
sqlite_random()
`);
                await save("numpy");
            """)
    return folder


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[str]:
    with running(other_origin(folder)) as address:
        yield address


@pytest.fixture(params=["chromium", "firefox", "node"])
def place(request: pytest.FixtureRequest, folder: Path) -> Iterator[Place]:
    """A page, or Node, without a snapshot yet."""
    if request.param == "node":
        script = BUILD_DIR / "dist" / "pyodide.mjs"
        with node(script) as started:
            yield Place(runtime=started, module=script.as_uri(), files=str(folder))
        return
    tabs: OpenTab = request.getfixturevalue(f"{request.param}_tabs")
    page = tabs(request.getfixturevalue("site") + "/pages/blank.html")
    served = request.getfixturevalue("served")
    yield Place(runtime=page, module="/pyodide.mjs", files=served)
    page.close()


def test_numpy_is_there_at_once(place: Place) -> None:
    modules, result, loaded, later = place.run(f"""
        const pyodide = await loadPyodide({{ snapshot: file("numpy.snap") }});
        const modules = list(pyodide.runPython("import sys; 'numpy' in sys.modules"));
        const result = list(pyodide.runPython({json.dumps(PROGRAM)}));
        await pyodide.loadPackage("six");
        const later = pyodide.runPython("import six, asyncio; six.__name__");
        return [modules, result, pyodide.loadedPackages.numpy, later];
    """)
    assert (modules, result, loaded, later) == (True, RESULT, "default channel", "six")


def test_numpy_is_there_at_once_with_the_api_of_0_16(place: Place) -> None:
    result, loaded = place.run(f"""
        const pyodide = await loadPyodide({{ api: "0.16", snapshot: file("numpy-0.16.snap") }});
        const result = pyodide.runPython({json.dumps(PROGRAM)});
        return [result, Object.keys(pyodide.loadedPackages).includes("numpy")];
    """)
    assert (result, loaded) == (RESULT, True)


def test_a_worker_starts_with_a_snapshot(chromium_tabs: OpenTab, site: str, served: str) -> None:
    page = chromium_tabs(f"{site}/pages/blank.html")
    try:
        result = page.run_js(f"""
            const code = `
                const {{ loadPyodide }} = await import("{site}/pyodide.mjs");
                const pyodide = await loadPyodide({{ snapshot: "{served}/numpy.snap" }});
                postMessage(pyodide.runPython(${{JSON.stringify({json.dumps(PROGRAM)})}}).toJs());
            `;
            const url = URL.createObjectURL(new Blob([code], {{ type: "text/javascript" }}));
            const worker = new Worker(url, {{ type: "module" }});
            return await new Promise((resolve, reject) => {{
                worker.onmessage = ({{ data }}) => resolve(data);
                worker.onerror = ({{ message }}) => reject(new Error(message));
            }});
        """)
    finally:
        page.close()
    assert result == RESULT


def test_a_snapshot_of_a_restored_interpreter_works(place: Place) -> None:
    result = place.run(f"""
        const first = await loadPyodide({{ snapshot: file("numpy.snap"), packages: ["six"] }});
        first.runPython("import six, numpy.fft; made = 'twice'");
        const second = await loadPyodide({{ snapshot: await first.snapshot() }});
        const third = await loadPyodide({{ snapshot: second.snapshot() }});
        first.runPython("made = 'changed'"); // the interpreters are different ones
        return [
            list(third.runPython({json.dumps(PROGRAM)})),
            second.runPython("import sys; 'six' in sys.modules"),
            Object.keys(third.loadedPackages).sort(),
        ];
    """)
    values, has_six, loaded = result
    assert (values, has_six) == ([*RESULT[:4], "twice", 4], True)
    assert {"numpy", "six"} <= set(loaded)


def test_asyncio_goes_on(place: Place) -> None:
    result = place.run("""
        const pyodide = await loadPyodide({ snapshot: file("numpy.snap") });
        const result = await pyodide.runPythonAsync(`
import js
async def later():
    await asyncio.sleep(0.01)
    return await js.Promise.resolve(5)
await asyncio.gather(later(), later())
`);
        // Also while and after it makes a snapshot.
        const task = pyodide.runPythonAsync("await asyncio.sleep(0.05); 6");
        const why = await pyodide.snapshot().catch((error) => error.message);
        const value = await task;
        const size = (await pyodide.snapshot()).length;
        const after = await pyodide.runPythonAsync("await asyncio.sleep(0); 7");
        return [list(result), why.includes("tasks of asyncio"), value, size > 1e6, after];
    """)
    assert result == [[5, 5], True, 6, True, 7]


STATE = """
import secrets, numpy, logging
[
    random.random(), random.getrandbits(64), next(tempfile._get_candidate_names()),
    uuid.getnode(), str(uuid.uuid1()), str(uuid.uuid4()), secrets.token_hex(),
    float(numpy.random.rand()), int(numpy.random.default_rng().integers(2**60)), sqlite_random(),
]
"""


def test_two_starts_have_different_random_numbers(place: Place) -> None:
    first, second = place.run(f"""
        const state = async () => {{
            const pyodide = await loadPyodide({{ snapshot: file("numpy.snap") }});
            return list(pyodide.runPython({json.dumps(STATE)})).map(String);
        }};
        return [await state(), await state()];
    """)
    same = [one for one, other in zip(first, second, strict=True) if one == other]
    assert same == []


def test_environment_arguments_and_streams_are_those_of_the_start(place: Place) -> None:
    result = place.run("""
        const lines = [];
        const pyodide = await loadPyodide({
            snapshot: file("numpy.snap"), env: { HOME: "/home/other", GREETING: "hello" },
            args: ["program.py", "-x"], stdout: (line) => lines.push(line), stdin: () => "typed",
        });
        const usual = await loadPyodide({
            env: { HOME: "/home/other", GREETING: "hello" }, args: ["program.py", "-x"],
        });
        const start = `
import os, sys, time
print("shown", input())
[dict(os.environ), sys.argv, sys.orig_argv, os.getcwd(), sys.executable,
 sys._emscripten_info.runtime, time.timezone, time.altzone, time.daylight, list(time.tzname)]
`;
        usual.setStdin({ stdin: () => "typed" });
        usual.setStdout({ batched: () => {} });
        const facts = (python) =>
            python.runPython(start).toJs({ dict_converter: Object.fromEntries });
        const [restored, normal] = [facts(pyodide), facts(usual)];
        const age = pyodide.runPython("time.time_ns() - logging._startTime");
        return [restored, normal, lines, age > 0 && age < 60e9];
    """)
    restored, normal, lines, is_young = result
    assert restored == normal
    assert restored[0]["GREETING"] == "hello"
    assert "SECRET_OF_BUILDER" not in restored[0]
    assert restored[1] == ["program.py", "-x"]
    assert restored[3] == "/home/other"
    assert lines == ["shown typed"]
    assert is_young


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Europe/Berlin", "Australia/Lord_Howe", "UTC"])
def test_the_time_zone_is_that_of_the_start(folder: Path, zone: str) -> None:
    script = BUILD_DIR / "dist" / "pyodide.mjs"
    code = """
import time
[time.timezone, time.altzone, time.daylight, list(time.tzname), time.strftime("%Z"),
 time.localtime(1.7e9).tm_hour]
"""
    command = ["env", f"TZ={zone}", "node"]
    found = []
    choices: list[dict[str, str]] = [{}, {"snapshot": str(folder / "numpy.snap")}]
    for options in choices:
        with node(script, command, api="314", **options) as started:
            found.append(started.run_python(code))
    assert found[0] == found[1]


def test_variables_that_configure_python_start_without_the_snapshot(place: Place) -> None:
    messages, seed, is_numpy = place.run("""
        const messages = [];
        const pyodide = await loadPyodide({
            snapshot: file("numpy.snap"), env: { PYTHONHASHSEED: "0" },
            errorCallback: (message) => messages.push(message),
        });
        return [messages, pyodide.runPython("import sys, numpy; sys.flags.hash_randomization"),
            pyodide.runPython("'made' in globals()")];
    """)
    assert seed == 0
    assert is_numpy is False
    assert "PYTHONHASHSEED" in messages[0]


#: The start of a reason -> a program.
REFUSED = {
    "Python holds JavaScript values without a name: an object of Object": """
        from js import Object
        kept = Object.new()
    """,
    "1 functions have an address and belong to no package": """
        import ctypes
        kept_too = ctypes.CFUNCTYPE(ctypes.c_int)(int)
    """,
    "asyncio has to call 1 callbacks": """
        import asyncio
        asyncio.get_event_loop().call_later(99, id, 1)
    """,
    "files are open: /tmp/open.txt": "file = open('/tmp/open.txt', 'w')",
    "files are of no package, such as those of wheels: /tmp/other.txt": """
        from pathlib import Path
        Path('/tmp/other.txt').write_text('')
    """,
    "the module _ssl is imported": """
        import sys
        sys.modules['_ssl'] = sys
    """,
}


def test_all_reasons_against_a_snapshot_are_given_at_once(place: Place) -> None:
    name, each, all_reasons, after = place.run(f"""
        const pyodide = await loadPyodide();
        const program = {json.dumps([dedent(code) for code in REFUSED.values()])};
        const refusal = () => pyodide.snapshot().then(() => "", (error) => error);
        for (const code of program) pyodide.runPython(code);
        const {{ message, name }} = await refusal();
        const each = [];
        for (const code of program) {{
            const one = await loadPyodide();
            one.runPython(code);
            each.push(await one.snapshot().then(() => "", (error) => error.message));
        }}
        const after = await pyodide.runPythonAsync("import asyncio; await asyncio.sleep(0); 5");
        return [name, each, message, after];
    """)
    assert name == "SnapshotError"
    for reason, message in zip(REFUSED, each, strict=True):
        assert f"\n- {reason}" in message
    assert all_reasons.count("\n- ") == len(REFUSED)
    assert after == 5


def test_packages_without_a_lock_and_mounts_are_refused(place: Place) -> None:
    messages = place.run("""
        const refusal = (pyodide) => pyodide.snapshot().then(() => "", ({ message }) => message);
        const first = await loadPyodide({ packages: ["pytz"] });
        const [pytz] = first.lock().packages.filter(({ name }) => name === "pytz");
        const second = await loadPyodide();
        await second.loadPackage(`${pytz.channel}${pytz.subdir}/${pytz.file}`);
        first.FS.mkdirTree("/elsewhere");
        first.FS.mount(first.FS.filesystems.MEMFS, {}, "/elsewhere");
        const third = await loadPyodide();
        third.runPython("import os; os.makedirs('/made/for/it'); os.chdir('/made')");
        const fourth = await loadPyodide({ snapshot: third.snapshot() });
        return [
            await refusal(first), await refusal(second),
            fourth.runPython("os.getcwd() + str(os.listdir('/made/for'))"),
        ];
    """)
    mounted, from_address, folders = messages
    assert "\n- other file systems are mounted: /elsewhere" in mounted
    assert "\n- pytz comes from" in from_address
    assert folders == "/made['it']"


def test_values_with_a_name_are_kept(place: Place) -> None:
    result = place.run("""
        const first = await loadPyodide();
        globalThis.ownName = { answer: 42 };
        first.runPython(`
import js, pyodide_js, json
from js import setTimeout, Object, ownName
from pyodide_js import loadPackage
keys = Object.keys
`);
        const second = await loadPyodide({ snapshot: first.snapshot() });
        return list(second.runPython(`
[js.ownName == ownName, ownName.answer, list(keys(ownName)), loadPackage == pyodide_js.loadPackage,
 bool(setTimeout), js.globalThis == js]
`));
    """)
    assert result == [True, 42, ["answer"], True, True, True]


def test_python_that_runs_is_not_saved(place: Place) -> None:
    message = place.run("""
        const pyodide = await loadPyodide();
        let refused;
        globalThis.save = () => { refused = pyodide.snapshot().catch((error) => error.message); };
        pyodide.runPython("import js; js.save()");
        return await refused;
    """)
    assert "Python code is running" in str(message)


#: What is done to the file -> the reason.
DAMAGES = {
    "bytes[0] ^= 1": "does not begin with CESNAP1",
    "bytes[100] ^= 1": "its head is damaged",
    "bytes[bytes.length - 9] ^= 1": "its pages are damaged",
    "bytes = bytes.subarray(0, 30)": "its head is damaged",
    "bytes = bytes.subarray(0, bytes.length - 4096)": "its pages are damaged",
    "bytes = await changed((head) => { head.core = '0'.repeat(64) })": "another build",
    "bytes = await changed((head) => { head.version = 2 })": "version 2",
    "bytes = await changed(({ state: { got } }) => { got[Object.keys(got)[0]] += 1 })": (
        "another address"
    ),
    "bytes = await changed((head) => { head.state.start -= 1 })": "starts in another way",
    "options.api = '0.16'": "it is of the API 314",
}

CHANGED = """
    const changed = async (change) => {
        const view = new DataView(bytes.buffer);
        const size = view.getUint32(8, true);
        const head = JSON.parse(new TextDecoder().decode(bytes.subarray(44, 44 + size)));
        change(head);
        const json = new TextEncoder().encode(JSON.stringify(head));
        const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", json));
        const start = new Uint8Array(44);
        start.set(bytes.subarray(0, 8));
        new DataView(start.buffer).setUint32(8, json.length, true);
        start.set(digest, 12);
        const parts = [start, json, bytes.subarray(44 + size)];
        return new Uint8Array(await new Blob(parts).arrayBuffer());
    };
"""


def test_a_snapshot_that_does_not_fit_is_refused(place: Place) -> None:
    cases = ", ".join(f"async () => {{ {damage}; return bytes; }}" for damage in DAMAGES)
    outcomes = place.run(f"""
        const made = await (await loadPyodide()).snapshot();
        const outcomes = [];
        let bytes, options;
        {CHANGED}
        for (const damage of [{cases}]) {{
            bytes = made.slice();
            options = {{}};
            const snapshot = await damage();
            outcomes.push(await loadPyodide({{ ...options, snapshot }}).then(
                () => "started", ({{ name, message }}) => name + ": " + message));
        }}
        const messages = [];
        const python = await loadPyodide({{
            snapshot: made.subarray(1), snapshotFallback: true,
            errorCallback: (message) => messages.push(message),
        }});
        outcomes.push([python.runPython("1 + 1"), messages]);
        return outcomes;
    """)
    *refused, (value, messages) = outcomes
    for outcome, reason in zip(refused, DAMAGES.values(), strict=True):
        assert outcome.startswith("SnapshotError: The snapshot cannot be used: "), reason
        assert reason in outcome
    assert value == 2
    assert "Python starts without the snapshot" in messages[0]


def test_an_integrity_is_checked(place: Place) -> None:
    outcome = place.run("""
        const snapshot = file("bare.snap");
        const snapshotIntegrity = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        return loadPyodide({ snapshot, snapshotIntegrity }).then(() => "started", String);
    """)
    assert "SnapshotError" in str(outcome)


def test_options_that_exclude_each_other_are_refused(place: Place) -> None:
    for option in ("lock", "stdLibURL"):
        with pytest.raises(JavaScriptError, match=f"both snapshot and {option}"):
            place.run(f"await loadPyodide({{ snapshot: 'x.snap', {option}: 'y' }})")
