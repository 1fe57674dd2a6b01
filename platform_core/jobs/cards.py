"""A job as pages show it: words and figures that a template cannot work out."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from platform_core.jobs import selectors
from platform_core.jobs.kinds import kind_title
from platform_core.jobs.models import Job, MetricPoint
from platform_core.jobs.states import HELD, RETRYABLE, JobState
from platform_core.jobs.waiting import WaitingRoom
from platform_core.sentences import spoken
from platform_core.web.api import Axis, Chart, Trace

_PARAMETERS_SHOWN = 60
_VALUE_CHARS = 400
_LOSSES = ("loss", "train_loss", "valid_loss", "validation_loss", "rmse")


@dataclass(frozen=True)
class JobCard:
    """What a card, a table row and the page's head show of a job."""

    job: Job
    room: WaitingRoom | None = field(default=None, compare=False)

    @property
    def title(self) -> str | Promise:
        """The kind, in words."""
        return kind_title(self.job.kind)

    @property
    def fraction(self) -> float | None:
        """Progress, or None while it cannot be told (an indeterminate bar)."""
        starting = self.job.state in HELD and self.job.progress == 0.0
        return None if starting else self.job.progress

    @property
    def message(self) -> str:
        """What happens now, in a short sentence."""
        if self.job.state == JobState.QUEUED:
            return waiting_words(self.job, self.room or WaitingRoom(self.job.organisation_id))
        if self.job.cancel_requested_at and self.job.state in HELD:
            return _("Stopping…")
        if self.job.state == JobState.LEASED:
            return _("Starting")
        return spoken(self.job.message)

    @property
    def outcome(self) -> str:
        """What came of a job that ended, in a line."""
        if self.job.error:
            return spoken(self.job.error.get("detail", ""))
        shown = sorted(self.job.metrics.items())[:3]
        return " · ".join(f"{name} {value:.4g}" for name, value in shown)

    @property
    def seconds_left(self) -> float | None:
        """Estimated time left."""
        return selectors.seconds_left(self.job)

    @property
    def took(self) -> timedelta | None:
        """How long the job has run, from its first start to its end or now."""
        if self.job.started_at is None:
            return None
        return (self.job.finished_at or timezone.now()) - self.job.started_at

    @property
    def is_live(self) -> bool:
        """True while a page should keep asking."""
        return not selectors.is_settled(self.job)

    @property
    def can_be_cancelled(self) -> bool:
        """True while there is something to cancel."""
        return not self.job.is_ended and self.job.cancel_requested_at is None

    @property
    def can_be_retried(self) -> bool:
        """True when the job failed or was cancelled."""
        return self.job.state in RETRYABLE


def waiting_words(job: Job, room: WaitingRoom) -> str:
    """Say what a queued job waits for."""
    if not room.has_worker:
        return _("Waiting: no worker is running")
    if job.failures and job.runnable_at > timezone.now():
        return _("Waiting a moment before attempt %(n)d") % {"n": job.failures + 1}
    if job.devices > room.most_devices:
        return _("Waiting for a worker with %(n)d GPU") % {"n": job.devices}
    place = room.place(job) or 1  # taken between two reads: it was next
    return _("Next in the queue") if place == 1 else _("Number %(n)d in the queue") % {"n": place}


def cards_of(jobs: Sequence[Job]) -> list[JobCard]:
    """Return the cards of one organisation's jobs; the queue is read once for all of them."""
    room = WaitingRoom(jobs[0].organisation_id) if jobs else None
    return [JobCard(job, room) for job in jobs]


def parameter_pairs(job: Job) -> list[tuple[str, str]]:
    """Return the parameters as (name, value) texts, bounded."""
    pairs = []
    for name, value in list(job.params.items())[:_PARAMETERS_SHOWN]:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        pairs.append((name, text if len(text) <= _VALUE_CHARS else text[:_VALUE_CHARS] + "…"))
    return pairs


def metric_pairs(job: Job) -> list[tuple[str, float]]:
    """Return the newest value of each metric."""
    return sorted(job.metrics.items())


def charts(job: Job) -> list[Chart]:
    """Return the loss curve first, then a chart for each other metric with two points or more."""
    found = selectors.job_metrics(job)
    losses = [name for name in _LOSSES if len(found.get(name, ())) > 1]
    others = [name for name in sorted(found) if name not in losses and len(found[name]) > 1]
    groups = ([losses] if losses else []) + [[name] for name in others[:5]]
    return [_chart(names, found) for names in groups]


def _chart(names: list[str], found: dict[str, list[MetricPoint]]) -> Chart:
    traces = [
        Trace(name, [p.step for p in _thin(found[name])], [p.value for p in _thin(found[name])])
        for name in names
    ]
    return Chart(
        key=f"metric-{names[0]}".replace("@", "-at-"),
        title=_finding(names[0], [p.value for p in found[names[0]]]),
        traces=traces,
        x=Axis(_("Step")),
        y=Axis(names[0] if len(names) == 1 else _("Loss")),
    )


def _thin(points: list[MetricPoint], most: int = 1000) -> list[MetricPoint]:
    """Keep at most about `most` points, the last one included: a screen shows no more."""
    every = max(len(points) // most, 1)
    kept = points[::every]
    return kept if kept[-1] is points[-1] else [*kept, points[-1]]


def _finding(name: str, values: list[float]) -> str:
    first, last = values[0], values[-1]
    words = {"name": name, "first": f"{first:.4g}", "last": f"{last:.4g}"}
    if first == last:
        return _("%(name)s stayed at %(last)s") % words
    if last < first:
        return _("%(name)s fell from %(first)s to %(last)s") % words
    return _("%(name)s rose from %(first)s to %(last)s") % words
