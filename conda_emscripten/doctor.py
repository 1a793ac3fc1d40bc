"""Can this machine build and test, and if not, which command repairs it?

This module checks tools, network, disk and memory. A check ends within seconds, also without a
network, and never raises. ``check_machine`` runs all checks.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

MINIMUM_PYTHON = (3, 11)
MINIMUM_NODE = 20
#: Bytes for the compiler, native Python, NumPy's build and the caches.
MINIMUM_DISK = 12 * 2**30
#: Bytes for two compiler jobs and the linker.
MINIMUM_MEMORY = 4 * 2**30
#: Seconds that a local command may take.
QUICK = 3.0
#: Seconds that pip may take, its start included.
NETWORK = 10.0

#: Tools and headers that native builds need -> Debian's package of each.
TOOLS = dict.fromkeys(("gcc", "g++", "make"), "build-essential") | {
    "bison": "bison",
    "gawk": "gawk",
}
HEADERS = {
    "bzlib.h": "libbz2-dev",
    "ffi.h": "libffi-dev",
    "lzma.h": "liblzma-dev",
    "openssl/ssl.h": "libssl-dev",
    "sqlite3.h": "libsqlite3-dev",
    "zlib.h": "zlib1g-dev",
}


@dataclass(frozen=True, kw_only=True)
class Check:
    """The result of a check.

    Attributes:
        name: the checked part of the machine.
        ok: whether the part suffices.
        detail: the version, size or fault.
        fix: a command or step that repairs the part.
    """

    name: str
    ok: bool
    detail: str
    fix: str = ""


def check_machine(cache_dir: Path) -> list[Check]:
    """Run all checks of this machine; the results are in a fixed order. Never raises."""
    checks: list[tuple[str, Callable[[], Check]]] = [
        ("python", check_python),
        ("node", check_node),
        ("npm", check_npm),
        ("compiler", check_compiler),
        ("build platform packages", check_package_source),
        ("pip index", check_pip_index),
        ("cache folder", lambda: check_cache(cache_dir)),
        ("disk", lambda: check_disk(cache_dir)),
        ("memory", check_memory),
        ("chromium", check_chromium),
        ("firefox", check_firefox),
    ]
    with ThreadPoolExecutor(max_workers=len(checks)) as pool:
        return list(pool.map(lambda item: _guarded(*item), checks))


def check_python() -> Check:
    """The running interpreter is new enough."""
    version = ".".join(map(str, sys.version_info[:3]))
    wanted = ".".join(map(str, MINIMUM_PYTHON))
    ok = sys.version_info[:2] >= MINIMUM_PYTHON
    fix = f"make quickstart PYTHON=/path/to/python{wanted}"
    return Check(name="python", ok=ok, detail=f"{version} (wanted: {wanted} or newer)", fix=fix)


def check_node() -> Check:
    """Node runs the loader's build, the unit tests and wasm Python in a terminal."""
    fix = f"install Node.js {MINIMUM_NODE} or newer and put it in PATH: https://nodejs.org/en/download"
    output = _output("node", "--version")
    if output is None:
        return Check(name="node", ok=False, detail="`node` does not run", fix=fix)
    major = re.match(r"v(\d+)\.", output)
    ok = major is not None and int(major[1]) >= MINIMUM_NODE
    return Check(name="node", ok=ok, detail=f"{output} (wanted: {MINIMUM_NODE} or newer)", fix=fix)


def check_npm() -> Check:
    """npm fetches the loader's libraries and the TypeScript tools."""
    output = _output("npm", "--version")
    if output is None:
        return Check(name="npm", ok=False, detail="`npm` does not run", fix="apt-get install npm")
    return Check(name="npm", ok=True, detail=output)


def check_compiler() -> Check:
    """A native compiler builds the build platform's Python and C library."""
    missing = {tool: package for tool, package in TOOLS.items() if shutil.which(tool) is None}
    if "gcc" not in missing:
        missing |= {
            header: package
            for header, package in HEADERS.items()
            if _output("gcc", "-fsyntax-only", "-include", header, "-xc", os.devnull) is None
        }
    if missing:
        return Check(
            name="compiler",
            ok=False,
            detail=f"missing: {', '.join(missing)}",
            fix=f"apt-get install {' '.join(dict.fromkeys(missing.values()))}",
        )
    return Check(name="compiler", ok=True, detail=(_output("gcc", "-dumpfullversion") or "gcc"))


def check_package_source() -> Check:
    """apt or conda can provide the build platform's tools."""
    name = "build platform packages"
    if all(shutil.which(tool) for tool in ("apt-get", "dpkg-deb")):
        return Check(name=name, ok=True, detail="apt-get and dpkg-deb")
    conda = next(filter(shutil.which, ("conda", "mamba", "micromamba")), None)
    if conda:
        return Check(
            name=name, ok=True, detail=f"{conda}: use it with --bootstrap-channel conda-forge"
        )
    return Check(
        name=name,
        ok=False,
        detail="neither apt-get with dpkg-deb nor conda",
        fix="use a Debian machine or container, or install conda: "
        "https://docs.conda.io/projects/conda/en/latest/user-guide/install/",
    )


def check_pip_index() -> Check:
    """pip, with this machine's configuration, reaches an index."""
    command = (
        sys.executable,
        "-m",
        "pip",
        "index",
        "versions",
        "six",
        "--retries=0",
        "--timeout=3",
    )
    if _output(*command, seconds=NETWORK) is None:
        return Check(
            name="pip index",
            ok=False,
            detail="pip got no answer about `six`",
            fix="find the cause: python -m pip index versions six; python -m pip config debug",
        )
    return Check(name="pip index", ok=True, detail="reachable")


def check_cache(cache: Path) -> Check:
    """The cache folder can be made and written to."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=cache):
            pass
    except OSError as error:
        return Check(
            name="cache folder",
            ok=False,
            detail=f"{cache}: {error.strerror}",
            fix="export XDG_CACHE_HOME=/a/folder/of/yours",
        )
    return Check(name="cache folder", ok=True, detail=str(cache))


def check_disk(folder: Path) -> Check:
    """The disk of the cache has enough free space for downloads and build results."""
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    return Check(
        name="disk",
        ok=free >= MINIMUM_DISK,
        detail=f"{_gib(free)} free at {folder} (wanted: {_gib(MINIMUM_DISK)})",
        fix=f"free some space, or: export XDG_CACHE_HOME=/a/folder/with/{MINIMUM_DISK >> 30}GiB",
    )


def check_memory() -> Check:
    """The memory is enough for two compiler jobs."""
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return Check(
        name="memory",
        ok=total >= MINIMUM_MEMORY,
        detail=f"{_gib(total)} (wanted: {_gib(MINIMUM_MEMORY)})",
        fix="build with --jobs 1, and add swap space or memory",
    )


def check_chromium() -> Check:
    """The browser tests drive Chromium through its own driver."""
    versions = {tool: _output(tool, "--version") for tool in ("chromium", "chromedriver")}
    missing = [tool for tool, output in versions.items() if output is None]
    if missing:
        return Check(
            name="chromium",
            ok=False,
            detail=f"{' and '.join(missing)} cannot be run",
            fix="apt-get install chromium chromium-driver",
        )
    numbers = [re.search(r"\d[\d.]*", output or "") for output in versions.values()]
    browser, driver = (number[0] if number else "?" for number in numbers)
    ok = browser.split(".")[0] == driver.split(".")[0]
    return Check(
        name="chromium",
        ok=ok,
        detail=f"{browser}, driver {driver}",
        fix="apt-get install --only-upgrade chromium chromium-driver",
    )


def check_firefox() -> Check:
    """The browser tests also run in Firefox."""
    output = _output("firefox-esr", "--version")
    if output is None:
        detail, fix = "firefox-esr cannot be run", "apt-get install firefox-esr"
        return Check(name="firefox", ok=False, detail=detail, fix=fix)
    return Check(name="firefox", ok=True, detail=output.removeprefix("Mozilla Firefox "))


def _output(*command: str, seconds: float | None = None) -> str | None:
    """The stripped output of a command; None if it is missing, fails or takes too long."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds or QUICK,
            text=True,
            errors="replace",
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _guarded(name: str, check: Callable[[], Check]) -> Check:
    """The result of ``check``; an exception counts as a failed check."""
    try:
        return check()
    except Exception as error:  # noqa: BLE001  (no exception may stop the other checks)
        return Check(name=name, ok=False, detail=f"could not be checked: {error}")


def _gib(size: int) -> str:
    return f"{size / 2**30:.1f} GiB"
