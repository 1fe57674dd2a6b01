"""What jobs put on the home page and into search."""

from datetime import timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from platform_core.accounts.api import Actor
from platform_core.jobs import selectors
from platform_core.jobs.kinds import kind_names, kind_title
from platform_core.jobs.states import HELD, JobState
from platform_core.web.api import Activity, Figure, Hit

_DAY = timedelta(days=1)


def figure(actor: Actor) -> Figure:
    """Return how many jobs run, beside those that wait and failed lately."""
    counts = selectors.state_counts(actor=actor)
    failed = selectors.jobs(actor=actor).filter(
        state=JobState.FAILED, finished_at__gte=timezone.now() - _DAY
    )
    return Figure(
        key="jobs",
        label=_("Jobs running"),
        count=sum(counts.get(state, 0) for state in HELD),
        compare=_("%(waiting)d waiting, %(failed)d failed today")
        % {"waiting": counts.get(JobState.QUEUED, 0), "failed": failed.count()},
        href=reverse("jobs:list"),
    )


def activity(actor: Actor) -> list[Activity]:
    """Return the jobs that ended last."""
    ended = selectors.jobs(actor=actor).exclude(finished_at=None).order_by("-finished_at")[:12]
    return [
        Activity(
            when=job.finished_at,
            title=str(kind_title(job.kind)),
            text=job.subject,
            icon="jobs",
            href=reverse("jobs:detail", args=[job.pk]),
            state=job.state,
        )
        for job in ended
        if job.finished_at
    ]


def search(actor: Actor, query: str) -> list[Hit]:
    """Find jobs by subject, kind or the beginning of the id."""
    if not actor.can("job.view"):
        return []
    kinds = [name for name in kind_names() if query.lower() in str(kind_title(name)).lower()]
    wanted = Q(subject__icontains=query) | Q(kind__in=kinds) | Q(id__startswith=query.lower())
    return [
        Hit(
            title=str(kind_title(job.kind)),
            kind=_("Job"),
            href=reverse("jobs:detail", args=[job.pk]),
            text=job.subject or str(job.pk),
            icon="jobs",
        )
        for job in selectors.jobs(actor=actor).filter(wanted)[:20]
    ]
