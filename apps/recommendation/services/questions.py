"""What can be asked for recommendations, checked, and written as the predictor's inputs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.recommendation.services.bounds import (
    MAX_LISTED,
    MAX_PICKS,
    check_ids,
    check_json,
    check_k,
    check_rules,
    check_share,
)

Filter = Mapping[str, Any]


@dataclass(frozen=True)
class Question:
    """How many items, which, and how they are put together.

    Attributes:
        k: items per user.
        exclude_seen: leave out what the user touched, in the data or through events.
        history: items to count as touched besides the recorded events, latest first.
        filter: conditions on item attributes, as `ml.recommendation.filters` reads them.
        include: only these items may be answered; empty = all.
        exclude: these may not.
        diversity: 0 = the best scores, 1 = the most different items.
        explain: say why each item is answered.
        rules: business rules of this question, after the recommender's own.
        standing_rules: whether the recommender's own rules are followed.
        alias, version: answer with this alias or version number instead of the endpoint's traffic.
        counts: True for what a real user will see: it takes part in a running experiment.
    """

    k: int = 10
    exclude_seen: bool = True
    history: Sequence[str] = field(default_factory=tuple)
    filter: Filter | None = None
    include: Sequence[str] = field(default_factory=tuple)
    exclude: Sequence[str] = field(default_factory=tuple)
    diversity: float = 0.0
    explain: bool = False
    rules: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    standing_rules: bool = True
    alias: str | None = None
    version: str = ""
    counts: bool = False

    def extra_history(self) -> list[str]:
        """Return the checked items that count as touched."""
        return check_ids(self.history, "item", MAX_PICKS) if self.history else []

    def inputs(self) -> dict[str, list[Any]]:
        """Return the predictor's inputs that are the same for all users; only what was asked for.

        Raises:
            InvalidInputError: a value is out of bounds.
        """
        found: dict[str, list[Any]] = {
            "k": [check_k(self.k)],
            "exclude_seen": [self.exclude_seen],
        }
        if self.filter:
            found["filter"] = [check_json(self.filter, "filter")]
        for name in ("include", "exclude"):
            listed: Sequence[str] = getattr(self, name)
            if listed:
                found[name] = [as_json(check_ids(listed, "item", MAX_LISTED))]
        if check_share(self.diversity, "diversity"):
            found["diversity"] = [self.diversity]
        if self.explain:
            found["explain"] = [True]
        if self.rules:
            found["rules"] = [check_json(check_rules(self.rules), "rules")]
        return found


def as_json(value: Any) -> str:
    """Return JSON, the same for equal values, in which any script stays as it is."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
