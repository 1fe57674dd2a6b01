"""Rules, lists and policy of a detector, and their changes that wait for a second person."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from pentaquark.core.objects import Record

if TYPE_CHECKING:
    from pentaquark.aio.client import Client

_ALL = "/api/v1/fraud/detectors/"


class _Of(Record):
    """What belongs to one detector."""

    def __init__(self, client: "Client", detector: str, raw: dict[str, Any]) -> None:
        self._client, self._detector = client, detector
        super().__init__(raw)


class Change(_Of):
    """A change of what decides; `state` says if a second person must agree."""

    id: str
    kind: str
    state: str
    rule: str | None
    number: int
    mode: str
    reason: str
    asked_by: str | None
    decided_by: str | None
    created_at: str
    decided_at: str | None
    _shown = ("kind", "state", "rule", "number", "mode", "reason", "asked_by", "id")

    @property
    def path(self) -> str:
        """The change's address."""
        return f"{_ALL}{self._detector}/changes/{self.id}/"

    async def approve(self) -> Self:
        """Carry it out, as another person than who asked for it."""
        return self._take(await self._client.request("POST", f"{self.path}approve"))

    async def decline(self) -> Self:
        """End it; one's own is withdrawn."""
        return self._take(await self._client.request("POST", f"{self.path}decline"))


class Rule(_Of):
    """A condition and what follows where it is true."""

    id: str
    name: str
    mode: str
    live: int | None
    created_at: str
    versions: list[dict[str, Any]] | None
    statistics: dict[str, Any] | None
    _shown = ("name", "mode", "live", "created_at", "id")

    @property
    def path(self) -> str:
        """The rule's address."""
        return f"{_ALL}{self._detector}/rules/{self.id}/"

    async def refresh(self) -> Self:
        """Ask for the rule with its versions and what it hit in 30 days."""
        return self._take(await self._client.request("GET", self.path))

    async def write(self, text: str, action: str, *, note: str = "") -> Self:
        """Write a further version; what decides now stays until the new one is given a mode."""
        body = {"text": text, "action": action, "note": note}
        return self._take(await self._client.request("POST", f"{self.path}versions/", body=body))

    async def set_mode(self, mode: str, version: int, *, reason: str = "") -> Change:
        """Let a version count (`active`), be watched (`shadow`) or rest (`off`)."""
        body = {"mode": mode, "version": version, "reason": reason}
        raw = await self._client.request("POST", f"{self.path}mode", body=body)
        return Change(self._client, self._detector, raw)

    async def add_test(self, name: str, event: Mapping[str, Any], *, holds: bool) -> dict[str, Any]:
        """Keep an event and whether the rule must be true of it."""
        body = {"name": name, "event": dict(event), "holds": holds}
        return dict(await self._client.request("POST", f"{self.path}tests/", body=body))

    async def run_tests(self) -> dict[str, Any]:
        """Run the tests on the newest `version`; `results` says which passed."""
        return dict(await self._client.request("GET", f"{self.path}tests/"))

    async def remove_test(self, test_id: str) -> None:
        """Forget a test."""
        await self._client.request("DELETE", f"{self.path}tests/{test_id}/")

    async def delete(self) -> None:
        """Delete the rule, which must be off."""
        await self._client.request("DELETE", self.path)


class BackTest(_Of):
    """Rules tried on history; `result` is None until the job has ended."""

    id: str
    job: str | None
    state: str
    rules: list[dict[str, Any]]
    result: dict[str, Any] | None
    created_at: str
    _shown = ("state", "rules", "result", "created_at", "id")

    @property
    def path(self) -> str:
        """The back-test's address."""
        return f"{_ALL}{self._detector}/backtests/{self.id}/"

    async def wait(self, *, timeout_s: float | None = None, progress: bool | None = None) -> Self:
        """Wait for its job and take the result."""
        if self.job:
            job = await self._client.jobs.get(self.job)
            await job.wait(timeout_s=timeout_s, progress=progress)
        return self._take(await self._client.request("GET", self.path))


class Rules:
    """The rules of one detector."""

    def __init__(self, client: "Client", detector: str) -> None:
        self._client, self._detector = client, detector

    @property
    def path(self) -> str:
        """Address of the detector."""
        return f"{_ALL}{self._detector}/"

    async def list(self) -> AsyncIterator[Rule]:
        """Yield the rules, newest first."""
        async for row in self._client.pages(f"{self.path}rules/"):
            yield Rule(self._client, self._detector, row)

    async def get(self, rule_id: str) -> Rule:
        """Return a rule by its id."""
        raw = await self._client.request("GET", f"{self.path}rules/{rule_id}/")
        return Rule(self._client, self._detector, raw)

    async def create(self, name: str, text: str, action: str, *, note: str = "") -> Rule:
        """Write a rule; it is off until it is given a mode."""
        body = {"name": name, "text": text, "action": action, "note": note}
        raw = await self._client.request("POST", f"{self.path}rules/", body=body)
        return Rule(self._client, self._detector, raw)

    async def fields(self) -> dict[str, Any]:
        """Return the fields and functions that a rule can use."""
        return dict(await self._client.request("GET", f"{self.path}rules:check"))

    async def check(self, text: str, event: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Read a condition; with an event, `holds` says whether it is true of it."""
        body = {"text": text, **({} if event is None else {"event": dict(event)})}
        return dict(await self._client.request("POST", f"{self.path}rules:check", body=body))

    async def sets(self) -> AsyncIterator[dict[str, Any]]:
        """Yield the numbered sets that decided, newest first."""
        async for row in self._client.pages(f"{self.path}rule-sets/"):
            yield row

    async def back_test(self, *rules: Mapping[str, Any], wait: bool = True, **on: Any) -> BackTest:
        """Try rules (`name`, `text`, `action`) on history, a `dataset` or `own_decisions`."""
        body = {"rules": [dict(each) for each in rules]} | on
        raw = await self._client.request("POST", f"{self.path}backtests/", body=body)
        made = BackTest(self._client, self._detector, raw)
        return await made.wait() if wait else made

    async def back_tests(self) -> AsyncIterator[BackTest]:
        """Yield the back-tests, newest first."""
        async for row in self._client.pages(f"{self.path}backtests/"):
            yield BackTest(self._client, self._detector, row)

    async def changes(self) -> AsyncIterator[Change]:
        """Yield the changes of rules and policy, newest first."""
        async for row in self._client.pages(f"{self.path}changes/"):
            yield Change(self._client, self._detector, row)


class Lists:
    """Values of one detector that are blocked, let through or watched."""

    def __init__(self, client: "Client", detector: str) -> None:
        self._client, self._detector = client, detector

    @property
    def path(self) -> str:
        """Address of the lists."""
        return f"{_ALL}{self._detector}/lists/"

    async def entries(self, which: str | None = None) -> AsyncIterator[dict[str, Any]]:
        """Yield the entries of one list or all, newest first, their values masked."""
        async for row in self._client.pages(self.path, list=which):
            yield row

    async def add(self, which: str, entity: str, values: Sequence[str], **options: Any) -> int:
        """Put values of an entity's column on a list (`reason`, `expires_at`); return how many."""
        body = {"list": which, "entity": entity, "values": list(values)} | options
        return int((await self._client.request("POST", self.path, body=body))["added"])

    async def remove(self, entry_id: str) -> None:
        """Take a value off its list."""
        await self._client.request("DELETE", f"{self.path}{entry_id}/")


class Policies:
    """The versions of one detector's policy: from which score what is decided."""

    def __init__(self, client: "Client", detector: str) -> None:
        self._client, self._detector = client, detector

    @property
    def path(self) -> str:
        """Address of the policies."""
        return f"{_ALL}{self._detector}/policies/"

    async def list(self) -> AsyncIterator[dict[str, Any]]:
        """Yield the versions, newest first."""
        async for row in self._client.pages(self.path):
            yield row

    async def create(self, policy: Mapping[str, Any], *, note: str = "") -> dict[str, Any]:
        """Write a version; it decides nothing until it is activated."""
        body = {"policy": dict(policy), "note": note}
        return dict(await self._client.request("POST", self.path, body=body))

    async def activate(self, number: int, *, reason: str = "") -> Change:
        """Let a version decide."""
        body = {"reason": reason}
        raw = await self._client.request("POST", f"{self.path}{number}/activate", body=body)
        return Change(self._client, self._detector, raw)
