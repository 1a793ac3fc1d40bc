"""Leaves out the tests that compare with an image, of which FreeType 2.6.1 drew 36 MB."""

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # The parameter of Matplotlib's decorator image_comparison.
    compared = [item for item in items if "extension" in item.fixturenames]
    config.hook.pytest_deselected(items=compared)
    items[:] = [item for item in items if item not in compared]
