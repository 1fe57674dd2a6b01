"""Which alias of an endpoint answers a request: by weight, by key, or as the caller wishes."""

import hashlib
import random
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from platform_core.serving.runtime.counting import ArmCounts
from platform_core.serving.runtime.request_log import Sampler
from platform_core.serving.runtime.response_cache import ResponseCache
from platform_core.serving.runtime.versions import VersionKey

RouteName = tuple[str, str]
"""(organisation id, endpoint name)."""
_POINTS = 2**64


@dataclass(frozen=True, slots=True)
class Wish:
    """What a request asks of the choice.

    Attributes:
        alias: answer with this alias of the endpoint's model, whatever the traffic.
        sticky_key: requests with equal keys get the same alias for as long as the weights stay.

    Both are percent-encoded where they are not ASCII: they come in headers.
    """

    alias: str = ""
    sticky_key: str = ""


ANY = Wish()


class Arm:
    """One alias of an endpoint: `active` answers, `target` is what the alias points to now.

    Attributes:
        route: organisation and name of the endpoint.
        alias: empty when a caller asked for a certain version.
        problem: why it has no version, or why its target cannot be loaded.
        counts: of its requests; None where an endpoint has but one alias and is not watched.
        shadow: what gets copies of its requests; None for nothing.
        options: of the endpoint, see `spec.OPTIONS`.
        answers: kept for equal requests; None where the endpoint keeps none.
        sampler: draws requests for the log; None where the endpoint keeps none.
    """

    __slots__ = (
        "active",
        "alias",
        "answers",
        "counts",
        "options",
        "problem",
        "route",
        "sampler",
        "shadow",
        "target",
    )

    def __init__(
        self, route: RouteName, alias: str, version: VersionKey | None, problem: str = ""
    ) -> None:
        self.route, self.alias, self.problem = route, alias, problem
        self.active = self.target = version
        self.counts: ArmCounts | None = None
        self.shadow: Shadow | None = None
        self.options: Mapping[str, Any] = {}
        self.answers: ResponseCache | None = None
        self.sampler: Sampler | None = None

    def heed(self, options: Mapping[str, Any]) -> None:
        """Take the endpoint's options as they are now."""
        self.options = options
        most_bytes = int(options.get("response_cache_bytes") or 0)
        if not most_bytes:
            self.answers = None
        elif self.answers is None:
            self.answers = ResponseCache(most_bytes)
        else:
            self.answers.resize(most_bytes)


@dataclass(frozen=True, slots=True)
class Shadow:
    """What gets copies of an endpoint's requests: `fraction` of them go to `arm`."""

    arm: Arm
    fraction: float
    endpoint_id: UUID


class Split:
    """Chooses among arms by weight; the first arm takes what the others leave.

    The others lie at the start of the interval, so a growing weight takes keys from the first arm and
    moves none between the others and back.
    """

    __slots__ = ("_cuts", "_others", "first")

    def __init__(self, first: Arm, others: list[tuple[Arm, float]]) -> None:
        """Take the first arm and (arm, share of requests in [0, 1]) of the others."""
        self.first = first
        self._others = [arm for arm, _ in others]
        self._cuts = list(accumulate(share for _, share in others))

    @property
    def is_divided(self) -> bool:
        """Say whether more than one arm answers."""
        return bool(self._others)

    @property
    def arms(self) -> list[Arm]:
        """Every arm that answers."""
        return [self.first, *self._others]

    def pick(self, sticky_key: str = "") -> Arm:
        """Return the arm of one request."""
        if not self._others:
            return self.first
        point = place(self.first.route, sticky_key) if sticky_key else random.random()  # noqa: S311
        index = bisect_right(self._cuts, point)
        return self._others[index] if index < len(self._others) else self.first


def place(route: RouteName, sticky_key: str) -> float:
    """Return where in [0, 1) a key falls; the same on every host, another for every endpoint."""
    plain = unquote(sticky_key) if "%" in sticky_key else sticky_key
    text = "\0".join((*route, plain)).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest()) / _POINTS
