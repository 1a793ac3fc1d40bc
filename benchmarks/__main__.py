"""How fast and how large are we, beside Pyodide from npm, on this machine?

`make bench` starts both from the same local server, in turns, and writes the medians to
docs/benchmarks.md.
"""

from __future__ import annotations

import io
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import zstandard

from benchmarks.large import measure_index
from benchmarks.many import NAMES, VERSIONS, write_many
from tests.harness.chromium import ChromiumPage, chromium
from tests.harness.server import running, site

ROOT = Path(__file__).resolve().parent.parent
BUILD_DIR = ROOT / "build"
REPORT = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- make bench: begin -->", "<!-- make bench: end -->"
PEER = "314.0.7"  # the version of Pyodide on npm that we compare with
KERNELS = "1.14.0"  # the version of pyperformance whose kernels are run
RUNS = 5
SOLVERS = {
    "lock": "libsolv, with the channel's lock",
    "ours": "libsolv, without a lock",
    "rattler": "rattler 0.3.5 (npm)",
}

Sample = dict[str, float]


def main() -> None:
    """Measure everything, print the tables and put them into the documentation."""
    peer = install_peer()
    kernels = install_kernels()
    many = BUILD_DIR / "bench" / "many"
    write_many(many)
    rattler = ROOT / "node_modules" / "@conda-org" / "rattler" / "dist"
    pages = ROOT / "benchmarks" / "pages"
    app = site(BUILD_DIR, pages=pages, peer=peer, kernels=kernels, many=many, rattler=rattler)
    with running(app) as address:
        browser = in_turns(
            ours=lambda: in_chromium(address, "ready", index="/", package="numpy"),
            peer=lambda: in_chromium(address, "ready", index="/peer/"),
        )
        bridge_browser = in_turns(
            ours=lambda: in_chromium(address, "bridge", index="/"),
            peer=lambda: in_chromium(address, "bridge", index="/peer/"),
        )
        kernels_browser = in_turns(
            ours=lambda: in_chromium(address, "kernels", index="/", kernels="/kernels/"),
            peer=lambda: in_chromium(address, "kernels", index="/peer/", kernels="/kernels/"),
        )
        solvers = {
            solver: _medians(
                [
                    in_chromium(address, "solve", solver=solver, channel="/many/")
                    for _ in range(RUNS)
                ]
            )
            for solver in SOLVERS
        }
    node = in_turns(
        ours=lambda: in_node("ready", BUILD_DIR / "dist", "numpy", BUILD_DIR / "channel"),
        peer=lambda: in_node("ready", peer),
    )
    bridge_node = in_turns(
        ours=lambda: in_node("bridge", BUILD_DIR / "dist"), peer=lambda: in_node("bridge", peer)
    )
    kernels_node = in_turns(
        ours=lambda: in_node("kernels", BUILD_DIR / "dist", kernels),
        peer=lambda: in_node("kernels", peer, kernels),
    )
    tables = [
        speed_table(browser, node),
        bridge_table(bridge_browser, bridge_node),
        kernel_table(kernels_browser, kernels_node),
        solve_table(solvers),
        size_table(),
        build_table(),
        index_table(),
    ]
    report = "\n\n".join([machine(), *tables])
    print(report)
    write_report(report)


def install_peer() -> Path:
    """The folder of Pyodide from npm, installed under build/ by the ordinary client."""
    prefix = BUILD_DIR / "bench"
    prefix.mkdir(parents=True, exist_ok=True)
    command = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"]
    subprocess.run([*command, prefix, f"pyodide@{PEER}"], check=True, stdout=sys.stderr)
    return prefix / "node_modules" / "pyodide"


def install_kernels() -> Path:
    """The folder of pyperformance's benchmarks, installed under build/ by the ordinary client."""
    folder = BUILD_DIR / "bench" / "pyperformance"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--upgrade"]
    command += ["--disable-pip-version-check", f"--target={folder}", f"pyperformance=={KERNELS}"]
    subprocess.run(command, check=True, stdout=sys.stderr)
    return folder / "pyperformance" / "data-files" / "benchmarks"


def in_turns(*, ours: Callable[[], Sample], peer: Callable[[], Sample]) -> tuple[Sample, Sample]:
    """The medians of `RUNS` runs of each; they alternate, so that a slow spell hits both."""
    samples: tuple[list[Sample], list[Sample]] = ([], [])
    for _ in range(RUNS):
        samples[0].append(ours())
        samples[1].append(peer())
        print(f"ours {samples[0][-1]}\npeer {samples[1][-1]}", file=sys.stderr)
    return _medians(samples[0]), _medians(samples[1])


def in_chromium(address: str, page: str, **query: str) -> Sample:
    """What a page of benchmarks/pages measures in a new Chromium with an empty profile."""
    with chromium() as driver:
        shown = ChromiumPage(driver, f"{address}/pages/{page}.html?{urlencode(query)}")
        result: Sample = shown.run_js("return await window.measurement;")
        return result


def in_node(script: str, *arguments: str | Path) -> Sample:
    """What a script of benchmarks/ measures in a new Node process."""
    done = subprocess.run(
        ["node", ROOT / "benchmarks" / f"{script}.mjs", *arguments],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    result: Sample = json.loads(done.stdout.splitlines()[-1])
    return result


def machine() -> str:
    """What the figures depend on, without the machine's name."""
    cpuinfo = Path("/proc/cpuinfo").read_text()
    flags = set(re.findall(r"^flags\s*: (.*)$", cpuinfo, re.MULTILINE)[0].split())
    simd = [flag for flag in ("avx", "avx2", "avx512f") if flag in flags]
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    versions = [_version(tool) for tool in ("chromium", "node")]
    return (
        f"{os.cpu_count()} cores ({platform.machine()}, {' '.join(simd)}), {memory:.0f} GiB of "
        f"memory; {versions[0]}; Node {versions[1]}; medians of {RUNS} runs in turns."
    )


def speed_table(browser: tuple[Sample, Sample], node: tuple[Sample, Sample]) -> str:
    """Times and memory as a Markdown table."""
    rows = [
        ("ready, Chromium, cold", "ready", browser, _milliseconds),
        ("ready, Node", "ready", node, _milliseconds),
        ("bytes received until ready, Chromium", "ready_bytes", browser, _megabytes),
        ("peak memory when ready, Node", "rss", node, _megabytes),
        ("`loadPackage('numpy')`, Chromium", "load", browser, _milliseconds),
        ("`import numpy`, Chromium", "import", browser, _milliseconds),
        ("bytes received for numpy, Chromium", "load_bytes", browser, _megabytes),
        ("`loadPackage('numpy')`, Node", "load", node, _milliseconds),
        ("`import numpy`, Node", "import", node, _milliseconds),
    ]
    lines = [f"| | ours | Pyodide {PEER} | ours / Pyodide |", "|---|---:|---:|---:|"]
    for label, key, (ours, peer), show in rows:
        shown = show(peer[key]) if key in peer else "not in it"
        ratio = f"{ours[key] / peer[key]:.2f}" if key in peer else ""
        lines.append(f"| {label} | {show(ours[key])} | {shown} | {ratio} |")
    return "\n".join(lines)


def bridge_table(browser: tuple[Sample, Sample], node: tuple[Sample, Sample]) -> str:
    """Calls and conversions as a Markdown table."""
    rows = [
        ("Python calls a JavaScript function", "python_calls_function", _microseconds),
        ("Python calls a JavaScript method", "python_calls_method", _microseconds),
        ("JavaScript calls a Python function", "javascript_calls_function", _microseconds),
        ("JavaScript calls a Python method", "javascript_calls_method", _microseconds),
        ("a list of 10<sup>5</sup> ints to JavaScript", "list_to_javascript", _short),
        ("an Array of 10<sup>5</sup> ints to Python", "list_to_python", _short),
        ("a dict of 10<sup>4</sup> strings to JavaScript", "dict_to_javascript", _short),
        ("10 MB to JavaScript, as a view", "memory_to_javascript", _short),
        ("10 MB to JavaScript, copied", "memory_to_javascript_copied", _short),
        ("10 MB to Python", "memory_to_python", _short),
    ]
    return comparison(rows, browser, node)


def kernel_table(browser: tuple[Sample, Sample], node: tuple[Sample, Sample]) -> str:
    """Pure Python as a Markdown table, with the geometric means of the ratios."""
    ratios = [
        statistics.geometric_mean(ours[kernel] / peer[kernel] for kernel in ours)
        for ours, peer in (browser, node)
    ]
    table = comparison([(kernel, kernel, _short) for kernel in browser[0]], browser, node)
    means = "| | | ".join(f"**{ratio:.2f}** " for ratio in ratios)
    return f"{table}\n| **geometric mean** | | | {means}|"


def comparison(
    rows: list[tuple[str, str, Callable[[float], str]]],
    browser: tuple[Sample, Sample],
    node: tuple[Sample, Sample],
) -> str:
    """Rows of a label, a sample's key and a format as a Markdown table of both platforms."""
    lines = [
        f"| | ours, Chromium | Pyodide {PEER} | ratio | ours, Node | Pyodide {PEER} | ratio |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for label, key, show in rows:
        cells = []
        for ours, peer in (browser, node):
            cells += [show(ours[key]), show(peer[key]), f"{ours[key] / peer[key]:.2f}"]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines)


def solve_table(solvers: dict[str, Sample]) -> str:
    """The solvers on a channel of many records, as a Markdown table."""
    count = solvers["ours"]["packages"]
    lines = [
        f"| `package-2399 >=2` of {NAMES * VERSIONS:,} records: {count:.0f} packages, Chromium "
        "| cold | warm | requests | bytes |",
        "|---|---:|---:|---:|---:|",
    ]
    for solver, label in SOLVERS.items():
        found = solvers[solver]
        shown = [_milliseconds(found["cold"]), f"{found['warm']:.1f} ms"]
        shown += [f"{found['requests']:.0f}", _megabytes(found["bytes"])]
        lines.append(f"| {label} | {' | '.join(shown)} |")
    return "\n".join(lines)


def index_table() -> str:
    """How long `conda-emscripten index` takes for a large channel, as a Markdown table."""
    found = measure_index()
    labels = {"first": "at first", "one_more": "with one package more", "nothing": "again"}
    lines = ["| index of a channel of 5,000 packages | time |", "|---|---:|"]
    lines += [f"| {label} | {found[key]:.1f} s |" for key, label in labels.items()]
    return "\n".join(lines)


def size_table() -> str:
    """Sizes of what a page loads and of the compiler, as a Markdown table."""
    lines = ["| package | installed | .conda | bundle |", "|---|---:|---:|---:|"]
    packages = [
        *(BUILD_DIR / "channel" / "emscripten-wasm32").glob("*.conda"),
        *(BUILD_DIR / "channel" / "noarch").glob("*.conda"),
        *(BUILD_DIR / "bootstrap" / "linux-64").glob("emscripten-*.conda"),
    ]
    for package in sorted(packages, key=lambda path: path.name):
        installed = installed_size(package)
        if installed > 0:
            bundle = package.with_suffix(".lz4b")
            sizes = [installed, package.stat().st_size]
            sizes += [bundle.stat().st_size] if bundle.is_file() else []
            shown = [*map(_megabytes, sizes), ""][:3]
            lines.append(f"| {package.stem} | {' | '.join(shown)} |")
    return "\n".join(lines)


def installed_size(package: Path) -> int:
    """Bytes of all files of a `.conda` package, as its own paths.json lists them (CEP 34)."""
    with zipfile.ZipFile(package) as archive:
        name = next(name for name in archive.namelist() if name.startswith("info-"))
        data = zstandard.ZstdDecompressor().stream_reader(archive.read(name)).read()
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        paths = tar.extractfile("info/paths.json")
        assert paths is not None
        return sum(entry.get("size_in_bytes", 0) for entry in json.load(paths)["paths"])


def build_table() -> str:
    """How long a build takes that has nothing to do, and how long the engine's builds took."""
    command = [sys.executable, "-m", "conda_emscripten", "build", "--with-deps", "numpy"]
    times = []
    for _ in range(RUNS):
        start = time.monotonic()
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        times.append(time.monotonic() - start)
    lines = ["| build | time |", "|---|---:|"]
    lines.append(
        "| `conda-emscripten build --with-deps numpy`, nothing to do "
        f"| {statistics.median(times):.1f} s |"
    )
    records = {
        path.stem: float(json.loads(path.read_text())["seconds"])
        for path in (BUILD_DIR / "records").glob("*.json")
    }
    for recipe, seconds in sorted(records.items(), key=lambda item: -item[1]):
        if seconds >= 20:
            lines.append(f"| {recipe} | {seconds:.0f} s |")
    short = [seconds for seconds in records.values() if seconds < 20]
    lines.append(f"| {len(short)} other recipes, together | {sum(short):.0f} s |")
    return "\n".join(lines)


def write_report(report: str) -> None:
    """Replace what stands between the markers of docs/benchmarks.md."""
    text = REPORT.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    REPORT.write_text(f"{before}{BEGIN}\n\n{report}\n\n{END}{after}")


def _medians(samples: list[Sample]) -> Sample:
    return {key: statistics.median(sample[key] for sample in samples) for key in samples[0]}


def _milliseconds(value: float) -> str:
    return f"{value:.0f} ms"


def _short(milliseconds: float) -> str:
    return f"{milliseconds:.3g} ms"


def _microseconds(value: float) -> str:
    return f"{value:.2f} µs"


def _megabytes(value: float) -> str:
    return f"{value / 1e6:.2f} MB"


def _version(tool: str) -> str:
    output = subprocess.run([tool, "--version"], check=True, capture_output=True, text=True).stdout
    return output.strip().removeprefix("v").partition(" built on")[0]


if __name__ == "__main__":
    main()
