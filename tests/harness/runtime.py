"""What can a test do with a running Python, in a page or in Node?"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from textwrap import dedent
from typing import Any

TIMEOUT = 120  # seconds that a script may take; the first start on a busy machine is slow


class JavaScriptError(Exception):
    """A script threw, or its promise was rejected; the text is the error's message."""


class Runtime(ABC):
    """A JavaScript environment; most have a started ``pyodide``."""

    def run_js(self, code: str) -> Any:
        """Run ``code`` as the body of an async function, and return its result from JSON.

        Raises:
            JavaScriptError: the code threw.
        """
        outcome = json.loads(
            self._settle(
                f"(async () => {{ {dedent(code)}\n }})().then("
                "value => JSON.stringify({value: value === undefined ? null : value}),"
                "error => JSON.stringify({error: String(error?.message ?? error)}))"
            )
        )
        if "error" in outcome:
            raise JavaScriptError(outcome["error"])
        return outcome["value"]

    def run_python(self, code: str) -> Any:
        """``pyodide.runPython(code)``, dedented. Containers are converted, dicts to objects.

        Raises:
            JavaScriptError: the code raised; the message is Python's traceback.
        """
        return self.run_js(f"""
            const value = pyodide.runPython({json.dumps(dedent(code))});
            return value?.toJs?.({{ dict_converter: Object.fromEntries }}) ?? value;
        """)

    def run_python_async(self, code: str) -> Any:
        """``pyodide.runPythonAsync(code)``, which in 0.16 loads the packages of the imports."""
        return self.run_js(f"return await pyodide.runPythonAsync({json.dumps(dedent(code))});")

    @abstractmethod
    def _settle(self, promise: str) -> str:
        """The string to which the promise of a JavaScript expression resolves."""

    @abstractmethod
    def read_console(self) -> list[str]:
        """All lines of the console until now."""
