"""Attributes, reasons and rules in words."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.recommendation.services import Reason
from platform_core.web.api import number, percent


def written(value: Any, kind: str = "") -> str:
    """Return an attribute's value as people read it; nothing where it is missing."""
    if value is None or value == [] or value == "":
        return ""
    if kind == "boolean" or isinstance(value, bool):
        return _("yes") if value else _("no")
    if kind == "time" and isinstance(value, int | float):
        return date_format(datetime.fromtimestamp(value, tz=UTC), "Y-m-d")
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    # a year is no amount: whole numbers of four digits stay together
    if isinstance(value, int | float):
        return (
            f"{value:.0f}" if float(value).is_integer() and abs(value) < 10_000 else number(value)
        )
    return str(value)


def reason(why: Reason | None) -> str:
    """Return why an item is shown."""
    if why is None:
        return ""
    if why.pinned:
        return _("Put here by a rule")
    if why.because == "history" and why.items:
        liked = [
            _("%(title)s (%(share)s)")
            % {"title": each.title or each.item, "share": percent(each.share)}
            for each in why.items[:3]
        ]
        return _("Because of %(items)s") % {"items": ", ".join(liked)}
    if why.because == "alike_people":
        return _("Liked by people like this one")
    return _("Popular") if why.because == "popular" else ""


def rule(action: str, body: Mapping[str, Any]) -> str:
    """Return what a rule does, in a few words."""
    about = subject(body)
    if action == "boost":
        return _("Lift %(about)s by %(strength)s") % {
            "about": about,
            "strength": number(float(body.get("strength", 1))),
        }
    if action == "bury":
        return _("Put %(about)s last") % {"about": about}
    if action == "pin":
        return _("Put %(about)s at place %(place)s") % {
            "about": about,
            "place": body.get("position", 1),
        }
    if action == "cap":
        words = {"limit": body.get("limit", 1), "attribute": body.get("attribute", "")}
        return _("At most %(limit)s of each %(attribute)s") % words
    return _("Never show %(about)s") % {"about": about}


def subject(body: Mapping[str, Any]) -> str:
    """Return what a rule is about: items by id, or a filter."""
    if items := body.get("items"):
        listed = ", ".join(map(str, items[:3]))
        return (
            listed
            if len(items) <= 3
            else _("%(items)s and %(count)d more") % {"items": listed, "count": len(items) - 3}
        )
    return condition(body.get("filter") or {})


def condition(wanted: Mapping[str, Any]) -> str:
    """Return a filter in words, as far as the forms write them; others as they are."""
    if set(wanted) == {"all"}:
        return _(" and ").join(condition(each) for each in wanted["all"])
    words = {
        "eq": "=",
        "ne": "≠",
        "gte": "≥",
        "lte": "≤",
        "gt": ">",
        "lt": "<",
        "in": "=",
        "exists": _("known"),
    }
    said = []
    for name, test in wanted.items():
        tests = (
            test if isinstance(test, Mapping) else {"in" if isinstance(test, list) else "eq": test}
        )
        said += [
            f"{name} {words.get(key, key)} {_operand(value)}".strip()
            for key, value in tests.items()
        ]
    return _(" and ").join(said)


def _operand(value: Any) -> str:
    if isinstance(value, list):
        return " / ".join(map(str, value))
    return "" if value is True else written(value)
