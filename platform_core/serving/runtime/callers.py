"""Who calls: API keys, looked up in a thread and remembered for less than a second."""

import asyncio
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass

from platform_core.accounts.api import actor_of_secret
from platform_core.serving.runtime.database import DatabaseThreads
from platform_core.serving.runtime.refusals import Refusal

_REFRESH_AFTER_S = 0.4
_FORGET_AFTER_S = 0.9
"""A revoked key is refused at the latest this long after its last lookup began."""
_MAX_KNOWN = 10_000
_MISSING = Refusal(401, "Send an API key: `Authorization: Bearer pq_...`.")
_UNKNOWN = Refusal(401, "The API key is unknown, expired or revoked.")


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller.

    Attributes:
        organisation_id: UUID as text with dashes.
        may_predict, may_view: what the key's scope and the person's role allow.
    """

    organisation_id: str
    may_predict: bool = True
    may_view: bool = True


@dataclass(slots=True)
class _Known:
    caller: Caller | None
    looked_up_at: float
    refreshing: bool = False


class KeyRing:
    """Resolves `Authorization` headers; keys are remembered by hash, never in clear."""

    def __init__(
        self, threads: DatabaseThreads, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._threads, self._clock = threads, clock
        self._known: dict[bytes, _Known] = {}
        self._lookups: dict[bytes, asyncio.Task[Caller | None]] = {}

    async def caller(self, authorization: bytes | None) -> Caller:
        """Return who sent the header.

        Raises:
            Refusal: 401.
        """
        if authorization is None or authorization[:7].lower() != b"bearer ":
            raise _MISSING
        digest = hashlib.sha256(authorization).digest()
        known = self._known.get(digest)
        age_s = self._clock() - known.looked_up_at if known is not None else _FORGET_AFTER_S
        if known is None or age_s >= _FORGET_AFTER_S:
            caller = await self._look_up(digest, authorization)
        else:
            caller = known.caller
            if age_s >= _REFRESH_AFTER_S and not known.refreshing:
                known.refreshing = True
                self._start_lookup(digest, authorization)
        if caller is None:
            raise _UNKNOWN
        return caller

    async def _look_up(self, digest: bytes, authorization: bytes) -> Caller | None:
        """Wait for one lookup, shared by all requests that carry the key."""
        task = self._lookups.get(digest) or self._start_lookup(digest, authorization)
        return await asyncio.shield(task)

    def _start_lookup(self, digest: bytes, authorization: bytes) -> "asyncio.Task[Caller | None]":
        task = asyncio.get_running_loop().create_task(self._resolve(digest, authorization))
        self._lookups[digest] = task
        task.add_done_callback(lambda done: self._finish(digest, done))
        return task

    def _finish(self, digest: bytes, task: "asyncio.Task[Caller | None]") -> None:
        self._lookups.pop(digest, None)
        if not task.cancelled() and task.exception() is not None:
            self._known.pop(digest, None)

    async def _resolve(self, digest: bytes, authorization: bytes) -> Caller | None:
        began = self._clock()
        caller = await self._threads.call(_caller_of, authorization[7:].strip())
        if len(self._known) >= _MAX_KNOWN:  # a flood of made-up keys costs lookups, not memory
            self._known.clear()
        self._known[digest] = _Known(caller, began)
        return caller


def _caller_of(secret: bytes) -> Caller | None:
    try:
        actor = actor_of_secret(secret.decode("ascii"), touch=False)
    except UnicodeDecodeError:
        return None
    if actor is None:
        return None
    return Caller(
        organisation_id=str(actor.organisation.pk),
        may_predict=actor.can("prediction.call"),
        may_view=actor.can("endpoint.view"),
    )
