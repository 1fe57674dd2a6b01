"""What callers ask of models besides predictions: description, readiness, statistics, loading, unloading."""

from collections.abc import Iterator

from platform_core.accounts.api import Actor
from platform_core.audit import api as audit
from platform_core.serving.models import Endpoint
from platform_core.serving.protocol import describing
from platform_core.serving.protocol.describing import Document, Signature, Usage
from platform_core.serving.runtime.cache import ModelCache
from platform_core.serving.runtime.callers import Caller
from platform_core.serving.runtime.database import DatabaseThreads
from platform_core.serving.runtime.directory import Directory
from platform_core.serving.runtime.refusals import Refusal
from platform_core.serving.runtime.traffic import Arm
from platform_core.serving.runtime.versions import FAILED, READY, RETIRED, LoadedVersion

_ON_DEMAND = "not in memory; the next request loads it"


class Catalogue:
    """The endpoints of callers' organisations, as the protocol's model repository."""

    def __init__(self, directory: Directory, cache: ModelCache, writers: DatabaseThreads) -> None:
        """Describe what `directory` knows and `cache` holds; `writers` write audit entries."""
        self._directory, self._cache, self._writers = directory, cache, writers

    async def metadata(self, caller: Caller, name: str, number: str) -> Document:
        """Return the description of a model.

        Raises:
            Refusal: 403, 404 or 503.
        """
        entry = await self._view(caller, name, number)
        return describing.metadata(name, [entry.key.number], _signature(entry))

    async def configuration(self, caller: Caller, name: str, number: str) -> Document:
        """Return the configuration of a model.

        Raises:
            Refusal: 403, 404 or 503.
        """
        entry = await self._view(caller, name, number)
        return describing.configuration(name, [entry.key.number], _signature(entry))

    async def check_ready(self, caller: Caller, name: str, number: str) -> None:
        """Return when the model can answer; loads it if it was not in memory.

        Raises:
            Refusal: 403, 404 or 503.
        """
        await self._view(caller, name, number)

    async def statistics(self, caller: Caller, name: str, number: str) -> Document:
        """Return the statistics of one model, or of all in memory when `name` is empty.

        Raises:
            Refusal: 403, 404 or 503.
        """
        if name:
            entries = [(name, await self._view(caller, name, number))]
        else:
            _may_look(caller)
            entries = list(self._in_memory(caller.organisation_id))
        return {
            "model_stats": [
                describing.statistics(name, entry.key.number, _usage(entry))
                for name, entry in entries
            ]
        }

    def index(self, caller: Caller, *, ready_only: bool) -> list[Document]:
        """Return every endpoint of the caller's organisation with the state of its versions.

        Raises:
            Refusal: 403.
        """
        _may_look(caller)
        held = {entry.key.id: entry for entry in self._cache.entries}
        rows = [
            _row(name, arm, held.get(arm.active.id) if arm.active is not None else None)
            for name, arm in self._arms(caller.organisation_id)
        ]
        unique = {(row["name"], row.get("version", "")): row for row in rows}
        return [row for row in unique.values() if row["state"] == "READY" or not ready_only]

    async def load(self, caller: Caller, name: str) -> None:
        """Load what an endpoint answers with now, rather than at the next request.

        Raises:
            Refusal: 403, 404, or 503 with the reason it cannot be loaded.
        """
        await self._decide(caller, "endpoint.load", name)
        await self._directory.find((caller.organisation_id, name))
        for arm in self._arms_of(caller, name):
            if arm.active is not None:
                await self._cache.load(arm.active)

    async def unload(self, caller: Caller, name: str) -> None:
        """Free the memory of an endpoint's versions; the next request loads them again.

        Raises:
            Refusal: 403, 404.
        """
        await self._decide(caller, "endpoint.unload", name)
        for arm in self._arms_of(caller, name):
            if arm.active is not None:
                self._cache.retire(arm.active)

    async def _decide(self, caller: Caller, action: str, name: str) -> None:
        """Check the permission and write the audit entry.

        The web process has done both before it asks over its own socket.
        """
        if caller.actor is None:
            return
        if not caller.actor.can("endpoint.manage"):
            raise Refusal(403, "This API key's scope does not allow managing endpoints.")
        known = "\0" not in name and await self._writers.call(_record, caller.actor, action, name)
        if not known:
            raise Refusal(404, f"Your organisation has no endpoint “{name[:63]}”.")

    async def _view(self, caller: Caller, name: str, number: str) -> LoadedVersion:
        _may_look(caller)
        entry, _ = await self._directory.find((caller.organisation_id, name), number)
        return entry

    def _arms_of(self, caller: Caller, name: str) -> list[Arm]:
        return [arm for known, arm in self._arms(caller.organisation_id) if known == name]

    def _arms(self, organisation_id: str) -> Iterator[tuple[str, Arm]]:
        return (
            (arm.route[1], arm) for arm in self._directory.arms if arm.route[0] == organisation_id
        )

    def _in_memory(self, organisation_id: str) -> Iterator[tuple[str, LoadedVersion]]:
        seen = set()
        for name, arm in self._arms(organisation_id):
            entry = self._cache.ready(arm.active) if arm.active is not None else None
            if entry is not None and (name, entry) not in seen:
                seen.add((name, entry))
                yield name, entry


def _may_look(caller: Caller) -> None:
    if not (caller.may_view or caller.may_predict):
        raise Refusal(403, "This API key's scope does not allow looking at endpoints.")


def _record(actor: Actor, action: str, name: str) -> bool:
    endpoint = Endpoint.objects.owned_by(actor.organisation).filter(name=name).first()
    if endpoint is None:
        return False
    audit.record(
        actor=actor, action=action, target=f"endpoint:{endpoint.pk}", details={"name": name}
    )
    return True


def _signature(entry: LoadedVersion) -> Signature:
    assert entry.predictor is not None, "find returns ready versions"  # noqa: S101
    return entry.predictor.manifest


def _usage(entry: LoadedVersion) -> Usage:
    figures = entry.figures
    used_at = entry.last_used_at if figures.histogram.total or figures.failures else 0.0
    return Usage(
        answered=figures.histogram.total,
        answered_s=figures.histogram.sum_s,
        failed=figures.failures,
        last_used_at=used_at,
        size_bytes=entry.size_bytes,
    )


def _row(name: str, arm: Arm, entry: LoadedVersion | None) -> Document:
    if arm.active is None:
        return {"name": name, "state": "UNAVAILABLE", "reason": arm.problem}
    state, reason = _state(entry)
    return {"name": name, "version": arm.active.number, "state": state, "reason": reason}


def _state(entry: LoadedVersion | None) -> tuple[str, str]:
    if entry is None or entry.state == RETIRED:
        return "UNAVAILABLE", _ON_DEMAND
    if entry.state == READY:
        return "READY", ""
    return ("UNAVAILABLE", entry.error) if entry.state == FAILED else ("LOADING", "")
