"""The result of an evaluation as pages show it: words, tables, charts."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from apps.recommendation import params
from platform_core.web.api import Axis, Chart, Trace, number, percent

Result = Mapping[str, Any]
FIGURES = {
    "ndcg": gettext_lazy("NDCG"),
    "hr": gettext_lazy("Hit rate"),
    "recall": gettext_lazy("Recall"),
    "precision": gettext_lazy("Precision"),
    "map": gettext_lazy("MAP"),
}
BEYOND = {
    "coverage": gettext_lazy("Coverage of the catalogue"),
    "novelty": gettext_lazy("Novelty, bits"),
    "diversity": gettext_lazy("Diversity within a list"),
}
BANDS = {
    "head": gettext_lazy("Head"),
    "mid": gettext_lazy("Middle"),
    "tail": gettext_lazy("Tail"),
}
MAX_PARTS = 12


def chosen(figure: str) -> str:
    """Return the figure an address asks to plot, the usual one where it names none."""
    return figure if figure in FIGURES else "ndcg"


def name_of(told: Mapping[str, Any]) -> str:
    """Return what a contender is called."""
    if told["number"] == 0:
        return _("Popularity")
    return _("Version %(number)d") % {"number": told["number"]}


def strip(result: Result) -> list[dict[str, Any]]:
    """Return the figures of the first version beside popularity's."""
    k = result["main_k"]
    popularity, version = result["versions"][0], result["versions"][1]
    shown = []
    for key in ("ndcg", "hr"):
        value, low, high = version["figures"][f"{key}@{k}"]
        base = popularity["figures"][f"{key}@{k}"][0]
        words = _("popularity %(base)s; 95 %% within %(low)s to %(high)s")
        bounds = {"base": percent(base, 1), "low": percent(low, 1), "high": percent(high, 1)}
        shown.append(
            {
                "label": f"{FIGURES[key]}@{k}",
                "value": percent(value, 1),
                "compare": words % bounds,
                "tone": "good" if low > base else "",
            }
        )
    for key in ("coverage", "diversity"):
        base = number(popularity["beyond"][f"{key}@{k}"], 3)
        shown.append(
            {
                "label": f"{BEYOND[key]}@{k}",
                "value": number(version["beyond"][f"{key}@{k}"], 3),
                "compare": _("popularity %(base)s") % {"base": base},
            }
        )
    return shown


def charts(result: Result, figure: str) -> list[Chart]:
    """Return the plots of a result; `figure` is one of FIGURES."""
    return [
        _at_k(result, figure),
        _differences(result),
        _recall_of_bands(result),
        _places_of_bands(result),
    ]


def of_segments(result: Result, figure: str) -> list[Chart]:
    """Return one plot per kind of segment: bars of every version, with their intervals."""
    kinds = dict.fromkeys(part["kind"] for part in result["versions"][0]["segments"])
    return [_segment_chart(result, figure, kind) for kind in kinds]


def table(result: Result) -> dict[str, Any]:
    """Return all figures of all contenders side by side, with what is surely better or worse than what.

    A row is a label with cells of value, interval and tone; only contenders whose difference was measured
    have a tone.
    """
    told = _ordered(result)
    rows = [
        {"label": f"{title}@{k}", "cells": [_cell(result, each, f"{key}@{k}") for each in told]}
        for key, title in FIGURES.items()
        for k in result["ks"]
    ]
    rows += [
        {
            "label": f"{title}@{k}",
            "cells": [{"value": number(each["beyond"][f"{key}@{k}"], 3)} for each in told],
        }
        for key, title in BEYOND.items()
        for k in result["ks"]
    ]
    models = [str(params.MODEL_LABELS.get(each["model"], each["model"])) for each in told]
    rows.append({"label": _("Model"), "cells": [{"value": model} for model in models]})
    return {"columns": [name_of(each) for each in told], "rows": rows}


def _cell(result: Result, told: Mapping[str, Any], name: str) -> dict[str, Any]:
    value, low, high = (percent(each, 1) for each in told["figures"][name])
    cell: dict[str, Any] = {"value": value, "interval": f"{low} – {high}"}
    for each in result["differences"]:
        if each["version"] == told["number"]:
            _found, least, most = each["figures"][name]
            cell["tone"] = "good" if least > 0 else "bad" if most < 0 else ""
    return cell


def _ordered(result: Result) -> list[Mapping[str, Any]]:
    """Return the versions as they were named, popularity last."""
    popularity, *versions = result["versions"]
    return [*versions, popularity]


def protocol(evaluation_protocol: Mapping[str, Any], result: Result) -> list[str]:
    """Say what was asked of whom, and what the figures are not."""
    facts = result["facts"]
    said = [
        _(
            "%(rows)s choices of %(users)s people were asked for; %(learned)s choices were learned from."
        )
        % {
            "rows": number(facts["held_out_rows"]),
            "users": number(facts["users"]),
            "learned": number(facts["learned_rows"]),
        },
        _METHODS[result["method"]],
    ]
    if facts["unknown_users"]:
        words = _("%(count)s of the people were unknown; they are shown what is popular.")
        said.append(words % {"count": number(facts["unknown_users"])})
    if facts["unknown_items"]:
        words = _(
            "%(count)s of the choices were of items nobody had chosen before: counted as missed."
        )
        said.append(words % {"count": number(facts["unknown_items"])})
    said.append(
        _(
            "Every item a person had not chosen competed; nothing was sampled. Intervals hold the mean over "
            "people with 95 %% probability (bootstrap, seed %(seed)s); differences are paired by person."
        )
        % {"seed": evaluation_protocol["seed"]}
    )
    said.append(
        _(
            "Diversity is 0 where the items of a list are alike, 1 where unrelated, more where opposed."
        )
    )
    return [str(each) for each in said]


_BAND_WORDS = gettext_lazy(
    "Head: the items that make up half of all choices. Tail: those that share the last fifth."
)
_METHODS = {
    "unseen": gettext_lazy(
        "The registered versions were asked themselves, about choices none of them learned from."
    ),
    "retrained": gettext_lazy(
        "A version that answers has learned from everything, so its model and settings were trained again "
        "without what is asked for; the registered version itself was not asked. Its settings had been "
        "chosen on this data, which flatters them a little."
    ),
}


def _at_k(result: Result, figure: str) -> Chart:
    ks = result["ks"]
    traces = []
    for each in _ordered(result):
        values = [each["figures"][f"{figure}@{k}"] for k in ks]
        traces.append(
            Trace(
                name=name_of(each),
                x=ks,
                y=[value for value, _low, _high in values],
                low=[low for _value, low, _high in values],
                high=[high for _value, _low, high in values],
                hue="recommendation" if each is result["versions"][1] else "",
            )
        )
    title = _("%(figure)s by the length of the list") % {"figure": FIGURES[figure]}
    note = _("Bands: 95 % bounds of the mean over people.")
    x = Axis(_("Items shown"))
    return Chart("at-k", title, traces, x, Axis(FIGURES[figure], zero=True), note=note)


def _differences(result: Result) -> Chart:
    k = result["main_k"]
    names = [f"{title}@{k}" for title in FIGURES.values()]
    contenders = {each["number"]: name_of(each) for each in result["versions"]}
    traces = []
    for each in result["differences"]:
        values = [each["figures"][f"{key}@{k}"] for key in FIGURES]
        words = _("%(ours)s less %(theirs)s")
        pair = {"ours": contenders[each["version"]], "theirs": contenders[each["against"]]}
        traces.append(
            Trace(
                name=words % pair,
                x=names,
                y=[value for value, _low, _high in values],
                kind="points",
                low=[low for _value, low, _high in values],
                high=[high for _value, _low, high in values],
            )
        )
    return Chart(
        "differences",
        _finding(result["differences"][0], contenders, k),
        traces,
        Axis("", category=True),
        Axis(_("difference")),
        note=_("Where the bar crosses nought, the difference may be chance."),
        extra_layout=_legend(traces),
    )


def _finding(difference: Mapping[str, Any], contenders: Mapping[int, str], k: int) -> str:
    """Say in words what the main difference shows."""
    value, low, high = difference["figures"][f"ndcg@{k}"]
    pair = {
        "ours": contenders[difference["version"]],
        "theirs": contenders[difference["against"]],
        "value": percent(abs(value), 2),
    }
    if low > 0:
        return _("%(ours)s is ahead of %(theirs)s by %(value)s NDCG") % pair
    if high < 0:
        return _("%(ours)s is behind %(theirs)s by %(value)s NDCG") % pair
    return _("%(ours)s and %(theirs)s cannot be told apart") % pair


def _recall_of_bands(result: Result) -> Chart:
    traces = [
        Trace(
            name=name_of(each),
            x=[str(BANDS[band["band"]]) for band in each["bands"]],
            y=[band["recall"] for band in each["bands"]],
            kind="bar",
            hue="recommendation" if each is result["versions"][1] else "",
        )
        for each in _ordered(result)
    ]
    k = result["main_k"]
    return Chart(
        "bands",
        _("Found among the first %(k)d, by how popular the item is") % {"k": k},
        traces,
        Axis("", category=True),
        Axis(_("share found"), zero=True),
        note=_BAND_WORDS,
        extra_layout=_legend(traces),
    )


def _places_of_bands(result: Result) -> Chart:
    first = result["versions"][1]
    words = [str(BANDS[band["band"]]) for band in first["bands"]]
    learned = [band["learned"] for band in first["bands"]]
    traces = [
        Trace(
            name=name_of(each),
            x=words,
            y=[band["shown"] for band in each["bands"]],
            kind="bar",
            hue="recommendation" if each is first else "",
        )
        for each in result["versions"][1:]
    ]
    traces.append(Trace(name=pgettext("share of", "Choices"), x=words, y=learned, kind="bar"))
    tail = first["bands"][-1]["shown"]
    return Chart(
        "places",
        _("The long tail gets %(share)s of the places") % {"share": percent(tail, 1)},
        traces,
        Axis("", category=True),
        Axis(_("share"), zero=True),
        note=_(
            "Choices: which share of what was learned from falls into each part of the catalogue."
        ),
        extra_layout=_legend(traces),
    )


def _segment_chart(result: Result, figure: str, kind: str) -> Chart:
    k = result["main_k"]
    traces = []
    for each in _ordered(result):
        found = [part for part in each["segments"] if part["kind"] == kind][:MAX_PARTS]
        values = [part["figures"][f"{figure}@{k}"] for part in found]
        traces.append(
            Trace(
                name=name_of(each),
                x=[f"{part['name']} ({number(part['users'])})" for part in found],
                y=[value for value, _low, _high in values],
                kind="bar",
                low=[low for _value, low, _high in values],
                high=[high for _value, _low, high in values],
                hue="recommendation" if each is result["versions"][1] else "",
            )
        )
    return Chart(
        f"segment-{kind}",
        kind_words(kind),
        traces,
        Axis("", category=True),
        Axis(f"{FIGURES[figure]}@{k}", zero=True),
        note=_("In brackets: people. Bars: 95 % bounds."),
        extra_layout=_legend(traces),
    )


def kind_words(kind: str) -> str:
    """Return what splits the people into these segments."""
    if kind == "activity":
        return _("By what a person chose before")
    return _("By the column “%(name)s”") % {"name": kind}


def _legend(traces: Sequence[Trace]) -> dict[str, Any]:
    if len(traces) < 2:
        return {}
    return {"showlegend": True, "legend": {"orientation": "h", "y": 1.15}}
