# made of pentaquark/aio by sdk/generate.py: change that
"""Decisions about payments, and the scoring of whole data sets."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pentaquark.core.objects import Record
from pentaquark.sync.files import save

if TYPE_CHECKING:
    from pentaquark.sync.client import Client


class Decision(Record):
    """What was decided about an event; a list leaves out why, which `refresh` asks for.

    `id` is None for a dry run, which is kept nowhere.
    """

    id: str | None
    event_id: str
    decision: str
    score: float | None
    decided_by: str
    fallback: bool
    version: str
    decided_at: str
    reasons: list[dict[str, Any]] | None
    features: dict[str, Any] | None
    rule_hits: list[dict[str, Any]] | None
    _shown = ("event_id", "decision", "score", "decided_by", "version", "decided_at", "id")

    def __init__(self, client: "Client", raw: dict[str, Any]) -> None:
        self._client = client
        super().__init__(raw)

    @property
    def path(self) -> str:
        """The decision's address."""
        return f"/api/v1/fraud/decisions/{self.id}/"

    def refresh(self) -> Self:
        """Ask for the whole decision; `raw` then has the event, contributions and versions too."""
        return self._take(self._client.request("GET", self.path))

    def replay(self) -> dict[str, Any]:
        """Decide again by the versions of that moment: `same`, `differs`, `then` and `now`."""
        path = f"/api/v1/fraud/decisions/{self.id}/replay"
        return dict(self._client.request("POST", path))


class Scoring(Record):
    """The scores of a whole data set."""

    id: str
    dataset: str
    target: str | None
    target_name: str
    rows: int
    job: str | None
    state: str
    created_at: str
    _shown = ("target_name", "state", "rows", "created_at", "id")

    def __init__(self, client: "Client", detector: str, raw: dict[str, Any]) -> None:
        self._client, self._detector = client, detector
        super().__init__(raw)

    @property
    def path(self) -> str:
        """The scoring's address."""
        return f"/api/v1/fraud/detectors/{self._detector}/scores/{self.id}/"

    def refresh(self) -> Self:
        """Ask how the scoring stands."""
        return self._take(self._client.request("GET", self.path))

    def wait(self, *, timeout_s: float | None = None, progress: bool | None = None) -> Self:
        """Wait for its job; `target` is then the data set of the scores, which may still be read in."""
        if self.job:
            job = self._client.jobs.get(self.job)
            job.wait(timeout_s=timeout_s, progress=progress)
        return self.refresh()

    def download(self, to: str | os.PathLike[str]) -> Path:
        """Save id, time and score of each row as CSV; the file appears when it is whole."""
        pieces = self._client.stream(f"{self.path}download")
        return save(pieces, to, f"{self.target_name or 'scores'}.csv")
