"""Does ``conda-emscripten snapshot`` make snapshots that pages start with by their name?"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conda_emscripten.files import sha256_file
from conda_emscripten.serve import create_app
from tests.harness.built import BUILD_DIR, ROOT, require
from tests.harness.node import node
from tests.harness.page import Page
from tests.harness.runtime import JavaScriptError
from tests.harness.server import Counter, running
from tests.harness.tabs import OpenTab


def snapshot(build_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "conda_emscripten", "snapshot", "--build-dir", str(build_dir)]
    return subprocess.run(
        [*command, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def build_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build with its own channel, which has a snapshot of numpy."""
    require((BUILD_DIR / "dist" / "pyodide.mjs").is_file(), "no build/dist: run make quickstart")
    folder = tmp_path_factory.mktemp("build")
    others = shutil.ignore_patterns("snapshots*")
    shutil.copytree(BUILD_DIR / "channel", folder / "channel", symlinks=True, ignore=others)
    shutil.copytree(BUILD_DIR / "dist", folder / "dist", symlinks=True)
    done = snapshot(folder, "--import", "numpy", "--import", "numpy.random")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("numpy-numpy_random: ")
    return folder


@pytest.fixture(scope="module")
def counter(build_dir: Path) -> Counter:
    return Counter(create_app(build_dir))


@pytest.fixture(scope="module")
def own_site(counter: Counter) -> Iterator[str]:
    with running(counter) as address:
        yield address


def test_the_same_inputs_give_the_same_file(build_dir: Path, tmp_path: Path) -> None:
    output = tmp_path / "numpy.snap"
    done = snapshot(build_dir, "--import", "numpy", "--import=numpy.random", "-o", str(output))
    assert (done.returncode, done.stderr) == (0, "")
    listed = json.loads((build_dir / "channel" / "snapshots.json").read_text())["snapshots"]
    entry = listed["numpy-numpy_random"]
    file = build_dir / "channel" / "snapshots" / f"{entry['sha256']}.snap"
    # Not their bytes: pytest would take an hour to show how they differ.
    assert sha256_file(output) == sha256_file(file)
    assert entry["size"] == output.stat().st_size
    assert entry["imports"] == ["numpy", "numpy.random"]
    assert any(name.startswith("numpy-") for name in entry["packages"])


VISIT = """
    const { loadPyodide } = await import("/pyodide.mjs");
    const pyodide = await loadPyodide({ snapshot: "numpy-numpy_random" });
    const names = pyodide.runPython("import sys; ' '.join(sorted(globals()))");
    return [
        pyodide.runPython("'numpy.random' in sys.modules"),
        pyodide.runPython("import numpy as np; int(np.arange(10).sum())"),
        pyodide.runPython("float(np.random.rand())"),
        names, await pyodide.packageCache.size(),
    ];
"""


@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_a_page_starts_with_the_name_and_caches_the_file(
    browser: str, own_site: str, counter: Counter, request: pytest.FixtureRequest
) -> None:
    open_tab: OpenTab = request.getfixturevalue(f"{browser}_tabs")
    page: Page = open_tab(f"{own_site}/gallery/")
    try:
        counter.sent.clear()
        is_imported, value, first, names, size = page.run_js(VISIT)
        assert (is_imported, value) == (True, 45)
        assert "numpy" not in names.split()
        assert size > 10_000_000
        sent = [path for path, _, _ in counter.sent if path.endswith(".snap")]
        assert len(sent) == 1
        is_imported, value, second, *_ = page.run_js(VISIT)
        assert (is_imported, value) == (True, 45)
        assert first != second
        again = [path for path, _, _ in counter.sent if path.endswith(".snap")]
        assert again == sent
    finally:
        page.close()


def test_an_unknown_name_and_a_damaged_file_are_refused(build_dir: Path, tmp_path: Path) -> None:
    channel = tmp_path / "channel"
    shutil.copytree(build_dir / "channel", channel)
    [file] = (channel / "snapshots").glob("*.snap")
    file.write_bytes(file.read_bytes()[:-1])
    start = "await loadPyodide({{ snapshot: '{}', channels: ['{}/'] }});"
    with node(build_dir / "dist" / "pyodide.mjs") as started:
        with pytest.raises(JavaScriptError, match="No channel lists the snapshot nothing"):
            started.run_js(start.format("nothing", channel.as_uri()))
        with pytest.raises(JavaScriptError, match="its sha256 is"):
            started.run_js(start.format("numpy-numpy_random", channel.as_uri()))
        # A package that the channel has no longer.
        listed = json.loads((build_dir / "channel" / "snapshots.json").read_text())["snapshots"]
        file.write_bytes((build_dir / "channel" / "snapshots" / file.name).read_bytes())
        assert file.stem == listed["numpy-numpy_random"]["sha256"]
        for bundle in channel.glob("*/numpy-*.lz4b"):
            bundle.unlink()
        with pytest.raises(JavaScriptError, match=r"numpy-.* is missing"):
            started.run_js(start.format("numpy-numpy_random", channel.as_uri()))


def test_a_snapshot_with_the_api_of_0_16(build_dir: Path, tmp_path: Path) -> None:
    output = tmp_path / "old.snap"
    done = snapshot(build_dir, "--import", "json", "six", "--api", "0.16", "-o", str(output))
    assert (done.returncode, done.stderr) == (0, "")
    with node(build_dir / "dist" / "pyodide.mjs", snapshot=str(output)) as started:
        assert started.run_js("return Object.keys(pyodide.loadedPackages).includes('six')") is True
        assert started.run_python("import json, six; json.dumps([1])") == "[1]"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((), "There is no module to import."),
        (("--import", "no_such_module"), "No module named 'no_such_module'"),
        (("--import", "json", "no-such-package"), "no-such-package"),
        (("--import", "json", "--name", "a/b"), "'a/b' cannot be the name of a snapshot."),
        (("--import", "json", "-o", "/no/such/folder/x.snap"), "cannot be written"),
    ],
)
def test_wrong_arguments_are_one_error(
    build_dir: Path, arguments: tuple[str, ...], error: str
) -> None:
    before = sorted((build_dir / "channel" / "snapshots").iterdir())
    done = snapshot(build_dir, *arguments)
    assert done.returncode in (2, 5)
    assert error in done.stderr
    assert "Error:" not in done.stderr.partition("help:")[2]
    assert sorted((build_dir / "channel" / "snapshots").iterdir()) == before
