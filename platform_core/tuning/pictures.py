"""What the page of a study shows: the search over its trials, what each parameter did, and its facts."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from platform_core.tuning.models import Study, Trial
from platform_core.web.api import Axis, Chart, Trace, number

_PARAMETERS_SHOWN = 8
_TEXT_SHOWN = 40


def charts(row: Study, trials: Sequence[Trial]) -> list[Chart]:
    """Return the search, the importance, and a chart for each of the weightiest parameters."""
    complete = [each for each in trials if each.state == "complete" and each.value is not None]
    if not complete:
        return []
    names = sorted(row.space, key=lambda name: -row.importance.get(name, 0.0))
    found = [_search(row, complete)]
    if row.importance:
        found.append(_importance(row, names))
    return found + [_parameter(row, complete, name) for name in names[:_PARAMETERS_SHOWN]]


def _search(row: Study, complete: Sequence[Trial]) -> Chart:
    better = min if row.asked["direction"] == "minimize" else max
    values = [each.value or 0.0 for each in complete]
    best = [better(values[: n + 1]) for n in range(len(values))]
    numbers = [each.number + 1 for each in complete]
    title = _("%(name)s: the best is %(value)s, of trial %(trial)s") % {
        "name": row.asked["metric"],
        "value": number(best[-1]),
        "trial": row.best["number"] + 1,
    }
    return Chart(
        key="search",
        title=title,
        traces=[
            Trace(_("Best so far"), numbers, best),
            Trace(_("Each trial"), numbers, values, kind="points"),
        ],
        x=Axis(_("Trial")),
        y=Axis(row.asked["metric"]),
    )


def _importance(row: Study, names: Sequence[str]) -> Chart:
    weighed = [name for name in names if name in row.importance][::-1]
    shares = [row.importance[name] for name in weighed]
    title = _("%(name)s matters most") % {"name": weighed[-1]}
    return Chart(
        key="importance",
        title=title,
        traces=[Trace(_("Importance"), weighed, shares, kind="bar")],
        x=Axis(_("Parameter"), category=True),
        y=Axis(_("Importance"), zero=True),
        horizontal=True,
        note=_("PED-ANOVA: how much the best trials' values differ from those of all trials."),
    )


def _parameter(row: Study, complete: Sequence[Trial], name: str) -> Chart:
    asked = row.space[name]
    category = asked["type"] == "categorical"
    at = [_shown(each.parameters[name]) if category else each.parameters[name] for each in complete]
    title = _("%(name)s: the best trial has %(value)s") % {
        "name": name,
        "value": _shown(row.best["parameters"][name]),
    }
    return Chart(
        key="parameter-" + name.replace(".", "-"),
        title=title,
        traces=[Trace(row.asked["metric"], at, [each.value for each in complete], kind="points")],
        x=Axis(name, log=bool(asked.get("log")), category=category),
        y=Axis(row.asked["metric"]),
        header=(_("Trial"), name, row.asked["metric"]),
        rows=[[each.number + 1, _shown(each.parameters[name]), each.value] for each in complete],
    )


def values(trial: Trial) -> list[tuple[str, str]]:
    """Return a trial's parameters for people to read."""
    return [(name, _shown(each)) for name, each in sorted(trial.parameters.items())]


def facts(row: Study) -> list[tuple[str, Any]]:
    """Return what was asked for, for a list of keys and values."""
    asked, held = row.asked, row.asked["training"]["validation"]
    wanted = _("lowest") if asked["direction"] == "minimize" else _("highest")
    limit = ngettext("%(count)s trial", "%(count)s trials", asked["trials"])
    return [
        (_("Learns from"), asked["training"]["dataset"]["words"]),
        (_("Held out"), held["words"] if held else "–"),
        (_("Target"), asked["training"]["target"]),
        (_("Metric"), f"{asked['metric']} ({wanted})"),
        (_("At most"), limit % {"count": asked["trials"]} + f", {asked['budget_s']:,} s"),
        (_("Sampler"), asked["sampler"]),
        (_("Pruner"), asked["pruner"]),
        (_("Seed"), asked["seed"]),
        *((name, _range(each)) for name, each in row.space.items()),
    ]


def _range(asked: dict[str, Any]) -> str:
    if asked["type"] == "categorical":
        return ", ".join(_shown(each) for each in asked["choices"])
    words = f"{_shown(asked['low'])} – {_shown(asked['high'])}"
    return f"{words} (log)" if asked.get("log") else words


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)[:_TEXT_SHOWN]
