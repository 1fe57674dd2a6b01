"""What an experiment says: rates with intervals, whether they can be believed, and what to do."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Sum
from django.utils import timezone

from apps.recommendation import selectors
from apps.recommendation.models import Experiment, Impression, Outcome
from apps.recommendation.services import outcomes, proportions
from apps.recommendation.services.impressions import forget
from apps.recommendation.services.proportions import Arm, Values
from platform_core.accounts.api import Actor

FEWEST_USERS, FEWEST_CONVERTED = 100, 10
"""Of each variant, below which no verdict is given: the intervals are approximations."""
VARIANTS = ("a", "b")


@dataclass(frozen=True)
class Counted:
    """What one variant's users were shown and did."""

    impressions: int
    arm: Arm
    outcomes: int
    values: Values


def result_of(*, actor: Actor, name: str, experiment_id: str) -> dict[str, Any]:
    """Return the result as of now, JSON-able; events received meanwhile are counted first.

    Keys: `a` and `b` (users, converted, rate, interval, impressions, outcomes, value, value_per_user),
    `difference` (B - A, with the interval of a single reading), `always_valid` (the interval for reading
    at any time), `relative`, `p_value`, `value_difference`, `split_p_value`, `is_complete`, `verdict` (see
    _verdict), `cautions`.
    """
    actor.require("model.view")
    experiment = selectors.get_experiment(actor=actor, name=name, experiment_id=experiment_id)
    if experiment.result is not None:
        return dict(experiment.result)
    is_settled = outcomes.settle(experiment)
    found = _computed(experiment, is_settled=is_settled, now=timezone.now())
    if _is_final(experiment, is_settled=is_settled):
        Experiment.objects.filter(pk=experiment.pk).update(result=found)
        forget()
    return found


def _is_final(experiment: Experiment, *, is_settled: bool) -> bool:
    """Say whether nothing can be added any more."""
    ended, settled = experiment.ended_at, experiment.settled_at
    if not (is_settled and ended and settled):
        return False
    return (settled - ended).total_seconds() >= experiment.window_s


def _computed(experiment: Experiment, *, is_settled: bool, now: datetime) -> dict[str, Any]:
    counted = {variant: _counted(experiment, variant) for variant in VARIANTS}
    a, b = counted["a"].arm, counted["b"].arm
    is_complete = experiment.planned_end is not None and now >= experiment.planned_end
    intervals = {
        "difference": proportions.difference(a, b),
        "always_valid": proportions.always_valid(a, b),
    }
    split = proportions.split_p_value(a.users, b.users, experiment.share_b)
    read = intervals["difference" if is_complete else "always_valid"]
    enough = all(arm.users >= FEWEST_USERS and arm.converted >= FEWEST_CONVERTED for arm in (a, b))
    return {
        **{variant: _told(each) for variant, each in counted.items()},
        "difference": [b.rate - a.rate, *intervals["difference"]],
        "always_valid": list(intervals["always_valid"]),
        "relative": (b.rate - a.rate) / a.rate if a.rate else None,
        "p_value": proportions.p_value(a, b),
        "value_difference": _values(counted["a"].values, counted["b"].values),
        "split_p_value": split,
        "is_complete": is_complete,
        "verdict": _verdict(read, split, enough=enough, is_complete=is_complete),
        "cautions": _cautions(experiment, is_settled=is_settled),
        "counted_at": now.isoformat(),
    }


def _verdict(read: proportions.Interval, split: float, *, enough: bool, is_complete: bool) -> str:
    """Return `broken` (uneven split), `few`, `a` or `b` (that one is better), `wait`, or `equal`.

    Before the planned end the interval for any time is read, so that stopping early is no mistake; after it
    the narrower one, read once.
    """
    if split < proportions.SUSPECT_BELOW:
        return "broken"
    if not enough:
        return "few"
    low, high = read
    if low > 0:
        return "b"
    if high < 0:
        return "a"
    return "equal" if is_complete else "wait"


def _cautions(experiment: Experiment, *, is_settled: bool) -> list[str]:
    """Return what a reader must know, as keys of words."""
    found = {
        "behind": not is_settled,
        "full": experiment.is_full,
        "moved": experiment.state == Experiment.State.RUNNING and _has_moved(experiment),
    }
    return [key for key, holds in found.items() if holds]


def _has_moved(experiment: Experiment) -> bool:
    """Say whether an alias points to another version than when it started."""
    now = selectors.aliased_versions(experiment=experiment)
    return now != (experiment.version_a, experiment.version_b)


def _counted(experiment: Experiment, variant: str) -> Counted:
    shown = Impression.objects.filter(experiment=experiment, variant=variant).aggregate(
        users=Count("user_hash", distinct=True), impressions=Count("id")
    )
    led = Outcome.objects.filter(experiment=experiment, impression__variant=variant)
    done = led.aggregate(users=Count("impression__user_hash", distinct=True), outcomes=Count("id"))
    per_user = led.values("impression__user_hash").annotate(total=Sum("value")).order_by()
    totals = [each or 0.0 for each in per_user.values_list("total", flat=True).iterator()]
    return Counted(
        impressions=shown["impressions"],
        arm=Arm(shown["users"], done["users"]),
        outcomes=done["outcomes"],
        values=Values(shown["users"], sum(totals), sum(each * each for each in totals)),
    )


def _told(counted: Counted) -> dict[str, Any]:
    return {
        "users": counted.arm.users,
        "converted": counted.arm.converted,
        "rate": counted.arm.rate,
        "interval": list(proportions.interval(counted.arm)),
        "impressions": counted.impressions,
        "outcomes": counted.outcomes,
        "value": counted.values.total,
        "value_per_user": counted.values.mean,
    }


def _values(a: Values, b: Values) -> list[float] | None:
    """Return the difference of the value per user with its interval; None where no outcome had a value."""
    if not (a.squares or b.squares):
        return None
    return [b.mean - a.mean, *proportions.value_difference(a, b)]
