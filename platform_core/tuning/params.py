"""What a study may be asked for, and its limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from platform_core.training.api import TrainingSpec

STUDY_KIND = "tuning.study"
DIRECTIONS, SAMPLERS, PRUNERS = (
    ("minimize", "maximize"),
    ("tpe", "random"),
    ("median", "hyperband", "none"),
)
STATES = ("complete", "pruned", "failed")
"""Of a trial; the same as in `ml.tuning.searching`, which web processes do not import."""
MAX_TRIALS = 200
MAX_BUDGET_S = 7 * 24 * 3600
MAX_EPOCHS = 100_000
"""Of all trials together: a value is kept of each."""


@dataclass(frozen=True)
class StudySpec:
    """What to search.

    Attributes:
        training: what every trial varies; its name is the study's and the model's.
        space: parameter -> {type, low, high, log, step} or {type, choices}; see `ml.tuning.space`.
        metric: curve to judge by; empty takes `val_loss`, or `loss` where nothing is held out.
        direction: minimize or maximize.
        trials: most trials, 1 to 200.
        budget_s: seconds of all trials after which none begins.
        pruner: median, hyperband or none.
        sampler: tpe or random.
        seed: of what is drawn.
    """

    training: TrainingSpec
    space: Mapping[str, Any]
    metric: str = ""
    direction: str = "minimize"
    trials: int = 20
    budget_s: int = 3600
    pruner: str = "median"
    sampler: str = "tpe"
    seed: int = 0
