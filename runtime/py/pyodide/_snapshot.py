"""What does a snapshot need of Python before it is made, and after it is restored?

runtime/core/snapshot.js and restore.js call the functions with a text, and get a text. A restored
interpreter has the memory of the one that was saved: what depends on the place and the time of a
start is set here.
"""

import contextlib
import gc
import importlib
import json
import os
import sys
import time

TYPE_CHECKING = False  # importing typing takes as long as all the rest
if TYPE_CHECKING:
    from typing import Any


def prepare(_: str) -> str:
    """Release what JavaScript holds, so that the memory can be saved.

    Returns:
        A line for each reason for which the interpreter cannot be saved.
    """
    reasons = []
    if "_ssl" in sys.modules:
        reasons.append("the module _ssl is imported: copies of its random state would be secret")
    webloop: Any = sys.modules.get("pyodide.webloop")
    if webloop is not None:
        reasons += webloop.disconnect()
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        if stream is not None:
            stream.flush()
    gc.collect()
    return "\n".join(reasons)


def go_on(_: str) -> str:
    """Undo ``prepare`` in the interpreter that was saved."""
    webloop: Any = sys.modules.get("pyodide.webloop")
    if webloop is not None:
        webloop.connect()
    return ""


def resume(text: str) -> str:
    """Make the restored interpreter that of this start.

    Args:
        text: JSON of an object with the keys argv, orig_argv, runtime and environ ("name=value").
    """
    start = json.loads(text)
    sys.argv[:] = start["argv"]
    sys.orig_argv[:] = start["orig_argv"]
    os.environ.clear()
    os.environ.update(variable.split("=", 1) for variable in start["environ"])
    info: Any = vars(sys)["_emscripten_info"]
    fields = (info.emscripten_version, start["runtime"], info.pthreads, info.shared_memory)
    vars(sys)["_emscripten_info"] = type(info)(fields)
    _set_time_zone()
    _seed()
    if (logging := sys.modules.get("logging")) is not None:
        # Records have the time since the start.
        logging._startTime = time.time_ns()  # type: ignore[attr-defined]
    # importlib.invalidate_caches() imports importlib.metadata, and with it email and zipfile.
    sys.path_importer_cache.clear()
    if (metadata := sys.modules.get("importlib.metadata")) is not None:
        metadata.MetadataPathFinder.invalidate_caches()
    return go_on("")


def _set_time_zone() -> None:
    """Set the variables of the module ``time`` as its own start does (CPython's timemodule.c)."""
    year = (365 * 24 + 6) * 3600
    start = int(time.time()) // year * year
    zones = [time.localtime(start + half) for half in (0, year // 2)]
    january, july = [(-zone.tm_gmtoff, zone.tm_zone) for zone in zones]
    standard, daylight = (july, january) if january[0] < july[0] else (january, july)
    time.timezone, time.altzone = standard[0], daylight[0]
    time.daylight = int(standard[0] != daylight[0])
    time.tzname = (standard[1], daylight[1])


def _seed() -> None:
    """Seed the generators of random numbers that a start seeds. Copies would give equal numbers."""
    for name in ("random", "numpy.random"):
        if (module := sys.modules.get(name)) is not None:
            module.seed()
    for name, states in _STATES.items():
        if (module := sys.modules.get(name)) is not None:
            for state in states:
                setattr(module, state, None)


# Variables that these modules set from random numbers when they first need them.
_STATES = {"tempfile": ["_name_sequence"], "uuid": ["_node", "_last_timestamp"]}


def imported(_: str) -> str:
    """The imported modules of packages and of the standard library, in the order of their import.

    Returns:
        JSON of a list of names; "" if no module is of a package.
    """
    library = f"{sys.prefix.rstrip('/')}/lib/python{sys.version_info[0]}.{sys.version_info[1]}/"
    names = []
    is_of_package = False
    for name, module in [*sys.modules.items()]:
        origin = getattr(getattr(module, "__spec__", None), "origin", None)
        own = name.partition(".")[0] in ("pyodide", "__main__")
        if isinstance(origin, str) and origin.startswith(library) and not own:
            names.append(name)
            is_of_package |= origin.startswith(f"{library}site-packages/")
    return json.dumps(names) if is_of_package else ""


def import_all(text: str) -> None:
    """Import the modules of ``imported``. One that cannot be imported is left out."""
    for name in json.loads(text):
        with contextlib.suppress(Exception):
            importlib.import_module(name)
