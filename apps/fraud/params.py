"""Parameters of a training job, with the limits that forms and REST show and check.

Every field's metadata carries `label`, `help`, and `min`/`max` or `choices`. None is chosen for the data.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from platform_core.jobs import api as jobs

MODELS = (
    "auto",
    "xgboost",
    "logistic",
    "isolation_forest",
    "autoencoder",
    "sequence",
    "blend",
)
MODEL_LABELS = {
    "auto": _("Automatic"),
    "xgboost": _("Boosted trees"),
    "logistic": _("Logistic regression"),
    "isolation_forest": _("Isolation forest (without labels)"),
    "autoencoder": _("Autoencoder (without labels)"),
    "sequence": _("Sequences of payments (recurrent network)"),
    "blend": _("Weighted blend"),
}


@dataclass(frozen=True)
class TrainParams:
    """How a detector is trained; `parse` builds it from a request."""

    model: str = field(
        default="auto",
        metadata={
            "label": _("Model"),
            "help": _(
                "Automatic compares models and settings on the newest days of your own data."
            ),
            "choices": MODELS,
        },
    )
    trees: int | None = field(
        default=None,
        metadata={
            "label": _("Trees"),
            "help": _("More trees take longer to train and to answer."),
            "min": 1,
            "max": 2000,
        },
    )
    depth: int | None = field(
        default=None,
        metadata={
            "label": _("Depth"),
            "help": _("Questions a tree asks one after the other."),
            "min": 1,
            "max": 12,
        },
    )
    learning_rate: float | None = field(
        default=None,
        metadata={
            "label": _("Learning rate"),
            "help": _("How much each tree corrects."),
            "min": 0.001,
            "max": 1.0,
        },
    )
    train_days: int | None = field(
        default=None,
        metadata={
            "label": _("Days of training"),
            "help": _("The newest days that are learned from; all of them by itself."),
            "min": 1,
            "max": 3650,
        },
    )
    seed: int = field(
        default=0,
        metadata={
            "label": _("Seed"),
            "help": _("The same seed and data give the same model."),
            "min": 0,
            "max": 2**31 - 1,
        },
    )
    budget_s: int | None = field(
        default=None,
        metadata={
            "label": _("Time budget"),
            "help": _("Seconds the search may take, the last fit not counted."),
            "min": 5,
            "max": 86_400,
        },
    )


FIELDS: tuple["dataclasses.Field[Any]", ...] = dataclasses.fields(TrainParams)


def parse(raw: Mapping[str, Any]) -> TrainParams:
    """Return the checked parameters of a request.

    Raises:
        InvalidInputError: unknown name, wrong type or out of range; `field` in extra names it.
    """
    return jobs.parse_parameters(TrainParams, raw)


def as_dict(params: TrainParams) -> dict[str, Any]:
    """Return the parameters as JSON-able values."""
    return dataclasses.asdict(params)
