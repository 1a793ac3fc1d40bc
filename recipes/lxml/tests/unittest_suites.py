"""Makes pytest run what the modules' `test_suite` functions put together for unittest.

That is without the base classes that pytest would find, and with the documentation's examples.
"""

from __future__ import annotations

import importlib
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

SOURCE = Path("src").resolve()


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> Suite:
    return Suite.from_parent(parent, path=module_path)


class Suite(pytest.File):
    """The tests of a module."""

    def collect(self) -> Iterator[Case]:
        name = ".".join(self.path.relative_to(SOURCE).with_suffix("").parts)
        for test in flatten(importlib.import_module(name).test_suite()):
            short = test.id().removeprefix(f"{name}.").replace(".", "::")
            yield Case.from_parent(self, name=short, test=test)


class Case(pytest.Item):
    def __init__(self, *, test: unittest.TestCase, **rest: Any) -> None:
        super().__init__(**rest)
        self.test = test

    def runtest(self) -> None:
        # The method of the base class: doctest's own tells nothing about a failure.
        unittest.TestCase.debug(self.test)


def flatten(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flatten(test)
        else:
            yield test
