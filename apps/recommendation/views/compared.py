"""An experiment and its result in words, figures and charts."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.recommendation.models import Experiment
from platform_core.web.api import Axis, Chart, Trace, number, percent

Result = Mapping[str, Any]
_VERDICTS = {
    "broken": (
        "bad",
        gettext_lazy("Do not read this result"),
        gettext_lazy(
            "The split between A and B is too uneven to be chance: people are assigned or recorded "
            "wrongly. Look for callers that bypass the experiment, then set up a new one."
        ),
    ),
    "few": (
        "info",
        gettext_lazy("Too early to say anything"),
        gettext_lazy("A verdict needs at least 100 people and 10 conversions on each side."),
    ),
    "wait": (
        "info",
        gettext_lazy("No difference so far"),
        gettext_lazy(
            "The interval for reading at any time still holds nought. Let it run to its planned end."
        ),
    ),
    "equal": (
        "info",
        gettext_lazy("No difference found"),
        gettext_lazy("At the planned end the interval holds nought: take either."),
    ),
    "a": (
        "good",
        gettext_lazy("A is better"),
        gettext_lazy("The interval of the difference lies below nought."),
    ),
    "b": (
        "good",
        gettext_lazy("B is better"),
        gettext_lazy("The interval of the difference lies above nought."),
    ),
}
_CAUTIONS = {
    "behind": gettext_lazy("Events are still being counted; open the page again in a moment."),
    "full": gettext_lazy("So much was shown that no more is recorded; people are still assigned."),
    "moved": gettext_lazy("An alias points to another version than when the experiment started."),
}


def facts(experiment: Experiment) -> list[tuple[str, str]]:
    """Return how the experiment is set up."""
    kinds = ", ".join(experiment.kinds) or _("any event")
    return [
        ("A", _side(experiment.alias_a, experiment.version_a)),
        ("B", _side(experiment.alias_b, experiment.version_b)),
        (_("People who see B"), percent(experiment.share_b, 0)),
        (_("Success"), kinds),
        (_("Counts within"), _("%(hours)s h") % {"hours": number(experiment.window_s / 3600)}),
        (_("Planned length"), _("%(days)d days") % {"days": experiment.planned_days}),
    ]


def shown(experiment: Experiment, result: Result) -> dict[str, Any]:
    """Return what the page shows of a result."""
    tone, title, text = _VERDICTS[result["verdict"]]
    return {
        "result": result,
        "verdict": {"tone": tone, "title": title, "text": text},
        "cautions": [_CAUTIONS[key] for key in result["cautions"]],
        "figures": _strip(result),
        "charts": [_rates(result), _difference(result)],
        "comparison": _table(result),
        "winner": result["verdict"] if result["verdict"] in ("a", "b") else "",
        "reading": _reading(result),
    }


def _reading(result: Result) -> str:
    """Say which interval the verdict reads, and why."""
    if result["is_complete"]:
        return _(
            "The planned end has passed, so the interval of a single reading decides (Newcombe, 95 %). "
            "It is right when the length was fixed beforehand, as it was here."
        )
    return _(
        "Before the planned end the verdict reads the wider interval, which holds the truth at all times "
        "together with 95 % probability: looking often is then no mistake."
    )


def _strip(result: Result) -> list[dict[str, Any]]:
    found, low, high = result["difference"]
    tone = {"b": "good", "a": "bad"}.get(result["verdict"], "")
    return [
        *(_rate(result[variant], variant.upper()) for variant in ("a", "b")),
        {
            "label": _("Difference, B − A"),
            "value": _points(found),
            "compare": _("95 %% within %(low)s to %(high)s")
            % {"low": _points(low), "high": _points(high)},
            "tone": tone,
        },
        {
            "label": _("Chance of so uneven a split"),
            "value": percent(result["split_p_value"], 1),
            "compare": _("below 0.1 % nothing can be believed"),
        },
    ]


def _rate(side: Mapping[str, Any], name: str) -> dict[str, Any]:
    words = _("%(converted)s of %(users)s people")
    counts = {"converted": number(side["converted"]), "users": number(side["users"])}
    return {
        "label": _("Conversion of %(name)s") % {"name": name},
        "value": percent(side["rate"], 2),
        "compare": words % counts,
    }


def _rates(result: Result) -> Chart:
    traces = [
        Trace(
            name=_("people who converted"),
            x=["A", "B"],
            y=[result[each]["rate"] for each in ("a", "b")],
            kind="bar",
            low=[result[each]["interval"][0] for each in ("a", "b")],
            high=[result[each]["interval"][1] for each in ("a", "b")],
            hue="recommendation",
        )
    ]
    title = _("%(a)s of A and %(b)s of B converted") % {
        "a": percent(result["a"]["rate"], 2),
        "b": percent(result["b"]["rate"], 2),
    }
    axis = Axis(_("share of people"), zero=True)
    return Chart(
        "rates", title, traces, Axis("", category=True), axis, note=_("Bars: 95 % (Wilson).")
    )


def _difference(result: Result) -> Chart:
    found, low, high = result["difference"]
    always = result["always_valid"]
    names = [_("single reading"), _("at any time")]
    trace = Trace(
        name=_("difference"),
        x=names,
        y=[found, found],
        kind="points",
        low=[low, always[0]],
        high=[high, always[1]],
        hue="recommendation",
    )
    return Chart(
        "difference",
        _("B less A: %(value)s") % {"value": _points(found)},
        [trace],
        Axis("", category=True),
        Axis(_("difference of the shares"), zero=True),
        note=_("Where a bar crosses nought, the difference may be chance."),
        header=[_("Interval"), _("Difference"), _("From"), _("To")],
        rows=[[names[0], found, low, high], [names[1], found, *always]],
    )


def _table(result: Result) -> dict[str, Any]:
    sides = [result["a"], result["b"]]
    words = {
        "users": _("People shown something"),
        "impressions": _("Answers shown"),
        "converted": _("People who converted"),
        "outcomes": _("Conversions"),
        "value": _("Value"),
        "value_per_user": _("Value per person"),
    }
    rows = [
        {"label": label, "values": [number(side[key]) for side in sides]}
        for key, label in words.items()
    ]
    rows.insert(3, {"label": _("Share"), "values": [percent(side["rate"], 2) for side in sides]})
    return {"columns": ["A", "B"], "rows": rows}


def _points(share: float) -> str:
    """Write a difference of shares in percentage points, with its sign."""
    return _("%(value)s points") % {"value": f"{100 * share:+.2f}"}


def _side(alias: str, version: int | None) -> str:
    if version is None:
        return alias
    return _("%(alias)s, version %(number)d") % {"alias": alias, "number": version}
