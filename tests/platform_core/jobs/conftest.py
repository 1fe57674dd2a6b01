"""Fixtures of the queue's tests."""

from collections.abc import Iterator

import pytest

from platform_core.jobs import wake
from tests.platform_core.jobs.processes import Processes


@pytest.fixture
def processes(process_environment: dict[str, str]) -> Iterator[Processes]:
    running = Processes(process_environment)
    yield running
    running.end()


@pytest.fixture
def asleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send no wake-ups: for tests of rows alone."""
    monkeypatch.setattr(wake, "send", lambda: None)
