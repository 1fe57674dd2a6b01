"""Duties of the leading scheduler."""

import time

import pytest

from platform_core.jobs import duties
from platform_core.jobs.duties import Duty, DutyThread

done: list[str] = []


def note():
    done.append("note")


def fail():
    done.append("fail")
    raise ValueError("on purpose")


@pytest.fixture(autouse=True)
def own_duties(monkeypatch):
    done.clear()
    monkeypatch.setattr(duties, "_DUTIES", {})
    monkeypatch.setattr(duties, "connections", NoConnections())
    monkeypatch.setattr(duties, "close_old_connections", lambda: None)


class NoConnections:
    """The test's own connection belongs to another thread."""

    def close_all(self):
        pass


def test_a_duty_is_done_at_its_times_and_one_that_fails_stops_nobody():
    duties.register_duty(Duty("fail", 0.0, f"{__name__}.fail"))
    duties.register_duty(Duty("note", 60.0, f"{__name__}.note"))
    thread = DutyThread()
    thread.turn()
    thread.turn()
    assert done == ["fail", "note", "fail"]


def test_duties_are_done_only_while_the_scheduler_leads():
    duties.register_duty(Duty("note", 0.0, f"{__name__}.note"))
    thread = DutyThread()
    thread.lead(0.05)
    thread._thread.join(timeout=5)
    assert not thread._thread.is_alive()
    assert done == ["note"]
    thread.lead(0.05)
    ends_at = time.monotonic() + 5
    while len(done) < 2:
        assert time.monotonic() < ends_at
        time.sleep(0.01)
