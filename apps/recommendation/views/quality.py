"""The figures of versions as pages show them: headline, strip, comparison, charts, protocol."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.recommendation import params
from platform_core.registry import api as registry
from platform_core.web.api import Axis, Chart, Trace, percent

Metrics = Mapping[str, Any]
BASELINE = "popularity_"
_SETTINGS = {
    "model": gettext_lazy("Model"),
    **{spec.name: spec.metadata["label"] for spec in params.FIELDS},
    "iterations": gettext_lazy("Epochs"),
    "use_ratings": gettext_lazy("Ratings weigh choices"),
}
"""Settings worth comparing, of every model."""
HELD_OUT = "held_out_users"
_BASELINES = {"rmse": "mean_rating_rmse"}


@dataclass(frozen=True)
class Measure:
    """A figure of quality.

    Attributes:
        title, meaning: words.
        is_share: between 0 and 1, shown as a percentage; larger is better.
        is_rate: a share of held-out people, so that its standard error is known.
    """

    title: Any
    meaning: Any
    is_share: bool = True
    is_rate: bool = False


MEASURES = {
    "hr@10": Measure(
        gettext_lazy("Hit rate, top 10"),
        gettext_lazy("share of people whose kept-back choice is among their first ten"),
        is_rate=True,
    ),
    "ndcg@10": Measure(
        gettext_lazy("NDCG, top 10"),
        gettext_lazy("the same, counting more the nearer it is to the top"),
    ),
    "recall@20": Measure(
        gettext_lazy("Recall, top 20"),
        gettext_lazy("share of kept-back choices among the first twenty"),
        is_rate=True,
    ),
    "rmse": Measure(
        gettext_lazy("RMSE"), gettext_lazy("typical error of a predicted rating"), is_share=False
    ),
    "mae": Measure(
        gettext_lazy("MAE"), gettext_lazy("mean error of a predicted rating"), is_share=False
    ),
}


@dataclass(frozen=True)
class Cell:
    """One figure beside popularity's."""

    name: str
    title: str
    value: str
    baseline: str
    gain: float | None


def cells(metrics: Metrics | None) -> list[Cell]:
    """Return the figures a version has, in their usual order."""
    given = metrics or {}
    return [_cell(name, measure, given) for name, measure in MEASURES.items() if name in given]


def headline(metrics: Metrics | None) -> Cell | None:
    """Return the one figure that stands for a version."""
    return next(iter(cells(metrics)), None)


def titles(all_metrics: Sequence[Metrics]) -> dict[str, str]:
    """Return name -> words of the figures that any of some versions has."""
    return {
        name: str(measure.title)
        for name, measure in MEASURES.items()
        if any(name in metrics for metrics in all_metrics)
    }


def aligned(metrics: Metrics, names: Sequence[str]) -> list[Cell]:
    """Return one cell per name, so that rows of a table line up."""
    return [_cell(name, MEASURES[name], metrics) for name in names]


def figures(metrics: Metrics) -> list[dict[str, Any]]:
    """Return the strip of at most four figures."""
    return [
        {
            "label": cell.title,
            "value": cell.value,
            "compare": _beside(cell),
            "tone": "good" if (cell.gain or 0) > 1 else "",
        }
        for cell in cells(metrics)[:4]
    ]


def _beside(cell: Cell) -> str:
    """Return the words under a figure: its baseline, and how many times better it is."""
    if not cell.gain:
        return ""
    words = _("×%(gain)s, popularity has %(value)s")
    if cell.name in _BASELINES:
        words = _("×%(gain)s, guessing the mean has %(value)s")
    return words % {"gain": f"{cell.gain:.1f}", "value": cell.baseline}


def comparison(versions: Sequence[registry.ModelVersion]) -> dict[str, Any] | None:
    """Return versions side by side: figures, then parameters; None without any."""
    if not versions:
        return None
    names = titles([each.metrics for each in versions])
    rows = [
        {"label": title, "values": [_shown(name, each.metrics.get(name)) for each in versions]}
        for name, title in names.items()
    ]
    parameters = [name for name in _SETTINGS if any(name in each.parameters for each in versions)]
    rows += [
        {
            "label": str(_SETTINGS[name]),
            "values": [_plain(each.parameters.get(name)) for each in versions],
        }
        for name in parameters
    ]
    columns = [_("Version %(number)d") % {"number": each.number} for each in versions]
    return {"columns": columns, "rows": rows}


def charts(
    versions: Sequence[registry.ModelVersion], serving: registry.ModelVersion
) -> list[Chart]:
    """Return the serving version beside popularity, and the course over the versions."""
    drawn = [_beside_popularity(serving)]
    if len(versions) > 1:
        drawn.append(_over_versions(list(reversed(versions))))
    return drawn


def protocol(metrics: Metrics) -> list[str]:
    """Say how the figures came about, and what they are not."""
    count = metrics.get(HELD_OUT)
    return [
        _(
            "One choice of each person was kept back (the newest where times are given), the model learned "
            "from the rest, and every item the person had not chosen competed with the kept-back one. "
            "Nothing was sampled, so these figures are lower than those of protocols with 100 candidates."
        ),
        _("%(count)s kept-back choices; the bars show one standard error.")
        % {"count": f"{count:,.0f}"}
        if count
        else "",
        _(
            "The version that answers was then trained on everything, with the same parameters. "
            "Popularity shows everybody the most chosen items they do not know: a model must beat it."
        ),
    ]


def _beside_popularity(version: registry.ModelVersion) -> Chart:
    metrics = version.metrics
    shares = [name for name in MEASURES if name in metrics and MEASURES[name].is_share]
    names = shares or [name for name in MEASURES if name in metrics]
    words = [str(MEASURES[name].title) for name in names]
    traces = [
        _bars(_("Version %(number)d") % {"number": version.number}, words, names, metrics, ""),
        _bars(_("Popularity"), words, names, metrics, BASELINE),
    ]
    head = headline(metrics)
    title = _("Beside popularity")
    if head and head.gain:
        title = _("%(times)s times as good as popularity at the %(measure)s") % {
            "times": f"{head.gain:.1f}",
            "measure": head.title.lower(),
        }
    unit = _("share of people") if shares else _("rating points")
    return Chart(
        key="beside-popularity",
        title=title,
        traces=traces,
        x=Axis("", category=True),
        y=Axis(unit, zero=True),
        extra_layout={"showlegend": True, "legend": {"orientation": "h", "y": 1.12}},
    )


def _bars(title: str, words: list[str], names: list[str], metrics: Metrics, prefix: str) -> Trace:
    values = [_baseline(name, metrics) if prefix else metrics.get(name) for name in names]
    errors = [
        _standard_error(name, value, metrics.get(HELD_OUT))
        for name, value in zip(names, values, strict=True)
    ]
    known = [0.0 if value is None else value for value in values]
    return Trace(
        name=title,
        x=words,
        y=values,
        kind="bar",
        low=[value - error for value, error in zip(known, errors, strict=True)],
        high=[value + error for value, error in zip(known, errors, strict=True)],
        hue="" if prefix else "recommendation",
    )


def _over_versions(versions: Sequence[registry.ModelVersion]) -> Chart:
    names = titles([each.metrics for each in versions])
    shares = [name for name in names if MEASURES[name].is_share] or list(names)
    numbers = [str(each.number) for each in versions]
    traces = [
        Trace(
            name=names[name],
            x=numbers,
            y=[each.metrics.get(name) for each in versions],
            hue="recommendation" if place == 0 else "",
        )
        for place, name in enumerate(shares)
    ]
    return Chart(
        key="over-versions",
        title=_("Quality over the versions"),
        traces=traces,
        x=Axis(_("Version"), category=True),
        y=Axis(_("share of people"), zero=True),
    )


def _baseline(name: str, metrics: Metrics) -> float | None:
    """Return popularity's figure; for ratings that of always guessing the mean."""
    found: float | None = metrics.get(_BASELINES.get(name, BASELINE + name))
    return found


def _standard_error(name: str, value: float | None, count: float | None) -> float:
    """Return the standard error of a share of `count` people; nought where it is not one."""
    if value is None or not count or not MEASURES[name].is_rate:
        return 0.0
    return math.sqrt(value * (1 - value) / count)


def _cell(name: str, measure: Measure, metrics: Metrics) -> Cell:
    value, baseline = metrics.get(name), _baseline(name, metrics)
    gain = None
    if value and baseline:
        gain = value / baseline if measure.is_share else baseline / value
    return Cell(
        name=name,
        title=str(measure.title),
        value=_shown(name, value),
        baseline=_shown(name, baseline) if baseline is not None else "",
        gain=gain,
    )


def _shown(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    return percent(value, 1) if MEASURES[name].is_share else f"{value:.3f}"


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, str) and value in params.MODEL_LABELS:
        return str(params.MODEL_LABELS[value])
    if value is None or value == "":
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
