"""What the board of a detector counts: its newest decisions, and what is known of them by now."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, Sum

from apps.fraud.models import Case, Decision, Detector, Label, Outcome

MAX_COUNTED, MAX_LABELS = 20_000, 2_000
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Counted:
    """Decisions of one stretch of time.

    Attributes:
        count: of decisions, at most MAX_COUNTED.
        approved: of these.
        fallback: decided without a score.
    """

    count: int
    approved: int
    fallback: int

    @property
    def approval(self) -> float | None:
        """Share that was approved; None without any."""
        return self.approved / self.count if self.count else None


@dataclass(frozen=True)
class Known:
    """What turned out of decisions whose truth is known, the newest MAX_LABELS.

    Attributes:
        saved: amounts of frauds that were not approved.
        missed: amounts of frauds that were approved.
        held: events that were not approved; `held_genuine` of these were genuine.
        labels: how many there are.
    """

    saved: float
    missed: float
    held: int
    held_genuine: int
    labels: int

    @property
    def false_positives(self) -> float | None:
        """Share of what was held up that was genuine; None where nothing was."""
        return self.held_genuine / self.held if self.held else None


def counted(*, detector: Detector, since: datetime, until: datetime) -> Counted:
    """Count the newest decisions of a stretch of time."""
    rows = Decision.objects.filter(
        detector=detector, decided_at__gte=since, decided_at__lt=until
    ).order_by("-decided_at")[:MAX_COUNTED]
    found = rows.aggregate(
        count=Count("pk"),
        approved=Count("pk", filter=Q(outcome=Outcome.APPROVE)),
        fallback=Count("pk", filter=Q(is_fallback=True)),
    )
    return Counted(**found)


def known(*, detector: Detector) -> Known:
    """Return what turned out of the newest labelled decisions."""
    newest = Label.objects.filter(detector=detector).order_by("-known_at")
    truth = dict(newest.values_list("event_id", "is_fraud")[:MAX_LABELS])
    rows = Decision.objects.filter(detector=detector, event_id__in=list(truth)).values_list(
        "event_id", "outcome", "amount"
    )
    told = [(truth[event], outcome != Outcome.APPROVE, amount) for event, outcome, amount in rows]
    return Known(
        saved=sum(amount for fraud, held, amount in told if fraud and held),
        missed=sum(amount for fraud, held, amount in told if fraud and not held),
        held=sum(held for _, held, _ in told),
        held_genuine=sum(held and not fraud for fraud, held, _ in told),
        labels=len(told),
    )


def open_cases(*, detector: Detector) -> tuple[int, float]:
    """Return how many cases are not closed, and the loss expected of them together."""
    found = Case.objects.filter(detector=detector).exclude(state=Case.State.CLOSED)
    told = found.aggregate(count=Count("pk"), loss=Sum("expected_loss"))
    return told["count"], told["loss"] or 0.0


def labels_of(*, detector: Detector, event_ids: list[str]) -> dict[str, bool]:
    """Return event id -> was it fraud, of those that are known."""
    found = Label.objects.filter(detector=detector, event_id__in=event_ids)
    return dict(found.values_list("event_id", "is_fraud"))
