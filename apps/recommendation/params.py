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

MODELS = ("auto", "als", "feature_mf", "popularity")
MODEL_LABELS = {
    "auto": _("Automatic"),
    "als": _("Matrix factorisation (implicit feedback)"),
    "feature_mf": _("Factorisation with features (ratings)"),
    "popularity": _("Popularity"),
}
_FACTORISED = ("auto", "als")


@dataclass(frozen=True)
class TrainParams:
    """How a recommender is trained; `parse` builds it from a request."""

    model: str = field(
        default="auto",
        metadata={
            "label": _("Model"),
            "help": _("Automatic compares a few settings on a part held out of your own data."),
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
            "models": _FACTORISED,
        },
    )
    regularisation: float | None = field(
        default=None,
        metadata={
            "label": _("Regularisation"),
            "help": _("Larger is more cautious; scaled by the interactions per user."),
            "min": 0.0,
            "max": 100.0,
            "models": (*_FACTORISED, "feature_mf"),
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
            "models": (*_FACTORISED, "feature_mf"),
        },
    )
    learning_rate: float = field(
        default=0.02,
        metadata={
            "label": _("Learning rate"),
            "help": _("Step length of the Adam optimiser."),
            "min": 1e-5,
            "max": 1.0,
            "models": ("feature_mf",),
        },
    )
    batch_size: int = field(
        default=8192,
        metadata={
            "label": _("Batch size"),
            "help": _("Ratings per step."),
            "min": 16,
            "max": 1_000_000,
            "models": ("feature_mf",),
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
    budget_s: int = field(
        default=600,
        metadata={
            "label": _("Time budget"),
            "help": _("Seconds the search for good settings may take; the last fit comes on top."),
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
