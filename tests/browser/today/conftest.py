"""Which fixtures do the tests of today's API share?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.server import other_origin, running


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a folder of wheels, and the folder."""
    folder = tmp_path_factory.mktemp("wheels")
    with running(other_origin(folder)) as address:
        yield address, folder
