"""JavaScript's global object (runtime/core/main.js)."""

from typing import Any

def __getattr__(name: str) -> Any: ...
