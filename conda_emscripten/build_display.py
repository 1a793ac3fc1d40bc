"""What does a build print while it runs?

This module shows the progress of recipes. A terminal has a live line for each running output.
Elsewhere, a line is printed at the start and at the end of each output. With ``--verbose``, every
line of the logs is printed.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from conda_emscripten.recipe import Output

#: The phases of a build in order, with the lines of py-rattler-build's log that begin them.
_PHASES = (
    ("sources", re.compile(r"Fetching source|Copying source")),
    ("environments", re.compile(r"  Platform: ")),
    ("building", re.compile(r"✔ Successfully updated the host environment")),
    ("packaging", re.compile(r"Copying done!|Writing metadata for package")),
    ("testing", re.compile(r"Testing \S+\.conda")),
)
_COLORS = {"failed": "red", "not built": "red"}
#: The longest line of a log that is printed, in characters.
_WIDTH = 120


@dataclass(kw_only=True)
class _Running:
    """A running recipe; ``estimate`` in seconds, None if the recipe was never built."""

    output: Output
    estimate: float | None
    started: float = field(default_factory=time.monotonic)
    phase: int = 0


class Display:
    """Prints a line when a recipe starts and when it ends; for logs and pipes."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def running(self, total: int) -> Iterator[None]:
        """Show the progress of ``total`` recipes until the block ends."""
        if total:
            noun = "recipe" if total == 1 else "recipes"
            self.message(f"{total} {noun} to build or to take from the cache")
        yield

    def start(self, output: Output, estimate: float | None) -> None:
        """Show that a build starts; ``estimate`` is the duration of the last build in seconds."""
        expected = f", about {_duration(estimate)}" if estimate else ""
        self._print(output, f"building {output.version}{expected}")

    def start_tests(self, output: Output) -> None:
        """Show that the tests of an earlier build start."""
        self._print(output, f"testing {output.version}")

    def line(self, output: Output, line: str) -> None:
        """Show a new line of a build's log."""

    def finish(self, output: Output, status: str, seconds: float) -> None:
        """Show the end of an output.

        ``status`` is ``failed``, ``not built``, or one of ``build_outcome.BuildResult``.
        """
        color = _COLORS.get(status, "green")
        self._print(output, f"[{color}]{status}[/{color}] in {seconds:.1f} s")

    def message(self, text: str) -> None:
        """Print a line that concerns no single output."""
        self._console.print(text, highlight=False, markup=False)

    def _print(self, output: Output, message: str) -> None:
        self._console.print(f"[bold]{output.label}[/bold] {message}", highlight=False)


class VerboseDisplay(Display):
    """Also prints every line of the logs, shortened to the width of a terminal."""

    def line(self, output: Output, line: str) -> None:
        if shown := line.rstrip():
            short = shown if len(shown) <= _WIDTH else f"{shown[: _WIDTH - 1]}…"
            self._print(output, f"[dim]{escape(short)}[/dim]")


class LiveDisplay(Display):
    """Shows a line for each running recipe at the bottom of a terminal."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._running: dict[Output, _Running] = {}
        self._done = self._total = 0

    @contextmanager
    def running(self, total: int) -> Iterator[None]:
        self._done, self._total = 0, total
        with Live(
            console=self._console,
            get_renderable=self._render,
            refresh_per_second=4,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        ):
            yield

    def start(self, output: Output, estimate: float | None) -> None:
        self._running[output] = _Running(output=output, estimate=estimate)

    def start_tests(self, output: Output) -> None:
        testing = len(_PHASES) - 1
        self._running[output] = _Running(output=output, estimate=None, phase=testing)

    def line(self, output: Output, line: str) -> None:
        running = self._running.get(output)
        if running is None:  # a line from another machine can arrive after the end of its build
            return
        for number, (_, pattern) in enumerate(_PHASES):
            if number > running.phase and pattern.match(line):
                running.phase = number

    def finish(self, output: Output, status: str, seconds: float) -> None:
        self._running.pop(output, None)
        self._done += 1
        super().finish(output, status, seconds)

    def _render(self) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        now = time.monotonic()
        for running in list(self._running.values()):
            elapsed = _duration(now - running.started)
            expected = f"of about {_duration(running.estimate)}" if running.estimate else ""
            name = Text(f"{running.output.label} {running.output.version}", style="bold")
            table.add_row(name, _PHASES[running.phase][0], elapsed, expected)
        done = Text(f"{self._done} of {self._total} recipes done", style="dim")
        return Group(table, done) if self._total else Text()


def open_display(console: Console, *, verbose: bool) -> Display:
    """The display that fits the console."""
    if verbose:
        return VerboseDisplay(console)
    return LiveDisplay(console) if console.is_terminal else Display(console)


def _duration(seconds: float) -> str:
    """A duration in a readable form: ``8 s``, ``2 min 05 s``, ``1 h 10 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"
