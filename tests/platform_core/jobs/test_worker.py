"""A real worker and scheduler run real jobs."""

import pytest

from platform_core.accounts.api import Actor
from tests.platform_core.jobs.conftest import Processes, in_state, submit_test, wait_until

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]


def test_one_worker_life(processes: Processes, actor: Actor) -> None:
    worker = processes.start("worker", "--slots", "2")
    job = wait_until(submit_test(actor, "echo", n=1), in_state("succeeded"))
    print(job.result, job.metrics, list(job.lines.values_list("text", flat=True)))
    print([(a.leased_at, a.started_at, a.ended_at) for a in job.attempts.all()])
    assert processes.stop(worker) < 10
