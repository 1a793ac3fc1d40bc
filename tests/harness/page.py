"""What can a test do with a page in any browser?"""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path

from tests.harness.runtime import TIMEOUT as TIMEOUT
from tests.harness.runtime import JavaScriptError as JavaScriptError
from tests.harness.runtime import Runtime

INSECURE_HOST = "insecure.test"
"""Leads to this machine; browsers do not trust pages from there as they do those from localhost."""


class Page(Runtime):
    """One tab of a browser.

    Attributes:
        console: the lines of the page's console up to the last ``read_console``.
    """

    console: list[str]

    @abstractmethod
    def press(self, keys: str, *, control: bool = False) -> None:
        """Press keys one by one; special keys are selenium's, for example ``Keys.ENTER``."""

    @abstractmethod
    def screenshot(self, path: Path) -> None:
        """Save a screenshot of the tab as a PNG."""

    @abstractmethod
    def close(self) -> None:
        """Close the tab."""
