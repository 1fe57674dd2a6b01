"""The figures of versions as pages show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.fraud import params
from platform_core.registry import api as registry
from platform_core.web.api import Axis, Chart, Trace, number, percent

Metrics = Mapping[str, Any]
MEASURES = {
    "average_precision": (
        gettext_lazy("Average precision"),
        gettext_lazy("of later payments the version had not seen"),
    ),
    "auc": (gettext_lazy("AUC"), gettext_lazy("a fraud scores above a genuine payment so often")),
    "card_precision_at_100": (
        gettext_lazy("Customers precision, top 100"),
        gettext_lazy("frauds among the hundred most suspicious of a day"),
    ),
}
_COUNTS = {
    "rows": gettext_lazy("Payments learned from"),
    "frauds": gettext_lazy("Frauds among them"),
    "seconds": gettext_lazy("Seconds of training"),
}
_SETTINGS = {"model": gettext_lazy("Model"), "calibration": gettext_lazy("Calibration")}


@dataclass(frozen=True)
class Cell:
    """One figure."""

    title: str
    meaning: str
    value: str


def cells(metrics: Metrics | None) -> list[Cell]:
    """Return the figures a version has, in their usual order."""
    given = metrics or {}
    return [_cell(name, given) for name in MEASURES if name in given]


def headline(metrics: Metrics | None) -> Cell | None:
    """Return the one figure that stands for a version."""
    return next(iter(cells(metrics)), None)


def titles(all_metrics: Sequence[Metrics]) -> dict[str, str]:
    """Return name -> words of the figures that any of some versions has."""
    return {
        name: str(words[0])
        for name, words in MEASURES.items()
        if any(name in metrics for metrics in all_metrics)
    }


def aligned(metrics: Metrics, names: Sequence[str]) -> list[Cell]:
    """Return one cell per name, so that rows of a table line up."""
    return [_cell(name, metrics) for name in names]


def figures(metrics: Metrics) -> list[dict[str, Any]]:
    """Return the strip of at most four figures."""
    shown = [
        {"label": cell.title, "value": cell.value, "compare": cell.meaning}
        for cell in cells(metrics)
    ]
    if "rows" in metrics:
        frauds = {"count": number(metrics.get("frauds"))}
        shown.append(
            {
                "label": str(_COUNTS["rows"]),
                "value": number(metrics["rows"]),
                "compare": _("%(count)s of them frauds") % frauds,
            }
        )
    return shown[:4]


def comparison(versions: Sequence[registry.ModelVersion]) -> dict[str, Any] | None:
    """Return versions side by side: figures, then what they are; None without any."""
    if not versions:
        return None
    names = titles([each.metrics for each in versions])
    rows = [
        {"label": title, "values": [_cell(name, each.metrics).value for each in versions]}
        for name, title in names.items()
    ]
    rows += [
        {"label": str(words), "values": [number(each.metrics.get(name)) for each in versions]}
        for name, words in _COUNTS.items()
    ]
    rows += [
        {"label": str(words), "values": [_setting(each, name) for each in versions]}
        for name, words in _SETTINGS.items()
    ]
    columns = [_("Version %(number)d") % {"number": each.number} for each in versions]
    return {"columns": columns, "rows": rows}


def over_versions(versions: Sequence[registry.ModelVersion]) -> Chart | None:
    """Return the course of the figures over the versions, oldest first; None below two."""
    names = titles([each.metrics for each in versions])
    if len(versions) < 2 or not names:
        return None
    ordered = sorted(versions, key=lambda each: each.number)
    traces = [
        Trace(
            name=title,
            x=[str(each.number) for each in ordered],
            y=[each.metrics.get(name) for each in ordered],
            hue="fraud" if place == 0 else "",
        )
        for place, (name, title) in enumerate(names.items())
    ]
    return Chart(
        key="over-versions",
        title=_("Quality over the versions"),
        traces=traces,
        x=Axis(_("Version"), category=True),
        y=Axis(_("on later payments"), zero=True),
    )


def _cell(name: str, metrics: Metrics) -> Cell:
    title, meaning = MEASURES[name]
    value = metrics.get(name)
    return Cell(str(title), str(meaning), "–" if value is None else percent(value, 1))


def _setting(version: registry.ModelVersion, name: str) -> str:
    value = version.parameters.get(name)
    return str(params.MODEL_LABELS.get(str(value), value or "–"))
