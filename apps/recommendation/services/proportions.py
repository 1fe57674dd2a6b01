"""Two groups of users compared by the share that converted; nothing but arithmetic.

Rates are in [0, 1], intervals are (low, high), the difference is always B - A.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

Interval = tuple[float, float]
LEVEL = 0.95
SUSPECT_BELOW = 0.001
"""p-value under which a split is not chance; the usual bound for this check, as it is looked at often."""


@dataclass(frozen=True)
class Arm:
    """One variant: users who were shown it, and how many of them converted."""

    users: int
    converted: int

    @property
    def rate(self) -> float:
        """Return the share that converted; 0 without users."""
        return self.converted / self.users if self.users else 0.0


def interval(arm: Arm, level: float = LEVEL) -> Interval:
    """Return the interval of a rate by Wilson 1927, which stays within [0, 1] for any count."""
    if arm.users == 0:
        return 0.0, 1.0
    z, n, p = _z(level), arm.users, arm.rate
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low = max(0.0, centre - half) if arm.converted else 0.0
    high = min(1.0, centre + half) if arm.converted < n else 1.0
    return low, high


def difference(a: Arm, b: Arm, level: float = LEVEL) -> Interval:
    """Return the interval of B's rate less A's, read once, at the planned end.

    Source: Newcombe 1998, method 10 (from two Wilson intervals): right for small groups and rare
    conversions, where the textbook interval is not.
    """
    low_a, high_a = interval(a, level)
    low_b, high_b = interval(b, level)
    found = b.rate - a.rate
    low = found - math.hypot(b.rate - low_b, high_a - a.rate)
    high = found + math.hypot(high_b - b.rate, a.rate - low_a)
    return max(-1.0, low), min(1.0, high)


def always_valid(a: Arm, b: Arm, level: float = LEVEL, tuned_for: int = 10_000) -> Interval:
    """Return an interval of the difference that may be read at any time and as often as one likes.

    It is wider than `difference`: with 95 % probability it holds the truth at all times together.
    Tightest at about `tuned_for` users. Source: Waudby-Smith et al. 2021, theorem 2.2 (asymptotic
    confidence sequences); its error over many readings is measured in the test.
    """
    users = a.users + b.users
    if min(a.users, b.users) == 0:
        return -1.0, 1.0
    smoothed = [(arm.converted + 0.5) / (arm.users + 1) for arm in (a, b)]
    variance = users * sum(
        rate * (1 - rate) / arm.users for rate, arm in zip(smoothed, (a, b), strict=True)
    )
    alpha = 1 - level
    # the mixture's width that is best at `tuned_for` users
    rho2 = (-2 * math.log(alpha) + math.log(-2 * math.log(alpha) + 1)) / tuned_for
    scaled = users * rho2 + 1
    half = math.sqrt(
        variance * 2 * scaled / (users**2 * rho2) * math.log(math.sqrt(scaled) / alpha)
    )
    found = b.rate - a.rate
    return max(-1.0, found - half), min(1.0, found + half)


def p_value(a: Arm, b: Arm) -> float:
    """Return the two-sided p-value of equal rates (pooled z-test); 1 where nothing can be told."""
    if min(a.users, b.users) == 0:
        return 1.0
    pooled = (a.converted + b.converted) / (a.users + b.users)
    error = math.sqrt(pooled * (1 - pooled) * (1 / a.users + 1 / b.users))
    return math.erfc(abs(b.rate - a.rate) / error / math.sqrt(2)) if error else 1.0


def split_p_value(users_a: int, users_b: int, share_b: float) -> float:
    """Return how likely so uneven a split is by chance (chi-square, 1 degree of freedom).

    A small value means that assignment or recording is broken, and that no rate can be believed.
    """
    users = users_a + users_b
    if users == 0:
        return 1.0
    expected_b = users * share_b
    expected_a = users - expected_b
    statistic = (users_a - expected_a) ** 2 / expected_a + (users_b - expected_b) ** 2 / expected_b
    return math.erfc(math.sqrt(statistic / 2))


@dataclass(frozen=True)
class Values:
    """What one variant's users brought in: sums over all users, those with nothing included."""

    users: int
    total: float
    squares: float

    @property
    def mean(self) -> float:
        """Return the value per user."""
        return self.total / self.users if self.users else 0.0

    @property
    def variance_of_mean(self) -> float:
        """Return the squared standard error of the mean."""
        if self.users < 2:
            return 0.0
        spread = max(self.squares - self.users * self.mean**2, 0.0) / (self.users - 1)
        return spread / self.users


def value_difference(a: Values, b: Values, level: float = LEVEL) -> Interval:
    """Return the interval of B's value per user less A's (Welch, by the normal distribution)."""
    half = _z(level) * math.sqrt(a.variance_of_mean + b.variance_of_mean)
    return b.mean - a.mean - half, b.mean - a.mean + half


def _z(level: float) -> float:
    return NormalDist().inv_cdf(0.5 + level / 2)
