"""How do the fuzz tests damage valid files?

This module has Hypothesis strategies for mutations of bytes and of parsed JSON, and the limits of
time and memory of a reader.
"""

from __future__ import annotations

import contextlib
import copy
import os
import resource
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

#: Thousands of inputs for each kind of file; see CONTRIBUTING.md.
THOUSANDS = float(os.environ.get("CONDA_EMSCRIPTEN_FUZZ", "0.2"))

#: Seconds of processor time that a reader may need for an input; others share the machine.
MOST_TIME = 20
#: Bytes that a reader may allocate beyond those of the process.
MOST_MEMORY = 2 << 30

#: Values of length fields that a reader must not believe.
_EXTREME = [
    *(0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000),
    *(0xFFFFFFF0, 0xFFFFFFFF, 1 << 32, (1 << 53) + 1, (1 << 63) - 1, (1 << 64) - 1),
]


def inputs(share: int) -> settings:
    """The settings of a test that gets ``share`` of each thousand inputs.

    By default the inputs are the same in each run. A long run has others each time, and prints
    how to repeat a failure.
    """
    return settings(
        max_examples=max(1, int(share * THOUSANDS)),
        derandomize=THOUSANDS < 1,
        database=None,
        deadline=None,  # `limited` has one for each reader
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )


@contextlib.contextmanager
def limited() -> Iterator[None]:
    """End a reader that takes too long, and refuse memory beyond ``MOST_MEMORY``.

    Raises:
        TimeoutError: the block took ``MOST_TIME`` seconds.
        MemoryError: the block wanted more memory.
    """

    def stop(*_: object) -> None:
        raise TimeoutError(f"the reader took {MOST_TIME} s")

    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
        used = int(file.read().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + MOST_MEMORY, before[1]))
    handler = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, MOST_TIME)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, handler)
        resource.setrlimit(resource.RLIMIT_AS, before)


@dataclass(frozen=True)
class Mutation:
    """A change of bytes: ``at`` and ``source`` are places, as remainders by the length."""

    kind: str
    at: int
    size: int
    source: int
    some: bytes

    def apply(self, data: bytes) -> bytes:
        if not data:
            return data
        at = self.at % len(data)
        changed = bytearray(data)
        match self.kind:
            case "flip":
                changed[at] ^= 1 << self.size % 8
            case "write":
                changed[at : at + len(self.some)] = self.some
            case "end":
                del changed[at:]
            case "start":
                del changed[:at]
            case "remove":
                del changed[at : at + self.size]
            case "repeat":
                changed[at:at] = data[at : at + self.size] * (1 + self.source % 40)
            case "copy":
                part = data[self.source % len(data) :][: self.size]
                changed[at : at + len(part)] = part
            case "number":
                value = _EXTREME[self.source % len(_EXTREME)]
                width = (1, 2, 4, 8)[self.size % 4]
                order: Any = "little" if self.size % 8 < 4 else "big"
                changed[at : at + width] = (value % (1 << 8 * width)).to_bytes(width, order)
        return bytes(changed)


_PLACES = st.integers(0, 2**31)
_KINDS = ["flip", "flip", "write", "end", "start", "remove", "repeat", "copy", "number", "number"]


def mutations() -> st.SearchStrategy[list[Mutation]]:
    """One to four changes of bytes."""
    sizes = st.one_of(st.integers(0, 8), st.integers(0, 600))
    some = st.binary(min_size=1, max_size=6)
    one = st.builds(Mutation, st.sampled_from(_KINDS), _PLACES, sizes, _PLACES, some)
    return st.lists(one, min_size=1, max_size=4)


def mutated(data: bytes, changes: list[Mutation]) -> bytes:
    for change in changes:
        data = change.apply(data)
    return data


_STRANGE: list[Any] = [
    *(None, True, False, 0, -1, 1.5, 1e300, float("inf"), 2**53, 2**64, 10**400, "", "/", ".."),
    *("../../x", "a\0b", "__proto__", "http://[", "\ud800", [], {}, [None], [[]], {"": None}),
]
_JSON_KINDS = ["replace", "replace", "delete", "rename", "copy", "wrap"]


@dataclass(frozen=True)
class JsonMutation:
    """A change of one key or item of parsed JSON; the numbers are places, as remainders."""

    kind: str
    container: int
    key: int
    other: int
    value: Any

    def apply(self, whole: Any) -> Any:
        containers = list(_containers(whole))
        if not containers:
            return copy.deepcopy(self.value)
        target = containers[self.container % len(containers)]
        keys = list(target) if isinstance(target, dict) else list(range(len(target)))
        if not keys:
            return whole
        key = keys[self.key % len(keys)]
        match self.kind:
            case "replace":
                target[key] = copy.deepcopy(self.value)
            case "delete":
                del target[key]
            case "copy":
                target[key] = copy.deepcopy(target[keys[self.other % len(keys)]])
            case "wrap":
                target[key] = [target[key]]
            case "rename":
                if isinstance(target, dict):
                    target[str(self.value)] = target.pop(key)
        return whole


def _containers(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        yield value
        for item in value.values() if isinstance(value, dict) else value:
            yield from _containers(item)


def json_mutations() -> st.SearchStrategy[list[JsonMutation]]:
    """One to four changes of parsed JSON."""
    scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
    values = st.sampled_from(_STRANGE) | scalars
    one = st.builds(JsonMutation, st.sampled_from(_JSON_KINDS), _PLACES, _PLACES, _PLACES, values)
    return st.lists(one, min_size=1, max_size=4)


def mutated_json(content: Any, changes: list[JsonMutation]) -> Any:
    content = copy.deepcopy(content)
    for change in changes:
        content = change.apply(content)
    return content


def refused(read: Callable[[], object], error: type[Exception]) -> bool:
    """Whether a reader refuses its input with ``error`` and a message; other errors are raised."""
    with limited():
        try:
            read()
        except error as refusal:
            message = str(refusal).strip()
        else:
            return False
    assert message, "the message is empty"
    return True
