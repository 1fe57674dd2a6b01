"""Progress bars in a terminal and in a notebook; silent in a pipe or when switched off."""

import sys
from types import TracebackType
from typing import Any, Self


class Progress:
    """One bar: `with Progress("train.csv", total=1e9) as bar: bar.to(5e8)`.

    Args:
        title: what goes on.
        total: what `to` counts up to.
        is_shown: None shows it where a person looks on.
        in_bytes: show speed and sizes.
    """

    def __init__(
        self,
        title: str,
        *,
        total: float = 1.0,
        is_shown: bool | None = None,
        in_bytes: bool = False,
    ) -> None:
        self._title, self._total, self._in_bytes = title, total, in_bytes
        self._is_shown = somebody_looks() if is_shown is None else is_shown
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Self:
        if self._is_shown:
            self._bar = _bar(in_bytes=self._in_bytes)
            self._bar.start()
            self._task = self._bar.add_task(self._title, total=self._total, words="")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def to(self, done: float, words: str = "") -> None:
        """Move the bar."""
        if self._bar is not None:
            self._bar.update(self._task, completed=done, words=words[:60])


def somebody_looks() -> bool:
    """Say whether a terminal or a notebook shows what is printed."""
    return sys.stderr.isatty() or "ipykernel" in sys.modules


def _bar(*, in_bytes: bool) -> Any:
    from rich.console import Console  # noqa: PLC0415  (the import of this library stays quick)
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        DownloadColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TransferSpeedColumn,
    )

    middle = [DownloadColumn(), TransferSpeedColumn()] if in_bytes else [TaskProgressColumn()]
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        *middle,
        TimeElapsedColumn(),
        TextColumn("{task.fields[words]}", markup=False),
        console=Console(stderr="ipykernel" not in sys.modules),
    )
