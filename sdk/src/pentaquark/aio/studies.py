"""Studies: search the best settings of a training; the best trial's are trained and registered."""

from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any, Self

from pentaquark.core.objects import Record

if TYPE_CHECKING:
    from pentaquark.aio.client import Client

_ALL = "/api/v1/studies/"


class Study(Record):
    """A search over the settings of a training; `raw["trials"]` is the most it may try."""

    id: str
    name: str
    job: str | None
    state: str
    progress: float
    message: str
    metric: str
    direction: str
    complete: int
    pruned: int
    failed: int
    best: dict[str, Any] | None
    importance: dict[str, float]
    training: str | None
    version: int | None
    created_at: str
    _shown = ("name", "state", "metric", "complete", "pruned", "failed", "best", "importance", "id")

    def __init__(self, client: "Client", raw: dict[str, Any]) -> None:
        self._client = client
        super().__init__(raw)

    @property
    def path(self) -> str:
        """The study's address."""
        return f"{_ALL}{self.id}/"

    async def refresh(self) -> Self:
        """Ask how the study stands."""
        return self._take(await self._client.request("GET", self.path))

    async def wait(self, *, timeout_s: float | None = None, progress: bool | None = None) -> Self:
        """Wait for its job; `best` and `importance` are then final."""
        if self.job:
            job = await self._client.jobs.get(self.job)
            await job.wait(timeout_s=timeout_s, progress=progress)
        return await self.refresh()

    async def trials(self) -> AsyncIterator[dict[str, Any]]:
        """Yield the trials that have ended, newest first: state, value, parameters, curve, seconds."""
        async for row in self._client.pages(f"{self.path}trials/"):
            yield row


class Studies:
    """The organisation's studies."""

    def __init__(self, client: "Client") -> None:
        self._client = client

    async def get(self, study_id: str) -> Study:
        """Return a study by its id."""
        return Study(self._client, await self._client.request("GET", f"{_ALL}{study_id}/"))

    async def list(self, *, name: str | None = None) -> AsyncIterator[Study]:
        """Yield the studies, newest first, of one model where it is named."""
        async for row in self._client.pages(_ALL, name=name):
            yield Study(self._client, row)

    async def create(
        self,
        name: str,
        training: Mapping[str, Any],
        space: Mapping[str, Any],
        *,
        wait: bool = True,
        **options: Any,
    ) -> Study:
        """Search the best settings of a training.

        Args:
            name: of the study and the model.
            training: what every trial varies: the body of a training without its name.
            space: setting -> {type, low, high, log, step} or {type, choices}.
            wait: False returns as soon as the search is queued.
            options: metric, direction, trials, budget_s, pruner, sampler, seed.
        """
        body = {"name": name, "training": dict(training), "space": dict(space)} | options
        made = Study(self._client, await self._client.request("POST", _ALL, body=body))
        return await made.wait() if wait else made
