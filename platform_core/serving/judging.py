"""Decides whether a candidate does worse than the baseline: sequential one-sided tests with a bounded error.

The bound: a candidate that is no worse than the rules allow is rolled back with a probability of at most
`false_rollback` over the whole canary, however often it is looked at. Look k (0, 1, ...) may spend
`false_rollback / ((k + 1)(k + 2))`, which sums to `false_rollback` (union bound); the criteria share it.
Errors and latency each take an upper confidence bound of the baseline at half of their share and an exact
binomial test of the candidate beyond it at the other half (Clopper & Pearson 1934); quality is compared by
Welch's test in its normal approximation (30 and more labels on each side). All of it supposes that requests
fail and dawdle independently of each other, and that both sides meet the same requests, which the split
sees to.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from platform_core.serving import buckets

FIRST_LOOK = 20
"""Requests of the candidate before the first test of a step; the next ones are due at twice as many each."""
_MIN_LABELS = 30
_CRITERIA = 3
_TAIL = 0.05
"""What lies beyond the 95th percentile."""


@dataclass(frozen=True)
class Quality:
    """Labels that have arrived for one version; higher is better.

    Attributes:
        labels: how many.
        mean, variance: of the quality figure over them.
    """

    labels: int
    mean: float
    variance: float


@dataclass(frozen=True)
class Side:
    """What one side of a comparison did.

    Attributes:
        requests, failures: answered and of those refused or failed.
        latency: bucket -> requests.
    """

    requests: int = 0
    failures: int = 0
    latency: Mapping[int, int] = field(default_factory=dict)
    quality: Quality | None = None

    @property
    def failure_rate(self) -> float:
        """Failures of all requests; 0 without requests."""
        return self.failures / self.requests if self.requests else 0.0

    @property
    def p95_s(self) -> float | None:
        """Its 95th percentile of latency."""
        return buckets.quantile_s(self.latency, 1 - _TAIL)


@dataclass(frozen=True)
class Limits:
    """How much worse a candidate may be.

    Attributes:
        max_error_increase: of the failure rate, as a difference.
        max_latency_ratio: of the 95th percentile.
        max_quality_drop: of the mean quality, as a difference; None when quality is not asked.
    """

    max_error_increase: float = 0.01
    max_latency_ratio: float = 1.5
    max_quality_drop: float | None = None


def share_of_look(look: int, false_rollback: float) -> float:
    """Return what each criterion may spend at a look (counted from 0)."""
    return false_rollback / ((look + 1) * (look + 2)) / _CRITERIA


def proven_worse(baseline: Side, candidate: Side, limits: Limits, level: float) -> str:
    """Return the criterion by which the candidate is worse than allowed, or an empty text.

    `baseline` and `candidate` were counted over the same span of time; `level` is the probability of a wrong
    answer, of each criterion.
    """
    if _errors_worse(baseline, candidate, limits.max_error_increase, level):
        return "errors"
    if _latency_worse(baseline, candidate, limits.max_latency_ratio, level):
        return "latency"
    if _quality_worse(baseline, candidate, limits.max_quality_drop, level):
        return "quality"
    return ""


def looks_worse(baseline: Side, candidate: Side, limits: Limits) -> str:
    """Return the criterion whose plain figures lie beyond the limit, proven or not, or an empty text."""
    if candidate.failure_rate - baseline.failure_rate > limits.max_error_increase:
        return "errors"
    slow, usual = candidate.p95_s, baseline.p95_s
    if slow is not None and usual is not None and slow > limits.max_latency_ratio * usual:
        return "latency"
    drop = limits.max_quality_drop
    mine, other = candidate.quality, baseline.quality
    if drop is not None and mine and other and other.mean - mine.mean > drop:
        return "quality"
    return ""


def _errors_worse(baseline: Side, candidate: Side, allowed: float, level: float) -> bool:
    if not baseline.requests or not candidate.requests:
        return False
    usual = upper_bound(baseline.failures, baseline.requests, level / 2)
    worst = min(1.0, usual + allowed)
    return tail(candidate.failures, candidate.requests, worst) <= level / 2


def _latency_worse(baseline: Side, candidate: Side, ratio: float, level: float) -> bool:
    usual = _quantile_bound(baseline.latency, level / 2)
    if usual is None or not candidate.latency:
        return False
    limit = buckets.index_of(ratio * buckets.upper_s(usual))  # rounds up: to the candidate's favour
    slow = buckets.above(candidate.latency, limit)
    return tail(slow, sum(candidate.latency.values()), _TAIL) <= level / 2


def _quantile_bound(counts: Mapping[int, int], level: float) -> int | None:
    """Return a bucket the true 95th percentile lies beyond with a probability of at most `level`."""
    total, seen = sum(counts.values()), 0
    for index in sorted(counts):
        seen += counts[index]
        if tail(seen, total, 1 - _TAIL) <= level:
            return index
    return None


def _quality_worse(baseline: Side, candidate: Side, drop: float | None, level: float) -> bool:
    mine, other = candidate.quality, baseline.quality
    if (
        drop is None
        or mine is None
        or other is None
        or min(mine.labels, other.labels) < _MIN_LABELS
    ):
        return False
    gap = other.mean - mine.mean - drop
    error = math.sqrt(mine.variance / mine.labels + other.variance / other.labels)
    if error == 0:
        return gap > 0
    return 0.5 * math.erfc(gap / error / math.sqrt(2)) <= level


def tail(successes: int, trials: int, chance: float) -> float:
    """Return P(X >= successes) of a binomial variable."""
    if successes <= 0:
        return 1.0
    return _beta(successes, trials - successes + 1, chance)


def upper_bound(successes: int, trials: int, level: float) -> float:
    """Return the Clopper-Pearson upper bound of a chance: too low with a probability of at most `level`."""
    if successes >= trials:
        return 1.0
    low, high = successes / trials, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        at_most = 1 - tail(successes + 1, trials, middle)
        low, high = (middle, high) if at_most > level else (low, middle)
    return high


def _beta(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b).

    Source: Press et al., Numerical Recipes, 3rd ed., section 6.4; checked against scipy in the tests.
    """
    if x <= 0 or x >= 1:
        return float(x > 0)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, 1 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    """Return the continued fraction of the incomplete beta function, by Lentz's method."""
    tiny = 1e-300
    c, d = 1.0, 1 / _apart(1 - (a + b) * x / (a + 1), tiny)
    total = d
    for m in range(1, 10_000):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _apart(1 + step * d, tiny)
            c = _apart(1 + step / c, tiny)
            change = c * d
            total *= change
        if abs(change - 1) < 1e-12:
            break
    return total


def _apart(value: float, tiny: float) -> float:
    return value if abs(value) > tiny else tiny
