"""What a threshold would have cost on the newest decisions: pure Python over a bounded number of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.fraud.models import Decision, Detector, Label, Outcome
from apps.fraud.services import deciding
from apps.fraud.services.deciding import Policy

MAX_EVENTS, LEAST_KNOWN = 2_000, 50
STEPS = 50
HELD = (Outcome.CHALLENGE, Outcome.REVIEW, Outcome.DECLINE)


@dataclass(frozen=True)
class Sample:
    """Decided events: score, amount, and how likely each was fraud.

    Attributes:
        is_known: the likelihood is what turned out (0 or 1); otherwise it is the score itself.
    """

    scores: Sequence[float]
    amounts: Sequence[float]
    risks: Sequence[float]
    is_known: bool

    def __len__(self) -> int:
        return len(self.scores)


@dataclass(frozen=True)
class Curve:
    """Total cost of giving one outcome from each threshold on, and approving below."""

    outcome: Outcome
    thresholds: list[float]
    costs: list[float]

    @property
    def best(self) -> tuple[float, float]:
        """The cheapest threshold, the highest of several, and its cost."""
        cost, place = min((cost, -place) for place, cost in enumerate(self.costs))
        return self.thresholds[-place], cost


def sample(*, detector: Detector) -> Sample:
    """Return the newest events whose truth is known; where they are few, the newest by their scores."""
    newest = Label.objects.filter(detector=detector).order_by("-known_at")
    truth = dict(newest.values_list("event_id", "is_fraud")[:MAX_EVENTS])
    scored = Decision.objects.filter(detector=detector, score__isnull=False)
    known = scored.filter(event_id__in=list(truth)).values_list("event_id", "score", "amount")
    rows = [(score or 0.0, amount, float(truth[event])) for event, score, amount in known]
    is_known = len(rows) >= LEAST_KNOWN
    if not is_known:
        latest = scored.order_by("-decided_at").values_list("score", "amount")[:MAX_EVENTS]
        rows = [(score or 0.0, amount, score or 0.0) for score, amount in latest]
    scores, amounts, risks = zip(*rows, strict=True) if rows else ((), (), ())
    return Sample(scores, amounts, risks, is_known)


def curves(found: Sample, policy: Policy) -> list[Curve]:
    """Return the cost curve of each outcome that holds a payment up; none without events."""
    if not found.scores:
        return []
    told = [
        (score, deciding.costs_of(risk, amount, policy))
        for score, amount, risk in zip(found.scores, found.amounts, found.risks, strict=True)
    ]
    thresholds = [step / STEPS for step in range(STEPS + 1)]
    return [
        Curve(
            outcome,
            thresholds,
            [
                sum(costs[outcome if score >= at else Outcome.APPROVE] for score, costs in told)
                for at in thresholds
            ],
        )
        for outcome in HELD
    ]


def outcomes(found: Sample, policy: Policy) -> dict[Outcome, int]:
    """Return how many events each outcome would get by score and policy alone."""
    counts = dict.fromkeys(Outcome, 0)
    for score, amount in zip(found.scores, found.amounts, strict=True):
        ruling = deciding.decide(
            score=score, rule_hits=(), list_hits=(), policy=policy, amount=amount
        )
        counts[ruling.outcome] += 1
    return counts


def cost(found: Sample, policy: Policy) -> float:
    """Return what a policy would cost on these events."""
    total = 0.0
    for score, amount, risk in zip(found.scores, found.amounts, found.risks, strict=True):
        ruling = deciding.decide(
            score=score, rule_hits=(), list_hits=(), policy=policy, amount=amount
        )
        total += deciding.costs_of(risk, amount, policy)[ruling.outcome]
    return total
