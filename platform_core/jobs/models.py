"""Tables of the queue. The row is the truth of a job; Celery only wakes workers to look at it."""

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from platform_core.accounts.api import OwnedModel, User
from platform_core.jobs.states import ENDED, HELD, JobState, Outcome


class Job(OwnedModel):
    """One piece of work.

    Attributes:
        fence: the token of the newest attempt; a write that names an older one is refused.
        failures: crashed or lost attempts since the job was submitted or retried.
        runnable_at: not claimed before (back-off after a crash).
        metrics: newest value of each metric.
    """

    kind = models.CharField(max_length=100)
    params = models.JSONField(default=dict)
    subject = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.QUEUED)
    priority = models.SmallIntegerField(
        default=0, validators=[MinValueValidator(-100), MaxValueValidator(100)]
    )
    devices = models.PositiveSmallIntegerField(default=0)
    progress = models.FloatField(default=0.0)
    message = models.CharField(max_length=300, blank=True)
    metrics = models.JSONField(default=dict)
    result = models.JSONField(null=True)
    error = models.JSONField(null=True)
    submitted_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    fence = models.PositiveBigIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    runnable_at = models.DateTimeField(default=timezone.now)
    cancel_requested_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    data_key = models.ForeignKey("vault.DataKey", models.SET_NULL, null=True, related_name="+")
    checkpoint_path = models.CharField(max_length=300, blank=True)
    checkpoint_bytes = models.PositiveBigIntegerField(default=0)
    checkpoint_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(
                fields=["-priority", "created_at"], condition=Q(state="queued"), name="job_queue"
            ),
            models.Index(fields=["organisation", "state", "-created_at"], name="job_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def is_ended(self) -> bool:
        """True once only a retry can change the job."""
        return self.state in ENDED

    @property
    def is_held(self) -> bool:
        """True while an attempt holds the job."""
        return self.state in HELD


class Node(models.Model):
    """One worker process; `place` says which machine and process-id space `pid` belongs to."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    place = models.CharField(max_length=120)
    pid = models.PositiveIntegerField()
    pid_started = models.FloatField(default=0.0)
    slots = models.PositiveSmallIntegerField()
    busy = models.PositiveSmallIntegerField(default=0)
    stopping = models.BooleanField(default=False)
    started_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name", "started_at"]

    def __str__(self) -> str:
        return f"{self.name}:{self.pid}"


class Attempt(models.Model):
    """One try at running a job, under a lease that its worker keeps renewing.

    Attributes:
        token: the fencing token; only the attempt whose token is the job's `fence` may write.
        progress_before: the job's progress when this attempt began (a resumed job begins further on).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    job = models.ForeignKey(Job, models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    token = models.PositiveBigIntegerField()
    node = models.ForeignKey(Node, models.SET_NULL, null=True, related_name="attempts")
    node_name = models.CharField(max_length=120)
    pid = models.PositiveIntegerField(null=True)
    progress_before = models.FloatField(default=0.0)
    leased_at = models.DateTimeField(default=timezone.now)
    lease_expires_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    reason = models.CharField(max_length=2000, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["job", "number"], name="attempt_number"),
            models.UniqueConstraint(
                fields=["job"], condition=Q(ended_at=None), name="one_live_attempt_per_job"
            ),
        ]
        indexes = [
            models.Index(
                fields=["lease_expires_at"], condition=Q(ended_at=None), name="attempt_leases"
            )
        ]

    def __str__(self) -> str:
        return f"{self.job_id} attempt {self.number}"


class Device(models.Model):
    """An accelerator of a machine; `attempt` holds it while that attempt lives."""

    uid = models.CharField(primary_key=True, max_length=120)
    host = models.CharField(max_length=120)
    index = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=120)
    memory_bytes = models.PositiveBigIntegerField(default=0)
    attempt = models.ForeignKey(Attempt, models.SET_NULL, null=True, related_name="devices")
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["host", "index"]

    def __str__(self) -> str:
        return f"{self.host} #{self.index} {self.name}"


class LogLine(models.Model):
    """One line of what a job printed; `id` is the cursor of a live tail (one writer per job)."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="lines")
    attempt_number = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now)
    text = models.TextField()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["job", "id"], name="log_by_job")]

    def __str__(self) -> str:
        return self.text


class MetricPoint(models.Model):
    """One point of a curve."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="points")
    attempt_number = models.PositiveIntegerField()
    name = models.CharField(max_length=64)
    step = models.BigIntegerField()
    value = models.FloatField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["job", "name", "step"], name="metric_by_job")]

    def __str__(self) -> str:
        return f"{self.name}[{self.step}] = {self.value}"


class SchedulerLease(models.Model):
    """Who leads; one row, renewed by the leading scheduler, taken over once it runs out."""

    name = models.CharField(primary_key=True, max_length=40)
    holder = models.CharField(max_length=160)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name}: {self.holder}"
