"""The log accounts write to: handed in by config, because the audit part stands above this one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from platform_core.accounts.actor import Actor

_log = structlog.get_logger(__name__)


class Record(Protocol):
    """The shape of `audit.api.record`."""

    def __call__(
        self, *, actor: Actor, action: str, target: str, details: Mapping[str, Any] | None = None
    ) -> None:
        """Add one entry in the caller's transaction."""


def _to_log_lines(
    *, actor: Actor, action: str, target: str, details: Mapping[str, Any] | None = None
) -> None:
    """Keep a line in the process's log while no journal is connected (a bare part under test)."""
    _log.info("journal", action=action, target=target, organisation=str(actor.organisation.pk))


@dataclass
class _Journal:
    write: Record = _to_log_lines


_JOURNAL = _Journal()


def use_journal(record: Record) -> None:
    """Write to `record` from now on; config calls it once with `audit.api.record`."""
    _JOURNAL.write = record


def connected() -> Record:
    """Return what is written to."""
    return _JOURNAL.write


def record(
    *, actor: Actor, action: str, target: str, details: Mapping[str, Any] | None = None
) -> None:
    """Add one entry in the caller's transaction."""
    _JOURNAL.write(actor=actor, action=action, target=target, details=details)
