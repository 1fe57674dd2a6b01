"""On every broker: a wake-up arrives, and the job of a killed worker goes on from its checkpoint."""

import time
import uuid
from collections.abc import Iterator

import pytest
from django.conf import settings
from kombu import Connection
from kombu.exceptions import OperationalError

from platform_core.accounts.api import Actor
from platform_core.config.celery import make_app
from platform_core.jobs import checkpoints, fence, wake
from platform_core.jobs.api import JobState, StaleAttemptError
from tests.platform_core.jobs.processes import (
    Processes,
    in_state,
    is_running,
    submit_test,
    wait_until,
)

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]

BROKERS = {
    "filesystem": "filesystem://",
    "redis": "redis://127.0.0.1:6379/9",
    "amqp": "amqp://guest:guest@127.0.0.1:5672//",
}


@pytest.fixture(params=list(BROKERS))
def broker_url(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Address of a broker with a queue of this test's own."""
    bare = BROKERS[request.param]
    if request.param != "filesystem":
        try:
            with Connection(bare, connect_timeout=2) as connection:
                connection.ensure_connection(max_retries=1, timeout=2)
        except (OperationalError, OSError) as error:
            pytest.skip(f"no {request.param} server here: {error}")
    url = f"{bare}?queue=test-{uuid.uuid4().hex[:8]}"
    app = make_app(url, settings.HOME)
    monkeypatch.setattr(wake, "queue_app", lambda: app)
    return url


@pytest.fixture
def processes(process_environment: dict[str, str], broker_url: str) -> Iterator[Processes]:
    running = Processes({**process_environment, "PENTAQUARK_BROKER_URL": broker_url})
    yield running
    running.end()


def test_the_job_of_a_killed_worker_resumes_within_thirty_seconds(
    processes: Processes, actor: Actor
) -> None:
    processes.start("scheduler")
    doomed = processes.worker()
    time.sleep(1)  # its first look, unwoken, is over: from here on only a wake-up starts a job
    job = submit_test(actor, "count", steps=30, pause_s=0.1)
    wait_until(job, lambda j: j.checkpoint_path != "" and j.progress > 0.1, 30)
    first = job.attempts.get()
    processes.kill(doomed)
    killed_at = time.monotonic()
    processes.start("worker", "--slots", "1", "--poll-s", "600")

    wait_until(job, lambda j: j.attempts.count() == 2 and j.state == JobState.RUNNING, 30)
    assert time.monotonic() - killed_at < 30
    assert not is_running(first.pid)
    first.refresh_from_db()
    assert (first.outcome, job.failures) == ("lost", 1)

    before = job.fence
    with pytest.raises(StaleAttemptError), fence.held(first):
        pass
    with pytest.raises(StaleAttemptError):
        checkpoints.save(first, b"0")
    wait_until(job, in_state("succeeded"), 30)
    assert job.fence == before
    assert job.result["started_at"] > 0
    assert job.result["ended_at"] == 30
