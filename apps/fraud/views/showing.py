"""Decisions, reasons and amounts in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.fraud.models import Detector, Outcome
from platform_core.web.api import number

CHIPS = {
    Outcome.APPROVE: ("good", "check"),
    Outcome.CHALLENGE: ("active", "key"),
    Outcome.REVIEW: ("warn", "eye"),
    Outcome.DECLINE: ("bad", "ban"),
}
"""Outcome -> tone and icon of its chip."""
DECIDED_BY = {
    "block_list": gettext_lazy("Block list"),
    "allow_list": gettext_lazy("Allow list"),
    "watch_list": gettext_lazy("Watch list"),
    "rule": gettext_lazy("Rule"),
    "policy": gettext_lazy("Score and policy"),
    "fallback": gettext_lazy("Fallback: the model did not answer"),
}


def outcome(value: str) -> dict[str, Any]:
    """Return an outcome as a chip shows it."""
    found = Outcome(value)
    tone, icon = CHIPS[found]
    return {"words": found.label, "tone": tone, "icon": icon, "value": str(found.value)}


def decided_by(value: str) -> str:
    """Return what led to a decision, in words."""
    return str(DECIDED_BY.get(value, value))


def feature(detector: Detector, name: str) -> str:
    """Return a feature's name in words."""
    told = (detector.normals or {}).get(name, {})
    return str(told.get("words") or name.replace("_", " "))


def reason(detector: Detector, why: Mapping[str, Any]) -> dict[str, Any]:
    """Return a reason with what is normal beside it."""
    return {
        "words": why.get("words") or feature(detector, str(why.get("feature", ""))),
        "value": value(why.get("value")),
        "normal": value(why.get("normal")),
        "contribution": why.get("contribution"),
    }


def value(told: Any) -> str:
    """Return a value as people read it."""
    if told is None:
        return _("not known")
    if isinstance(told, bool):
        return _("yes") if told else _("no")
    return number(told) if isinstance(told, int | float) else str(told)
