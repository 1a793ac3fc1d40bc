"""The object to which ``loadPyodide`` resolves (runtime/js/api.ts)."""

from typing import Any

def __getattr__(name: str) -> Any: ...
