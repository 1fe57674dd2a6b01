"""Which store keeps the states: the database, or Redis where the operator says so."""

from functools import cache

from apps.fraud.services.recording import StateStore
from apps.fraud.services.states import DatabaseStates


@cache
def store() -> StateStore:
    """Return the store of this process."""
    return DatabaseStates()
