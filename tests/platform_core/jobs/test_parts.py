"""Small pieces: exits in words, devices, places, the broker's address, the reporter, the context."""

import math
import os
import signal
import stat
from pathlib import Path

import pytest

from platform_core.accounts.api import Actor
from platform_core.config.celery import split_queue, transport_options
from platform_core.errors import InvalidInputError, UnavailableError
from platform_core.jobs import checkpoints, place
from platform_core.jobs.api import JobContext, JobStoppedError, cancel_job, job_metrics
from platform_core.jobs.reporter import Reporter
from platform_core.jobs.run.runner import is_permanent
from platform_core.jobs.worker import devices, exits
from tests.platform_core.jobs import rows


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (-signal.SIGKILL, "memory ran out"),
        (-signal.SIGSEGV, "segmentation fault"),
        (-signal.SIGUSR1, "Signal"),
        (3, "status 3"),
    ],
)
def test_an_exit_is_put_into_words(status: int, words: str) -> None:
    assert words in exits.describe(status).detail


def test_nvidia_smis_table_is_read() -> None:
    found = devices.parse("0, GPU-aa, NVIDIA H100, 81559\n1, GPU-bb, NVIDIA GB10, [N/A]\nrubbish\n")
    assert [(d.uid, d.index, d.memory_bytes) for d in found] == [
        ("GPU-aa", 0, 81559 * 2**20),
        ("GPU-bb", 1, 0),
    ]


def test_a_process_is_gone_only_when_that_is_certain() -> None:
    space, own = place.process_space(), place.own_start()
    assert not place.is_gone(space=space, pid=os.getpid(), pid_started=own)
    assert place.is_gone(space=space, pid=os.getpid(), pid_started=own - 100)  # the id was reused
    assert not place.is_gone(space="another machine", pid=2**22 - 1, pid_started=1.0)


def test_the_queues_name_travels_in_the_address(tmp_path: Path) -> None:
    assert split_queue("redis://h:6379/3?queue=a") == ("redis://h:6379/3", "a")
    assert split_queue("amqp://u:p@h//")[0] == "amqp://u:p@h//"
    options = transport_options("filesystem://", tmp_path)
    folder = Path(options["data_folder_in"])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert options["polling_interval"] == 0.05


@pytest.mark.parametrize(
    ("error", "permanent"),
    [
        (InvalidInputError("x"), True),
        (UnavailableError("x"), False),
        (ValueError("x"), True),
        (RuntimeError("x"), False),
        (MemoryError(), False),
    ],
)
def test_only_refusals_with_words_are_permanent(error: Exception, *, permanent: bool) -> None:
    assert is_permanent(error) is permanent


@pytest.fixture
def context(actor: Actor, asleep: None) -> JobContext:
    attempt = rows.held(actor)
    return JobContext(attempt, Reporter(attempt, on_stale=lambda: None))


@pytest.mark.django_db
def test_progress_and_metrics_are_written_together(context: JobContext) -> None:
    context.update(3.0, "done")
    context.update(math.nan)
    for step in range(3):
        context.metric("loss", 1 / (step + 1), step)
    context.metric("hr@10", 0.7)
    context.metric("loss", math.inf, 9)
    context._reporter.flush()
    job = context._attempt.job
    job.refresh_from_db()
    assert (job.progress, job.message) == (0.0, "done")
    assert job.metrics == {"loss": pytest.approx(1 / 3), "hr@10": 0.7}
    assert [p.step for p in job_metrics(job)["loss"]] == [0, 1, 2]


@pytest.mark.django_db
def test_a_checkpoint_is_replaced_and_stored_encrypted(context: JobContext) -> None:
    assert context.load_checkpoint() is None
    context.save_checkpoint(b"first" * 1000)
    first = context._attempt.job.checkpoint_path
    context.save_checkpoint(b"second" * 1000)
    assert context.load_checkpoint() == b"second" * 1000
    job = context._attempt.job
    assert job.checkpoint_bytes == 6000 or job.checkpoint_path != first
    checkpoints.discard(job)
    assert context.load_checkpoint() is None


@pytest.mark.django_db
def test_a_cancelled_job_writes_nothing_more(context: JobContext, actor: Actor) -> None:
    with context.fenced():
        pass
    cancel_job(actor=actor, job_id=context.job_id)
    with pytest.raises(JobStoppedError), context.fenced():
        pass


@pytest.mark.django_db
def test_a_result_must_be_small_json(context: JobContext) -> None:
    context.set_result({"a": 1})
    for bad in ({"x": math.nan}, {"x": "y" * 300_000}):
        with pytest.raises(ValueError, match=r"."):
            context.set_result(bad)
    assert context.result == {"a": 1}
