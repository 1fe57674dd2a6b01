"""Tells the person at the terminal what happens: a live line on a terminal, plain lines elsewhere."""

import time

from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from platform_core.config.supervisor.platform import PlatformOptions


class Display:
    """One step at a time, each with an optional fraction done.

    Attributes:
        notes: lines the ready panel shows below the addresses: how to log in; set by the demo.
    """

    def __init__(self, *, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)
        self._started_at = time.monotonic()
        self._live: Progress | None = None
        self._task: TaskID | None = None
        self._step = ""
        self.notes: list[str] = []

    def step(self, words: str, fraction: float | None = None) -> None:
        """Show the step at work; the same words again only move its bar."""
        if not self._console.is_terminal:
            if words != self._step:
                self._console.print(f"[{time.monotonic() - self._started_at:6.1f} s] {words}")
            self._step = words
            return
        live = self._live or self._begin()
        if words != self._step or self._task is None:
            if self._task is not None:
                live.update(self._task, total=1.0, completed=1.0)
            self._task = live.add_task(words, total=None)
            self._step = words
        if fraction is not None:
            live.update(self._task, total=1.0, completed=fraction)

    def _begin(self) -> Progress:
        self._live = Progress(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            TimeElapsedColumn(),
            console=self._console,
        )
        self._live.start()
        return self._live

    def warn(self, words: str) -> None:
        """Say something went wrong that the platform copes with."""
        self._console.print(f"! {words}")

    def ready(self, options: PlatformOptions) -> None:
        """Show the address and how to log in."""
        self.close()
        elapsed_s = time.monotonic() - self._started_at
        lines = [
            f"Pentaquark is ready after {elapsed_s:.0f} s.",
            "",
            f"Web        {options.web_url}",
            f"Inference  http://localhost:{options.port + 1}/v2   gRPC localhost:{options.port + 2}",
            *self.notes,
            "",
            "Ctrl-C stops every process.",
        ]
        self._console.print(Panel("\n".join(lines), expand=False))

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._live is not None:
            if self._task is not None:
                self._live.update(self._task, total=1.0, completed=1.0)
            self._live.stop()
            self._live = self._task = None
