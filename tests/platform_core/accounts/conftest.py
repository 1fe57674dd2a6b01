"""Fixtures of the accounts tests."""

from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache

from platform_core.accounts import journal
from platform_core.accounts.api import Actor, use_journal
from platform_core.audit import api as audit
from platform_core.audit.models import Entry


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    """Forget earlier log-in attempts: the limits are kept in the cache, which outlives a test."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def journal_to_audit() -> Iterator[None]:
    """Journal to the real audit log, as config wires it."""
    before = journal.connected()
    use_journal(audit.record)
    yield
    use_journal(before)


@pytest.fixture
def journalled() -> Callable[[Actor], list[str]]:
    """Return the actions in the log of an actor's organisation, oldest first."""

    def actions(who: Actor) -> list[str]:
        rows = Entry.objects.owned_by(who.organisation).order_by("sequence")
        return list(rows.values_list("action", flat=True))

    return actions
