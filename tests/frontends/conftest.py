"""Which fixtures do the tests of front ends share? Those of tests/harness, and the front ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.frontends import installed
from tests.harness.built import require


@pytest.fixture(scope="session")
def frontend_modules() -> Path:
    """The folder ``node_modules`` with the front ends of package.json."""
    return _or_skip(installed.node_modules)


@pytest.fixture(scope="session")
def frontend_python() -> Path:
    """The folder of the programs of requirements.txt: ``python``, ``jupyter-lite``, ``panel``."""
    return _or_skip(installed.python)


@pytest.fixture(scope="session")
def npm_package() -> Path:
    """``frontend_modules / "pyodide"``, which npm has installed from build/npm."""
    folder = installed.NPM_PACKAGE
    require((folder / "package.json").is_file(), "no build/npm: run make quickstart")
    return _or_skip(installed.npm_package)


def _or_skip(install: Callable[[], Path]) -> Path:
    try:
        return install()
    except installed.NotInRegistryError as error:
        pytest.skip(reason=str(error))
