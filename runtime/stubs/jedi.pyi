"""What pyodide uses of the package jedi, which has no type hints of its own interface."""

from collections.abc import Mapping, Sequence
from typing import Any

class Completion:
    name: str
    def get_completion_prefix_length(self) -> int: ...

class Interpreter:
    def __init__(self, code: str, namespaces: Sequence[Mapping[str, Any]]) -> None: ...
    def complete(self) -> list[Completion]: ...
