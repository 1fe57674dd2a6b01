"""Parameters of a training job, with the limits that forms and REST show and check.

Every field's metadata carries `label`, `help`, and `min`/`max` or `choices`; `models` lists the
models that read it (all of them when absent). A field whose default is None is chosen for the data.
"""

import dataclasses
import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args, get_type_hints

from django.utils.translation import gettext_lazy as _

from platform_core.errors import InvalidInputError

MODELS = (
    "auto",
    "als",
    "bpr",
    "ease",
    "feature_mf",
    "graph_filter",
    "popularity",
    "recency",
    "sasrec",
    "two_tower",
)
MODEL_LABELS = {
    "auto": _("Automatic"),
    "als": _("Matrix factorisation (implicit feedback)"),
    "blend": _("Weighted blend"),
    "bpr": _("Matrix factorisation trained to rank"),
    "ease": _("Item-item regression (catalogues of up to some ten thousand items)"),
    "feature_mf": _("Factorisation with features (ratings)"),
    "graph_filter": _("Graph filter (large sparse catalogues)"),
    "popularity": _("Popularity"),
    "recency": _("Popularity of late"),
    "sasrec": _("Sequences by self-attention (what comes next)"),
    "two_tower": _("Two deep towers over ids, histories and features"),
}
SETTING_OF = {("als", "epochs"): "iterations"}
"""Fields that a model calls otherwise."""
_FACTORISED = ("auto", "als")


@dataclass(frozen=True)
class TrainParams:
    """How a recommender is trained; `parse` builds it from a request."""

    model: str = field(
        default="auto",
        metadata={
            "label": _("Model"),
            "help": _(
                "Automatic compares models, settings and blends on a part held out of your own data."
            ),
            "choices": MODELS,
        },
    )
    factors: int | None = field(
        default=None,
        metadata={
            "label": _("Factors"),
            "help": _("Numbers that describe each user and item. More takes longer."),
            "min": 2,
            "max": 512,
            "models": (*_FACTORISED, "bpr"),
        },
    )
    regularisation: float | None = field(
        default=None,
        metadata={
            "label": _("Regularisation"),
            "help": _("Larger is more cautious; scaled by the interactions per user."),
            "min": 0.0,
            "max": 100.0,
            "models": (*_FACTORISED, "bpr", "ease", "feature_mf"),
        },
    )
    confidence: float | None = field(
        default=None,
        metadata={
            "label": _("Confidence"),
            "help": _("How much more a seen pair weighs than an unseen one; scaled by density."),
            "min": 0.01,
            "max": 1000.0,
            "models": _FACTORISED,
        },
    )
    epochs: int | None = field(
        default=None,
        metadata={
            "label": _("Epochs"),
            "help": _("Passes over the data, at most; ratings stop earlier when nothing improves."),
            "min": 1,
            "max": 1000,
            "models": (*_FACTORISED, "bpr", "feature_mf", "sasrec", "two_tower"),
        },
    )
    learning_rate: float | None = field(
        default=None,
        metadata={
            "label": _("Learning rate"),
            "help": _("Step length of the optimiser."),
            "min": 1e-5,
            "max": 1.0,
            "models": ("bpr", "feature_mf", "sasrec", "two_tower"),
        },
    )
    batch_size: int | None = field(
        default=None,
        metadata={
            "label": _("Batch size"),
            "help": _("Ratings per step."),
            "min": 16,
            "max": 1_000_000,
            "models": ("feature_mf",),
        },
    )
    dropout: float | None = field(
        default=None,
        metadata={
            "label": _("Dropout"),
            "help": _(
                "Share of what was seen that the training imagines hidden; more is more cautious."
            ),
            "min": 0.0,
            "max": 0.9,
            "models": ("ease", "sasrec", "two_tower"),
        },
    )
    width: int | None = field(
        default=None,
        metadata={
            "label": _("Width"),
            "help": _("Numbers of an item's vector in the network; an even one."),
            "min": 8,
            "max": 512,
            "models": ("sasrec", "two_tower"),
        },
    )
    length: int | None = field(
        default=None,
        metadata={
            "label": _("Length"),
            "help": _("Latest events of a person that the network reads."),
            "min": 2,
            "max": 500,
            "models": ("sasrec",),
        },
    )
    user_power: float | None = field(
        default=None,
        metadata={
            "label": _("User power"),
            "help": _(
                "How much less each choice of people who choose a lot says; 0 is not at all."
            ),
            "min": 0.0,
            "max": 1.0,
            "models": ("ease", "graph_filter"),
        },
    )
    item_power: float | None = field(
        default=None,
        metadata={
            "label": _("Item power"),
            "help": _("How much less a choice of a popular item says; 0 is not at all."),
            "min": 0.0,
            "max": 1.0,
            "models": ("graph_filter",),
        },
    )
    rank: int | None = field(
        default=None,
        metadata={
            "label": _("Rank"),
            "help": _("Leading vectors of the graph that are kept."),
            "min": 1,
            "max": 1024,
            "models": ("graph_filter",),
        },
    )
    low_weight: float | None = field(
        default=None,
        metadata={
            "label": _("Low-pass weight"),
            "help": _("Weight of the leading vectors beside the neighbourhood."),
            "min": 0.0,
            "max": 10.0,
            "models": ("graph_filter",),
        },
    )
    sharpen: float | None = field(
        default=None,
        metadata={
            "label": _("Sharpening"),
            "help": _("Length of the step back from what smoothing took away; 0 is none."),
            "min": 0.0,
            "max": 10.0,
            "models": ("graph_filter",),
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
            "help": _(
                "Seconds the search may take, the last fit not counted; by itself 10 to 60, by the size of "
                "the data. Networks are tried from 120."
            ),
            "min": 5,
            "max": 86_400,
        },
    )


FIELDS: tuple["dataclasses.Field[Any]", ...] = dataclasses.fields(TrainParams)
_TYPES = get_type_hints(TrainParams)


def parse(raw: Mapping[str, Any]) -> TrainParams:
    """Return the checked parameters of a request.

    Args:
        raw: name -> value; text is accepted for numbers (forms send it),
            None or "" means the default.

    Raises:
        InvalidInputError: unknown name, wrong type or out of range; `field` in extra names it.
    """
    by_name = {each.name: each for each in FIELDS}
    for name in raw:
        if name not in by_name:
            raise _unknown(str(name), list(by_name))
    given = {name: value for name, value in raw.items() if value is not None and value != ""}
    return TrainParams(**{name: _checked(by_name[name], value) for name, value in given.items()})


def as_dict(params: TrainParams) -> dict[str, Any]:
    """Return the parameters as JSON-able values."""
    return dataclasses.asdict(params)


def _unknown(name: str, known: list[str]) -> InvalidInputError:
    close = difflib.get_close_matches(name, known, n=1)
    remedy = f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(known)}."
    return InvalidInputError(
        f"There is no parameter {name[:60]!r}.", remedy=remedy, field=name[:60]
    )


def _checked(spec: "dataclasses.Field[Any]", value: object) -> Any:
    choices = spec.metadata.get("choices")
    if choices:
        if value not in choices:
            raise _refused(spec.name, value, f"one of {', '.join(choices)}")
        return value
    low, high = spec.metadata["min"], spec.metadata["max"]
    whole = int in (_TYPES[spec.name], *get_args(_TYPES[spec.name]))
    words = f"a {'whole ' if whole else ''}number between {low} and {high}"
    number = _number(value, whole=whole)
    if number is None or not low <= number <= high:
        raise _refused(spec.name, value, words)
    return number


def _number(value: object, *, whole: bool) -> float | int | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):  # a whole number may have more digits than any float
        return None
    if not math.isfinite(number) or (whole and not number.is_integer()):
        return None
    return int(number) if whole else number


def _refused(name: str, value: object, expected: str) -> InvalidInputError:
    return InvalidInputError(
        f"Parameter {name!r} is {str(value)[:60]!r}.", remedy=f"Give {expected}.", field=name
    )
