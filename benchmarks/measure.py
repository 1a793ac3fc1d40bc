"""Takes samples in Chromium, Firefox and Node, and alternates between two or more candidates."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.memory import Renderers
from tests.harness.chromium import ChromiumPage, chromium
from tests.harness.firefox import FirefoxPage, firefox
from tests.harness.server import running, site

ROOT = Path(__file__).resolve().parent.parent
BUILD_DIR = ROOT / "build"
BENCH_DIR = BUILD_DIR / "bench"
"""The peers, and other files that only benchmarks need."""
RUNS = 3
MEASUREMENT = "return await window.measurement;"
"""The script for most pages of benchmarks/pages: `measurement` is the promise of a sample."""

Sample = dict[str, float]


@contextmanager
def served(**folders: Path) -> Iterator[str]:
    """The address of the built site, with benchmarks/pages and further folders at `/<name>/`."""
    with running(site(BUILD_DIR, pages=ROOT / "benchmarks" / "pages", **folders)) as address:
        yield address


def in_turns(runs: int = RUNS, /, **measurements: Callable[[], Sample]) -> dict[str, Sample]:
    """The medians of a number of runs of each measurement.

    The measurements alternate, so other work of the machine affects all of them. Each sample is
    printed to stderr.
    """
    samples: dict[str, list[Sample]] = {name: [] for name in measurements}
    for _ in range(runs):
        for name, measure in measurements.items():
            samples[name].append(measure())
            print(name, samples[name][-1], file=sys.stderr)
    return {name: _medians(of_one) for name, of_one in samples.items()}


def in_chromium(address: str, page: str, script: str, **query: str) -> Any:
    """Run a script in a page of benchmarks/pages, in a Chromium with a new profile."""
    with chromium() as driver:
        return ChromiumPage(driver, f"{address}/pages/{page}.html?{urlencode(query)}").run_js(
            script
        )


def in_firefox(address: str, page: str, script: str, **query: str) -> Any:
    """Run a script in a page of benchmarks/pages, in a Firefox with a new profile."""
    with firefox() as browser:
        return FirefoxPage(browser, f"{address}/pages/{page}.html?{urlencode(query)}").run_js(
            script
        )


def with_memory(address: str, page: str, **query: str) -> Sample:
    """Run `prepare` and then `measure` of a page of benchmarks/pages, with the memory of `measure`.

    Returns:
        The sample of `measure`, with the growth of the page's process in bytes: `growth` at the
        end, after garbage collection, and `peak` at most.
    """
    with chromium() as driver:
        shown = ChromiumPage(driver, f"{address}/pages/{page}.html?{urlencode(query)}")
        shown.run_js("await window.prepare();")
        shown.run_js(_COLLECT)
        renderers = Renderers(driver.service.process.pid)
        before = renderers.start()
        result: Sample = shown.run_js("return await window.measure();")
        peak = renderers.peak()
        shown.run_js(_COLLECT)
        return {**result, "growth": renderers.now() - before, "peak": peak - before}


_COLLECT = """
for (let round = 0; round < 3; round++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 200));
}
"""


def in_node(
    script: str, *arguments: str | Path, node: str | Path = "node", flags: Sequence[str] = ()
) -> Sample:
    """Run a program of benchmarks/node in a new Node process; its last line is the sample."""
    done = subprocess.run(
        [node, "--expose-gc", *flags, ROOT / "benchmarks" / "node" / f"{script}.mjs", *arguments],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    result: Sample = json.loads(done.stdout.splitlines()[-1])
    return result


def both_ways(measure: Callable[..., Sample]) -> Sample:
    """A sample, with the memory of another run after V8 has compiled the interpreter (`warm_…`)."""
    warm = measure(warm="yes")
    return {**measure(), "warm_growth": warm["growth"], "warm_peak": warm["peak"]}


def _medians(samples: list[Sample]) -> Sample:
    return {key: statistics.median(sample[key] for sample in samples) for key in samples[0]}
