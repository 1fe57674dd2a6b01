"""A job's log: what its process prints, cut into bounded lines, without secrets."""

import threading
from collections import deque
from typing import IO

from platform_core.jobs.models import Attempt, Job, LogLine
from platform_core.jobs.policy import POLICY
from platform_core.jobs.redaction import known_secrets, redact

_PENDING = 2000
_FULL = "The log is full; further lines are not kept."


class LineCutter:
    """Cuts a stream of bytes into lines of at most 4 kB; the rest of a longer one is dropped.

    A carriage return ends a line too: a progress bar shows its newest state.
    """

    def __init__(self, limit: int = POLICY.log_line_bytes) -> None:
        self._limit = limit
        self._tail = b""
        self._cut = False

    def feed(self, chunk: bytes) -> list[str]:
        """Return the lines that `chunk` completes."""
        *whole, tail = (self._tail + chunk).replace(b"\r", b"\n").split(b"\n")
        lines = [self._line(raw, first=index == 0) for index, raw in enumerate(whole)]
        if whole:
            self._cut = False
        self._cut = self._cut or len(tail) > self._limit
        self._tail = tail[: self._limit]
        return [line for line in lines if line]

    def rest(self) -> list[str]:
        """Return what is left at the end of the stream."""
        line = self._line(self._tail, first=True)
        return [line] if line else []

    def _line(self, raw: bytes, *, first: bool) -> str:
        cut = len(raw) > self._limit or (first and self._cut)
        text = raw[: self._limit].decode(errors="replace")
        shown = "".join(c for c in text if c.isprintable() or c == "\t").rstrip()
        return shown + " …" if cut else shown


class LogPump:
    """Reads a job's output in a thread, so that the job never waits, and stores it in batches."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._pending: deque[str] = deque()
        self._dropped = 0
        self._secrets = known_secrets()
        self._stored: int | None = None
        self._thread = threading.Thread(target=self._read, name="job-log", daemon=True)
        self._thread.start()

    def _read(self) -> None:
        cutter = LineCutter()
        while chunk := self._stream.read1(65536):  # type: ignore[attr-defined]
            self._note(cutter.feed(chunk))
        self._note(cutter.rest())

    def _note(self, lines: list[str]) -> None:
        room = max(_PENDING - len(self._pending), 0)
        self._pending.extend(lines[:room])
        self._dropped += len(lines[room:])

    def add(self, line: str) -> None:
        """Add a line of the worker's own."""
        self._pending.append(line)

    def finish(self) -> None:
        """Wait briefly for the last lines of a process that ended."""
        self._thread.join(timeout=2)

    def store(self, attempt: Attempt) -> None:
        """Write the pending lines, unless a newer attempt owns the job."""
        lines = [self._pending.popleft() for _ in range(len(self._pending))]
        if self._dropped:
            lines.append(f"({self._dropped:,} lines came too fast and were dropped)")
            self._dropped = 0
        if lines and Job.objects.filter(pk=attempt.job_id, fence=attempt.token).exists():
            self._insert(attempt, lines)

    def _insert(self, attempt: Attempt, lines: list[str]) -> None:
        if self._stored is None:
            self._stored = LogLine.objects.filter(job_id=attempt.job_id).count()
        room = POLICY.log_lines - self._stored
        if room <= 0:
            return
        kept = lines if len(lines) < room else [*lines[: room - 1], _FULL]
        self._stored += len(kept)
        LogLine.objects.bulk_create(
            LogLine(
                job_id=attempt.job_id,
                attempt_number=attempt.number,
                text=redact(line, self._secrets),
            )
            for line in kept
        )
