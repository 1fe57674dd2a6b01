"""When a rule fires and when it is over: pure, so that every course can be tried."""

from dataclasses import dataclass

OK, FIRING = "ok", "firing"


@dataclass(frozen=True)
class Standing:
    """How a rule stands.

    Attributes:
        state: OK or FIRING.
        beyond: looks in a row beyond the threshold.
        within: looks in a row well within it.
    """

    state: str = OK
    beyond: int = 0
    within: int = 0


@dataclass(frozen=True)
class Limits:
    """When it changes: see `AlertRule`; `below` is bad for figures of which more is better."""

    threshold: float
    looks: int
    margin: float
    below: bool = False


def judge(standing: Standing, value: float, limits: Limits) -> Standing:
    """Return how a rule stands after one more look.

    Between the threshold and the margin within it nothing is counted and nothing changes: a figure that
    wavers around the threshold neither fires nor clears again and again.
    """
    if _is_beyond(value, limits):
        beyond = min(standing.beyond + 1, limits.looks)
        state = FIRING if beyond >= limits.looks else standing.state
        return Standing(state, beyond, 0)
    if not _is_well_within(value, limits):
        return Standing(standing.state, 0, 0)
    within = min(standing.within + 1, limits.looks)
    state = OK if within >= limits.looks else standing.state
    return Standing(state, 0, within)


def _is_beyond(value: float, limits: Limits) -> bool:
    return value < limits.threshold if limits.below else value > limits.threshold


def _is_well_within(value: float, limits: Limits) -> bool:
    room = limits.margin * abs(limits.threshold)
    if limits.below:
        return value >= limits.threshold + room
    return value <= limits.threshold - room
