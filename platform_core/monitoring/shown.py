"""What the monitoring pages show: figures and charts made of what was measured."""

import itertools
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from platform_core.accounts.api import Actor
from platform_core.monitoring import selectors
from platform_core.monitoring.models import AlertRule, DriftReport, QualityPoint
from platform_core.monitoring.params import METRICS
from platform_core.serving import api as serving
from platform_core.web.api import Axis, Chart, Trace, number, percent

_COLUMNS, _HISTORY, _HOURS = 20, 400, 24 * 30
LIMIT = 0.2
"""PSI beyond which a column drifted, as in `ml.monitoring.drift`, which web processes do not import."""
STATE_CHIPS = {"ok": "ok", "firing": "failed", "silenced": "paused"}


def rule_rows(rules: Sequence[AlertRule]) -> list[dict[str, Any]]:
    """Return the rows of the inbox, what fires first."""
    order = {"firing": 0, "silenced": 1, "ok": 2}
    rows = [
        {
            "rule": rule,
            "title": METRICS[rule.metric].title,
            "chip": STATE_CHIPS[rule.shown_state],
            "words": _state_words(rule.shown_state),
            "value": _figure(rule, rule.value),
            "threshold": _figure(rule, rule.threshold),
        }
        for rule in rules
    ]
    return sorted(rows, key=lambda row: order[row["rule"].shown_state])


def _state_words(state: str) -> str:
    return {"ok": _("In order"), "firing": _("Firing"), "silenced": _("Silenced")}[state]


def _figure(rule: AlertRule, value: float | None) -> str:
    if value is None:
        return "–"
    unit = METRICS[rule.metric].unit
    if unit == "part":
        return str(percent(value))
    return f"{value:.3g} ms" if unit == "ms" else f"{value:.3g}"


def drift(actor: Actor, endpoint: serving.Endpoint) -> dict[str, Any]:
    """Return the newest comparison of an endpoint, with its charts."""
    rows = selectors.drift_reports(actor=actor, endpoint=endpoint)
    newest = rows.first()
    if newest is None:
        return {"report": None}
    shown = [_column(each) for each in newest.columns[:_COLUMNS]]
    return {
        "report": newest,
        "figures": _figures(newest),
        "columns": shown,
        "columns_chart": _columns_chart(newest),
        "history_chart": _history_chart(list(rows.order_by("-created_at")[:_HISTORY])[::-1]),
        "bins_chart": _bins_chart(newest.columns[0]) if newest.columns else None,
    }


def _figures(report: DriftReport) -> list[dict[str, Any]]:
    total = len(report.columns)
    return [
        {
            "label": _("Columns that drifted"),
            "value": report.drifted,
            "compare": _("of %d compared") % total,
            "tone": "bad" if report.drifted else "good",
        },
        {
            "label": _("Largest PSI"),
            "value": f"{report.psi:.3f}",
            "compare": _("drift begins at 0.2"),
        },
        {
            "label": _("More missing values"),
            "value": percent(report.missing),
            "compare": _("in the worst column"),
        },
        {
            "label": _("Rows compared"),
            "value": number(report.rows),
            "compare": _("with %s of the reference") % number(report.reference_rows),
        },
    ]


def _column(raw: dict[str, Any]) -> dict[str, Any]:
    return {
        **raw,
        "side_words": _("Input") if raw["side"] == "inputs" else _("Output"),
        "chip": "warning" if raw["drifted"] else "ok",
        "words": _("Drifted") if raw["drifted"] else _("As before"),
    }


def _columns_chart(report: DriftReport) -> Chart:
    rows = sorted(report.columns, key=lambda each: -each["psi"])[:_COLUMNS][::-1]
    worst = rows[-1] if rows else None
    title = _("No column drifted")
    if worst is not None and report.drifted:
        words = {"name": worst["name"], "psi": f"{worst['psi']:.2f}"}
        title = _("%(name)s moved furthest, PSI %(psi)s") % words
    return Chart(
        "drift-columns",
        title,
        [Trace(_("PSI"), [each["name"] for each in rows], [each["psi"] for each in rows], "bar")],
        Axis(_("Column"), category=True),
        Axis(_("PSI")),
        note=_("Version %d beside its reference; drift begins at 0.2.") % report.version,
        horizontal=True,
    )


def _history_chart(reports: Sequence[DriftReport]) -> Chart | None:
    if len(reports) < 2:
        return None
    versions = sorted({report.version for report in reports})
    traces = []
    for version in versions:
        own = [report for report in reports if report.version == version]
        times = [report.created_at.isoformat() for report in own]
        traces.append(Trace(_("Version %d") % version, times, [report.psi for report in own]))
    last = reports[-1]
    title = _("Drift is beyond its bound") if last.drifted else _("Drift is within its bound")
    return Chart("drift-history", title, traces, Axis(_("Time")), Axis(_("Largest PSI"), zero=True))


def _bins_chart(raw: dict[str, Any]) -> Chart | None:
    shares, before = raw["shares"], raw["shares_before"]
    if not shares or len(shares) != len(before):
        return None
    names = _bin_names(raw["edges"], len(shares))
    return Chart(
        "drift-bins",
        _("Where the values of %s lie now and lay before") % raw["name"],
        [
            Trace(_("Reference"), names, before, "bar"),
            Trace(_("Now"), names, shares, "bar"),
        ],
        Axis(_("Values"), category=True),
        Axis(_("Part of the rows"), zero=True),
    )


def _bin_names(edges: Sequence[float], bins: int) -> list[str]:
    if len(edges) != bins - 1:  # categories: their texts are customers' and stay encrypted
        return [_("%d. most frequent") % (n + 1) for n in range(bins - 1)] + [_("all others")]
    if not edges:
        return [_("all")]
    inner = [f"{a:.3g} – {b:.3g}" for a, b in itertools.pairwise(edges)]
    return [f"≤ {edges[0]:.3g}", *inner, f"> {edges[-1]:.3g}"]


def quality_chart(actor: Actor, endpoint: serving.Endpoint) -> Chart | None:
    """Return the metric by hour and version; None without labels."""
    rows = selectors.quality_points(actor=actor, endpoint=endpoint)
    points = [p for p in rows.order_by("-start", "-version")[:_HOURS] if p.value is not None][::-1]
    if not points:
        return None
    metric = points[-1].metric
    names = {"accuracy": _("Accuracy"), "auc": _("Area under the ROC curve")}
    traces = [
        _quality_trace(version, [p for p in points if p.version == version and p.metric == metric])
        for version in sorted({p.version for p in points if p.metric == metric})
    ]
    labels = sum(point.labels for point in points)
    words = {"value": f"{points[-1].value:.3f}", "labels": number(labels)}
    return Chart(
        "quality",
        _("%(value)s in the latest hour, %(labels)s labels in all") % words,
        traces,
        Axis(_("Hour")),
        Axis(names.get(metric, _("Mean absolute error")), zero=metric == "mae"),
        note=_("Labels that came late, joined with the logged answers by their ids."),
    )


def _quality_trace(version: int, points: Sequence[QualityPoint]) -> Trace:
    times = [point.start.isoformat() for point in points]
    kind = "line" if len(points) > 1 else "points"
    return Trace(_("Version %d") % version, times, [point.value for point in points], kind)
