"""What does a small snapshot of an interpreter look like?"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from conda_emscripten.json_formats import LOCK_VERSION
from conda_emscripten.snapshot_file import BLOCK, MAGIC

PAGE = 4096


def snapshot(raw: bytes, lock: Any = None, *, today: bool = True) -> bytes:
    """A snapshot of a memory, as ``pyodide.snapshot()`` writes it."""
    lock = lock or {
        "version": LOCK_VERSION,
        "platform": "emscripten-wasm32",
        "specs": [],
        "packages": [],
    }
    head = {
        "version": 1,
        "core": "0" * 64,
        "lock": lock,
        "state": {"today": today},
        "pages": {
            "runs": [[0, len(raw) // PAGE]],
            "blocks": [len(raw[start : start + BLOCK]) for start in range(0, len(raw), BLOCK)],
            "sha256": hashlib.sha256(raw).hexdigest(),
        },
    }
    text = json.dumps(head).encode()
    digest = hashlib.sha256(text).digest()
    return MAGIC + len(text).to_bytes(4, "little") + digest + text + raw
