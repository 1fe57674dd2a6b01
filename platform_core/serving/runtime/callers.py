"""Who calls: API keys, looked up in a thread and remembered for less than a second."""

import asyncio
import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from platform_core.accounts.api import Actor, actor_of_secret, touch_api_key
from platform_core.serving.runtime.database import DatabaseThreads
from platform_core.serving.runtime.refusals import Refusal

_REFRESH_AFTER_S = 0.4
_FORGET_AFTER_S = 0.9
"""A revoked key is refused at the latest this long after its last lookup began."""
_MAX_KNOWN = 10_000
_NEWCOMERS = 16
"""Lookups of keys not seen before that may wait at once: a flood of made-up keys queues behind this, so
that keys in use are refreshed in time."""
_NOTE_USE_EVERY_S = 60.0
_KEY = re.compile(rb"bearer +pq_[\x21-\x7e]{1,125} *", re.IGNORECASE)
_MISSING = Refusal(401, "Send an API key: `Authorization: Bearer pq_...`.", code="key_missing")
_UNKNOWN = Refusal(401, "The API key is unknown, expired or revoked.", code="key_unknown")
_log = structlog.get_logger("pentaquark.runtime")


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller.

    Attributes:
        organisation_id: UUID as text with dashes.
        may_predict, may_view: what the key's scope and the person's role allow.
        actor: whose key it is; None for the web process, which has checked and recorded the person.
        is_platform: an application's own code asks, which may send the inputs a predictor keeps for it.
    """

    organisation_id: str
    may_predict: bool = True
    may_view: bool = True
    actor: Actor | None = field(default=None, compare=False)
    is_platform: bool = False


@dataclass(slots=True)
class _Known:
    caller: Caller | None
    looked_up_at: float
    refreshing: bool = False


class KeyRing:
    """Resolves `Authorization` headers; keys are remembered by hash, never in clear."""

    def __init__(
        self,
        threads: DatabaseThreads,
        writers: DatabaseThreads,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make an empty ring.

        Args:
            threads: look keys up.
            writers: note when a key was used; a writer may wait for the database, a lookup must not.
            clock: seconds.
        """
        self._threads, self._writers, self._clock = threads, writers, clock
        self._known: dict[bytes, _Known] = {}
        self._lookups: dict[bytes, asyncio.Task[Caller | None]] = {}
        self._newcomers = asyncio.Semaphore(_NEWCOMERS)
        self._noted_at: dict[str, float] = {}
        self._notes: set[asyncio.Task[None]] = set()

    async def caller(self, authorization: bytes | None) -> Caller:
        """Return who sent the header.

        Raises:
            Refusal: 401.
        """
        if authorization is None:
            raise _MISSING
        digest = hashlib.sha256(authorization).digest()
        known = self._known.get(digest)
        if known is None or (age_s := self._clock() - known.looked_up_at) >= _FORGET_AFTER_S:
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
        if _KEY.fullmatch(authorization) is None:
            raise _MISSING if authorization[:7].lower() != b"bearer " else _UNKNOWN
        task, known = self._lookups.get(digest), self._known.get(digest)
        if task is None and (known is None or known.caller is None):
            async with self._newcomers:
                task = self._lookups.get(digest) or self._start_lookup(digest, authorization)
                return await asyncio.shield(task)
        return await asyncio.shield(task or self._start_lookup(digest, authorization))

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
        if caller is not None and caller.actor is not None:
            self._note_use(caller.actor.api_key_id, began)
        return caller

    def _note_use(self, api_key_id: str, now: float) -> None:
        """Have the key's last use written down, at most once a minute and never waited for."""
        if now - self._noted_at.get(api_key_id, -_NOTE_USE_EVERY_S) < _NOTE_USE_EVERY_S:
            return
        if len(self._noted_at) >= _MAX_KNOWN:
            self._noted_at.clear()
        self._noted_at[api_key_id] = now
        task = asyncio.get_running_loop().create_task(self._write_use(api_key_id))
        self._notes.add(task)
        task.add_done_callback(self._notes.discard)

    async def _write_use(self, api_key_id: str) -> None:
        try:
            await self._writers.call(_touch, api_key_id)
        except Exception as error:  # noqa: BLE001  (a note about the past; the next minute brings another)
            _log.warning("key_use_not_noted", reason=type(error).__name__)


def _touch(api_key_id: str) -> None:
    touch_api_key(api_key_id=api_key_id)


def _caller_of(secret: bytes) -> Caller | None:
    actor = actor_of_secret(secret.decode("ascii"), touch=False)
    if actor is None:
        return None
    return Caller(
        organisation_id=str(actor.organisation.pk),
        may_predict=actor.can("prediction.call"),
        may_view=actor.can("endpoint.view"),
        actor=actor,
    )
