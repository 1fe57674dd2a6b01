# made of pentaquark/aio by sdk/generate.py: change that
"""Jobs: watch, read logs and curves, cancel, retry."""

import time
from collections.abc import Iterator
from time import monotonic
from typing import TYPE_CHECKING, Any, Self

from pentaquark.core.errors import JobFailedError, WaitTimeoutError
from pentaquark.core.objects import Record
from pentaquark.core.progress import Progress

if TYPE_CHECKING:
    from pentaquark.sync.client import Client

ENDED = frozenset({"succeeded", "failed", "cancelled"})


class Job(Record):
    """Work on the platform's queue; it goes on when this program ends."""

    id: str
    kind: str
    title: str
    subject: str
    state: str
    progress: float
    message: str
    metrics: dict[str, float]
    error: Any
    result: Any
    priority: int
    cancel_requested: bool
    submitted_by: str
    created_at: str
    started_at: str | None
    finished_at: str | None
    _shown = ("title", "subject", "state", "progress", "message", "metrics", "error", "id")

    def __init__(self, client: "Client", raw: dict[str, Any]) -> None:
        self._client = client
        super().__init__(raw)

    @property
    def has_ended(self) -> bool:
        """Whether nothing changes any more."""
        return self.state in ENDED

    @property
    def path(self) -> str:
        """The job's address."""
        return f"/api/v1/jobs/{self.id}/"

    def refresh(self) -> Self:
        """Ask how the job stands."""
        return self._take(self._client.request("GET", self.path))

    def watch(self, *, timeout_s: float | None = None) -> Iterator["Job"]:
        """Yield the job now and whenever something of it changed, until it has ended.

        Raises:
            WaitTimeoutError: it took longer than `timeout_s`.
        """
        deadline = None if timeout_s is None else monotonic() + timeout_s
        seen: Any = None
        pause = 0.2
        while True:
            self.refresh()
            now = (self.state, self.progress, self.message, self.metrics)
            if now != seen:
                yield self
            if self.has_ended:
                return
            pause = 0.2 if now != seen else min(pause * 1.4, 2.0)
            seen = now
            if deadline is not None and monotonic() + pause > deadline:
                raise WaitTimeoutError(
                    f"Job {self.id} has not ended after {timeout_s:g} s ({self.state}).",
                    remedy=f"It goes on: `pq job watch {self.id}` shows how it stands.",
                )
            time.sleep(pause)

    def wait(self, *, timeout_s: float | None = None, progress: bool | None = None) -> Self:
        """Wait until the job has succeeded, with a progress bar where somebody looks on.

        Raises:
            JobFailedError: it failed or was cancelled; the words are the platform's.
            WaitTimeoutError: it took longer than `timeout_s`.
        """
        with Progress(self.title or self.kind, is_shown=progress) as bar:
            for each in self.watch(timeout_s=timeout_s):
                bar.to(each.progress, f"{each.state} {each.message}")
        if self.state != "succeeded":
            words, remedy = _words(self.error)
            said = f": {words}" if words else "."
            raise JobFailedError(
                f"{self.title or self.kind} {self.state}{said}", remedy=remedy, job=self
            )
        return self

    def logs(self, *, follow: bool = False) -> Iterator[str]:
        """Yield the lines of the log; with `follow` until the job has ended."""
        after = 0
        while True:
            ended = not follow or (self.refresh()).has_ended
            page = self._client.request("GET", f"{self.path}log/", params={"after": after})
            for line in page["lines"]:
                yield line["text"]
            if not page["lines"]:
                if ended:
                    return
                time.sleep(1.0)
            after = page["next"]

    def curves(self) -> dict[str, dict[str, list[float]]]:
        """Return the curves of the training: name -> {steps, values}."""
        return dict((self._client.request("GET", f"{self.path}metrics/"))["curves"])

    def cancel(self) -> Self:
        """Cancel at once while queued, else ask the running attempt to stop."""
        return self._take(self._client.request("POST", f"{self.path}cancel/"))

    def retry(self) -> Self:
        """Queue a failed or cancelled job again, from its checkpoint."""
        return self._take(self._client.request("POST", f"{self.path}retry/"))

    def set_priority(self, priority: int) -> Self:
        """Let it run before those of lower priority (-100 to 100)."""
        body = {"priority": priority}
        return self._take(self._client.request("POST", f"{self.path}priority/", body=body))


class Jobs:
    """The organisation's jobs."""

    def __init__(self, client: "Client") -> None:
        self._client = client

    def get(self, job_id: str) -> Job:
        """Return a job by its id."""
        return Job(self._client, self._client.request("GET", f"/api/v1/jobs/{job_id}/"))

    def list(self, *, state: str | None = None, kind: str | None = None) -> Iterator[Job]:
        """Yield the jobs, newest first."""
        for row in self._client.pages("/api/v1/jobs/", state=state, kind=kind):
            yield Job(self._client, row)


def _words(error: Any) -> tuple[str, str]:
    """Return what went wrong and the remedy of a job's error."""
    if isinstance(error, dict):
        detail = str(error.get("detail") or error.get("message") or error.get("reason") or "")
        return detail, str(error.get("remedy") or "")
    return str(error or ""), ""
