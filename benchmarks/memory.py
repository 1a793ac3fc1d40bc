"""Reads the resident memory of a Chromium's pages from Linux's /proc (proc(5))."""

from __future__ import annotations

import re
from pathlib import Path

_PROC = Path("/proc")


class Renderers:
    """The processes of a browser that run pages. Results are the sum of their resident bytes."""

    def __init__(self, driver: int) -> None:
        """Find the processes below `driver`, the id of the process that started the browser."""
        children: dict[int, list[int]] = {}
        for folder in _PROC.glob("[0-9]*"):
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue  # the process has ended
            children.setdefault(parent, []).append(int(folder.name))
        found = [driver]
        for process in found:
            found.extend(children.get(process, []))
        self._folders = [
            folder
            for folder in (_PROC / str(process) for process in found)
            if b"--type=renderer" in (folder / "cmdline").read_bytes()
        ]

    def start(self) -> int:
        """Reset the peak, and return the current bytes."""
        for folder in self._folders:
            (folder / "clear_refs").write_text("5")  # resets VmHWM
        return self.now()

    def now(self) -> int:
        return self._sum("VmRSS")

    def peak(self) -> int:
        return self._sum("VmHWM")

    def _sum(self, key: str) -> int:
        pattern = re.compile(rf"^{key}:\s+(\d+) kB$", re.MULTILINE)
        found = [pattern.search((folder / "status").read_text()) for folder in self._folders]
        return sum(int(match[1]) * 1024 for match in found if match)
