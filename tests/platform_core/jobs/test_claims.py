from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from platform_core.accounts.api import Actor
from platform_core.jobs import checkpoints, claims, endings, fence
from platform_core.jobs.api import StaleAttemptError, submit
from platform_core.jobs.endings import Failure
from platform_core.jobs.kinds import kind_names
from platform_core.jobs.models import Attempt, Device, Job, Node
from platform_core.jobs.states import Outcome
from tests.platform_core.jobs import rows
from tests.platform_core.jobs.processes import submit_test

pytestmark = pytest.mark.usefixtures("asleep")


def _claim(node: Node) -> Attempt | None:
    return claims.claim(node=node, kinds=kind_names())


@pytest.mark.django_db
def test_higher_priority_goes_first_then_the_older(actor: Actor) -> None:
    old, new = submit_test(actor, "echo"), submit_test(actor, "echo")
    urgent = submit(actor=actor, kind="test.echo", params={}, priority=5)
    node = rows.node()
    assert [_claim(node).job_id for _ in range(3)] == [urgent.pk, old.pk, new.pk]
    assert _claim(node) is None


@pytest.mark.django_db
def test_a_hundred_jobs_of_one_organisation_leave_another_its_turn(
    actor: Actor, stranger: Actor
) -> None:
    crowd = [submit_test(actor, "echo") for _ in range(100)]
    late = [submit_test(stranger, "echo") for _ in range(2)]
    urgent = submit(actor=actor, kind="test.echo", params={}, priority=1)
    node = rows.node()
    first = [_claim(node) for _ in range(5)]
    expected = [urgent, late[0], crowd[0], late[1], crowd[1]]
    assert [attempt.job_id for attempt in first] == [job.pk for job in expected]
    endings.succeed(first[1], None)
    endings.succeed(first[3], None)
    assert _claim(node).job_id == crowd[2].pk


@pytest.mark.django_db
def test_a_job_for_later_or_of_an_unknown_kind_is_left(actor: Actor) -> None:
    later, unknown = submit_test(actor, "echo"), submit_test(actor, "echo")
    Job.objects.filter(pk=later.pk).update(runnable_at=timezone.now() + timedelta(minutes=1))
    Job.objects.filter(pk=unknown.pk).update(kind="gone.kind")
    assert _claim(rows.node()) is None


@pytest.mark.django_db
def test_a_gpu_is_given_to_one_attempt_at_a_time(actor: Actor) -> None:
    node = rows.node("gpu-host")
    waiting = submit_test(actor, "gpu")
    assert _claim(node) is None
    Device.objects.create(uid="GPU-1", host="gpu-host", index=0, name="H100")
    first = _claim(node)
    assert first.job_id == waiting.pk
    assert [device.index for device in first.devices.all()] == [0]
    submit_test(actor, "gpu")
    assert _claim(node) is None
    endings.succeed(first, None)
    assert _claim(node) is not None


@pytest.mark.django_db(transaction=True)
def test_many_claimers_take_every_job_exactly_once(actor: Actor) -> None:
    wanted = {submit_test(actor, "echo").pk for _ in range(40)}
    nodes = [rows.node(f"n{number}") for number in range(8)]

    def work(node: Node) -> list[object]:
        taken = []
        while (attempt := _claim(node)) is not None:
            taken.append(attempt.job_id)
        connection.close()
        return taken

    with ThreadPoolExecutor(len(nodes)) as pool:
        taken = [job for jobs in pool.map(work, nodes) for job in jobs]
    assert sorted(map(str, taken)) == sorted(map(str, wanted))
    assert Attempt.objects.count() == 40


@pytest.mark.django_db
def test_a_stale_attempt_can_write_nothing(actor: Actor) -> None:
    stale = rows.held(actor)
    checkpoints.save(stale, b"first")
    endings.broken(stale, Outcome.LOST, Failure("t", "d"))
    fresh = _claim(rows.node())
    assert fresh.token > stale.token
    for write in (
        lambda: checkpoints.save(stale, b"stale"),
        lambda: endings.succeed(stale, {}),
        lambda: endings.begin(stale, 1),
        lambda: endings.fail(stale, Failure("t", "d")),
    ):
        with pytest.raises(StaleAttemptError):
            write()
    with pytest.raises(StaleAttemptError), fence.held(stale):
        pass
    assert checkpoints.load(fresh.job) == b"first"


@pytest.mark.django_db
def test_a_renewed_lease_lasts_and_a_lost_one_is_told(actor: Actor) -> None:
    node = rows.node()
    kept, lost = rows.held(actor, node), rows.held(actor, node)
    rows.expire(kept)
    endings.broken(lost, Outcome.LOST, Failure("t", "d"))
    assert claims.renew(node=node, attempts=[kept, lost]) == [lost]
    kept.refresh_from_db()
    left = (kept.lease_expires_at - timezone.now()).total_seconds()
    assert 12 < left < 17
