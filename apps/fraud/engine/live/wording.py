"""Reasons in words: what speaks most for the score, with what is normal for this customer beside it."""

import math
from typing import Any

import numpy as np
from django.utils.translation import gettext, gettext_noop
from numpy.typing import NDArray

from apps.fraud.engine.live.knowing import Known
from apps.fraud.engine.live.usual import Own
from ml.fraud.features.feature import Feature

MAX_REASONS = 5
_WORDS = {
    "count": gettext_noop("Payments of the %(entity)s within %(window)s"),
    "sum": gettext_noop("Sum of %(column)s of the %(entity)s within %(window)s"),
    "mean": gettext_noop("Mean %(column)s of the %(entity)s within %(window)s"),
    "max": gettext_noop("Highest %(column)s of the %(entity)s within %(window)s"),
    "min": gettext_noop("Lowest %(column)s of the %(entity)s within %(window)s"),
    "std": gettext_noop("Spread of %(column)s of the %(entity)s within %(window)s"),
    "distinct": gettext_noop("Different values of %(column)s of the %(entity)s within %(window)s"),
    "ratio": gettext_noop("%(column)s against what is usual for the %(entity)s"),
    "since_last": gettext_noop("Seconds since the last payment of the %(entity)s"),
    "first_seen": gettext_noop("First payment of the %(entity)s"),
    "age": gettext_noop("Seconds since the first payment of the %(entity)s"),
    "delayed_count": gettext_noop("Payments of the %(entity)s whose outcome is known, %(window)s"),
    "delayed_frauds": gettext_noop("Known frauds of the %(entity)s, %(window)s"),
    "delayed_share": gettext_noop("Share of known frauds of the %(entity)s, %(window)s"),
    "linked": gettext_noop("Other values of %(column)s that share an identity, %(window)s"),
    "linked_frauds": gettext_noop("Known frauds of others that share an identity, %(window)s"),
    "hour": gettext_noop("Hour of the day"),
    "night": gettext_noop("At night"),
    "weekend": gettext_noop("At the weekend"),
    "is": gettext_noop("%(column)s is %(category)s"),
}
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def reasons(
    known: Known, features_F: NDArray[np.float64], contributions: NDArray[np.float32]
) -> list[dict[str, Any]]:
    """Return the features that raise the risk most, strongest first; empty without contributions."""
    features = known.features
    if len(contributions) < len(features.features):
        return []
    order = np.argsort(-contributions[: len(features.features)])[:MAX_REASONS].tolist()
    own = known.own
    return [
        _reason(known, at, own[at], features_F, float(contributions[at]))
        for at in order
        if contributions[at] > 0
    ]


def _reason(
    known: Known, at: int, own: Own, features_F: NDArray[np.float64], contribution: float
) -> dict[str, Any]:
    """Return one reason; `normal` is the customer's own where it is known, else of honest events."""
    feature = known.features.features[at]
    usual = float(features_F[own[0]]) * own[1] if own else math.nan
    is_own = math.isfinite(usual)
    value = float(features_F[at])
    return {
        "feature": feature.name,
        "words": words(feature),
        "value": value if math.isfinite(value) else None,
        "normal": usual if is_own else known.normals.get(feature.name, {}).get("normal"),
        "normal_of": "customer" if is_own else "everybody",
        "contribution": round(contribution, 5),
    }


def words(feature: Feature) -> str:
    """Return what a feature is, in the reader's language."""
    told = gettext(_WORDS[feature.kind]) if feature.kind in _WORDS else "%(column)s"
    return told % {
        "entity": " + ".join(feature.entity),
        "column": feature.column or "",
        "window": window(feature.window_s or 0),
        "category": feature.categories[0] if feature.categories else "",
    }


def window(seconds: int) -> str:
    """Return a span of time, such as `7 d`."""
    for unit_s, name in _UNITS:
        if seconds >= unit_s and seconds % unit_s == 0:
            return f"{seconds // unit_s} {name}"
    return f"{seconds} s"
