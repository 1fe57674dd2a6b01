"""Cases: payments that people look into, and what they found."""

import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pentaquark.aio.files import save
from pentaquark.core.objects import Record

if TYPE_CHECKING:
    from pentaquark.aio.client import Client

_ALL = "/api/v1/fraud/cases/"


class Case(Record):
    """A case; `refresh` brings its payments, notes and files."""

    id: str
    number: int
    detector: str
    state: str
    outcome: str
    expected_loss: float
    due_at: str
    is_late: bool
    assignee: str | None
    closed_by: str | None
    confirmed_by: str | None
    created_at: str
    closed_at: str | None
    payments: list[dict[str, Any]] | None
    notes: list[dict[str, Any]] | None
    attachments: list[dict[str, Any]] | None
    _shown = ("number", "detector", "state", "outcome", "expected_loss", "due_at", "assignee", "id")

    def __init__(self, client: "Client", raw: dict[str, Any]) -> None:
        self._client = client
        super().__init__(raw)

    @property
    def path(self) -> str:
        """The case's address."""
        return f"{_ALL}{self.id}/"

    async def refresh(self) -> Self:
        """Ask for the whole case; personal data is masked until revealed."""
        return self._take(await self._client.request("GET", self.path))

    async def timeline(self) -> list[dict[str, Any]]:
        """Return the customer's newest 200 decisions, newest first."""
        return list((await self._client.request("GET", f"{self.path}timeline"))["results"])

    async def links(self) -> dict[str, Any]:
        """Return the entities that share payments with the case: `nodes`, `edges`, `cut`."""
        return dict(await self._client.request("GET", f"{self.path}links"))

    async def report(self, to: str | os.PathLike[str]) -> Path:
        """Save the case as a PDF."""
        pieces = self._client.stream(f"{self.path}report")
        return await save(pieces, to, f"case-{self.number}.pdf")

    async def assign(self, member: str) -> Self:
        """Give the case to a member by e-mail; to nobody with an empty one."""
        body = {"member": member}
        await self._client.request("POST", f"{self.path}assign", body=body)
        return await self.refresh()

    async def note(self, text: str) -> dict[str, Any]:
        """Write a note."""
        return dict(await self._client.request("POST", f"{self.path}notes", body={"text": text}))

    async def attach(self, file: str | os.PathLike[str], *, content_type: str) -> dict[str, Any]:
        """Attach a file of up to 10 MiB."""
        content = Path(file).read_bytes()
        answer = await self._client.request(
            "POST",
            f"{self.path}attachments",
            params={"name": Path(file).name},
            content=lambda: content,
            headers={"Content-Type": content_type},
        )
        return dict(answer)

    async def download(self, attachment_id: str, to: str | os.PathLike[str]) -> Path:
        """Save an attached file; that it was read is audited."""
        pieces = self._client.stream(f"{self.path}attachments/{attachment_id}/")
        return await save(pieces, to, attachment_id)

    async def reveal(self, reason: str) -> Self:
        """Show the personal data for half an hour; the reason is audited."""
        body = {"reason": reason}
        return self._take(await self._client.request("POST", f"{self.path}reveal", body=body))

    async def close(self, outcome: str, *, reason: str = "") -> Self:
        """Close as fraud, genuine or unclear; a large case waits for a second person."""
        body = {"outcome": outcome, "reason": reason}
        await self._client.request("POST", f"{self.path}close", body=body)
        return await self.refresh()

    async def confirm(self) -> Self:
        """Close what somebody else proposed to close."""
        await self._client.request("POST", f"{self.path}confirm")
        return await self.refresh()

    async def reopen(self, *, reason: str = "") -> Self:
        """Take a proposal to close back."""
        await self._client.request("POST", f"{self.path}reopen", body={"reason": reason})
        return await self.refresh()


class Cases:
    """The organisation's cases."""

    def __init__(self, client: "Client") -> None:
        self._client = client

    async def get(self, case_id: str) -> Case:
        """Return a case by its id."""
        return Case(self._client, await self._client.request("GET", f"{_ALL}{case_id}/"))

    async def list(
        self, *, state: str | None = None, detector: str | None = None
    ) -> AsyncIterator[Case]:
        """Yield the cases, newest first."""
        async for row in self._client.pages(_ALL, state=state, detector=detector):
            yield Case(self._client, row)

    async def queue(self, *, detector: str | None = None, mine: bool = False) -> "Sequence[Case]":
        """Return the first 200 cases to be worked, of the largest expected loss first."""
        params = {"detector": detector, "mine": mine}
        found = await self._client.request("GET", "/api/v1/fraud/cases:queue", params=params)
        return [Case(self._client, row) for row in found["results"]]

    async def close(
        self, case_ids: Sequence[str], outcome: str, *, reason: str = ""
    ) -> "Sequence[Case]":
        """Close up to 200 cases the same way, all or none."""
        body = {"cases": [*case_ids], "outcome": outcome, "reason": reason}
        done = await self._client.request("POST", "/api/v1/fraud/cases:close", body=body)
        return [Case(self._client, row) for row in done["results"]]
