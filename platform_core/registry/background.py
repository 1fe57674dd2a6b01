"""How this part hands work to the job queue, which lies above it: wired by config."""

from collections.abc import Callable
from typing import Any

IMPORT_KIND = "registry.import"
_hooks: dict[str, Callable[..., Any]] = {}


def use_background(submit: Callable[..., Any]) -> None:
    """Set what queues a job: called with actor, kind, params and subject, inside the transaction."""
    _hooks["submit"] = submit


def submit(**job: Any) -> Any:
    """Queue a job and return it."""
    return _hooks["submit"](**job)
