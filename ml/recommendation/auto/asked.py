"""What a search is asked."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Asked:
    """What the search may do.

    Attributes:
        seed: of cuts, models and sampler.
        budget_s: seconds of the whole search.
        fixed: settings of ALS that a person chose and that stay.
        kinds: to try, or None for all that suit the data.
        negatives: judge each held-out item among so many drawn ones; 0: among everything.
    """

    seed: int = 0
    budget_s: float = 600.0
    fixed: dict[str, Any] = field(default_factory=dict)
    kinds: tuple[str, ...] | None = None
    negatives: int = 0
