"""What the endpoint pages show: figures, charts and sentences made of what was counted."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from platform_core.serving.answers import LoadedModel
from platform_core.serving.comparing import AliasCounts, ShadowReport
from platform_core.serving.models import Canary
from platform_core.serving.overview import EndpointView
from platform_core.serving.rollback import Way
from platform_core.web.api import Axis, Chart, Trace, filesize


def figures(view: EndpointView) -> list[dict[str, Any]]:
    """Return the four figures above an endpoint's page."""
    held = view.held
    return [
        {"label": _("Version that answers"), "value": view.version or "–", "compare": _own(view)},
        {
            "label": _("Latency, median"),
            "value": ms(held.p50_ms if held else None),
            "unit": "ms" if held and held.p50_ms is not None else "",
            "compare": _("95 %% below %s ms") % ms(held.p95_ms)
            if held and held.p95_ms is not None
            else _("no request yet"),
        },
        {
            "label": _("Predictions"),
            "value": held.hits if held else "–",
            "compare": _("%s refused or failed") % (held.failures if held else 0),
        },
        {
            "label": _("Memory"),
            "value": filesize(held.size_bytes) if held else "–",
            "compare": _("loaded in %(load)s s, warmed up in %(warm)s s")
            % {"load": f"{held.load_s:.2f}", "warm": f"{held.warm_up_s:.2f}"}
            if held and held.loaded_at
            else _("not in memory"),
        },
    ]


def _own(view: EndpointView) -> str:
    target = str(view.target.number) if view.target else ""
    if view.held is not None and target not in ("", view.held.version):
        words = {"alias": _(view.endpoint.alias), "version": target}
        return _("%(alias)s is %(version)s, loading") % words
    return _(view.endpoint.alias)


def arms(view: EndpointView, counts: Sequence[AliasCounts]) -> list[dict[str, Any]]:
    """Return the rows of the traffic table."""
    found = {(count.alias, count.version): count for count in counts}
    return [
        {
            "arm": arm,
            "version": arm.target.number if arm.target else None,
            "counts": found.get((arm.alias, arm.target.number)) if arm.target else None,
        }
        for arm in view.arms
    ]


def latency_chart(held: LoadedModel | None) -> Chart | None:
    """Return the latencies of the version that answers; None without requests."""
    if held is None or not held.hits or not held.latency:
        return None
    used = [n for n, (_upper, count) in enumerate(held.latency) if count]
    rows = held.latency[max(0, used[0] - 1) : used[-1] + 2] if used else ()
    words = {"p50": ms(held.p50_ms), "p95": ms(held.p95_ms), "p99": ms(held.p99_ms)}
    x, y = [_upto(upper) for upper, _count in rows], [count for _upper, count in rows]
    return Chart(
        "latency",
        _("Half of the answers took up to %(p50)s ms, 95 %% %(p95)s ms, 99 %% %(p99)s ms") % words,
        [Trace(_("Requests"), x, y, kind="bar")],
        Axis(_("Latency up to"), "ms", category=True),
        Axis(_("Requests"), zero=True),
        note=_("From the whole request to the ready answer, in version %s.") % held.version,
    )


def _upto(upper_ms: float) -> str:
    return f"{upper_ms:g}" if upper_ms < 100 else f"{upper_ms:.0f}"


def stages(held: LoadedModel | None) -> list[dict[str, Any]]:
    """Return where the mean time of a request goes."""
    if held is None or held.mean_ms is None or held.model_ms is None:
        return []
    around = max(0.0, held.mean_ms - held.model_ms)
    whole = held.model_ms + around or 1.0
    named = (
        (_("Reading and writing tensors"), around),
        (_("In the model, waiting included"), held.model_ms),
    )
    return [{"name": name, "ms": ms(value), "share": value / whole} for name, value in named]


def canary(row: Canary | None, counts: Sequence[AliasCounts]) -> dict[str, Any] | None:
    """Return a canary as the page shows it; a running one with what was counted up to now."""
    if row is None:
        return None
    running = row.state == Canary.State.RUNNING
    compared = _live(row, counts) if running else _kept(row)
    return {
        "row": row,
        "running": running,
        "state": {"rolled_back": "failed", "finished": "succeeded", "stopped": "cancelled"}.get(
            row.state, row.state
        ),
        "words": row.get_state_display(),
        "share": row.steps[min(row.step, len(row.steps) - 1)],
        "steps": [
            {"title": f"{share:g} %", "state": _step_state(row, n)}
            for n, share in enumerate(row.steps)
        ],
        "columns": [
            _("Version %d, in use") % row.baseline_version,
            _("Version %d, candidate") % row.version,
        ],
        "rows": compared,
        "limits": _limits(row.rules),
    }


def _step_state(row: Canary, index: int) -> str:
    if row.state == Canary.State.FINISHED or index < row.step:
        return "done"
    return "current" if index == row.step and row.state == Canary.State.RUNNING else "todo"


def _live(row: Canary, counts: Sequence[AliasCounts]) -> list[dict[str, Any]]:
    known = {count.version: count for count in counts}
    sides = [known.get(row.baseline_version), known.get(row.version)]
    return [
        {"label": _("Requests in this step"), "values": [s.requests if s else 0 for s in sides]},
        {"label": _("Refused or failed"), "values": [s.failures if s else 0 for s in sides]},
        {"label": _("95 % below, ms"), "values": [ms(s.p95_ms if s else None) for s in sides]},
    ]


def _kept(row: Canary) -> list[dict[str, Any]]:
    if not row.figures:
        return []
    sides = [row.figures["baseline"], row.figures["candidate"]]
    return [
        {"label": _("Requests in its last step"), "values": [s["requests"] for s in sides]},
        {"label": _("Refused or failed"), "values": [s["failures"] for s in sides]},
        {"label": _("95 % below, ms"), "values": [ms(s["p95_ms"]) for s in sides]},
    ]


def _limits(rules: dict[str, Any]) -> str:
    return _(
        "Each step lasts at least %(step_s)g s and %(requests)d requests. It goes back when more than "
        "%(errors)g points more requests fail or 95 %% take more than %(ratio)g times as long; the chance "
        "that this happens to a version that is no worse is below %(bound)g %%."
    ) % {
        "step_s": rules["step_s"],
        "requests": rules["min_requests"],
        "errors": 100 * rules["max_error_increase"],
        "ratio": rules["max_latency_ratio"],
        "bound": 100 * rules["false_rollback"],
    }


def way_words(way: Way | None) -> str:
    """Say what a roll-back would do now."""
    if way is None:
        return ""
    if way.kind == "canary":
        return _("Stop the canary: its requests go back")
    if way.kind == "alias":
        return _("Roll back to version %d") % way.version
    return _("Roll back to %s") % plan_words(way.plan.shares)


def done_words(way: Way) -> str:
    """Say what a roll-back did."""
    if way.kind == "alias":
        return _("Version %d answers again.") % way.version
    return _("The requests go to %s again.") % plan_words(way.plan.shares)


def plan_words(shares: dict[str, float]) -> str:
    """Return "champion 90 %, challenger 10 %"."""
    return ", ".join(f"{_(alias)} {share:g} %" for alias, share in shares.items())


def report_figures(report: ShadowReport) -> list[dict[str, Any]]:
    """Return the four figures above the comparison of the newest pair of versions."""
    agreement = report.agreement
    shown = "–" if agreement is None else f"{100 * agreement:.1f}"
    return [
        {
            "label": _("Agreement"),
            "value": shown,
            "unit": "" if agreement is None else "%",
            "compare": _("of %d pairs, to 0.1 %%") % report.compared,
        },
        {
            "label": _("Difference, mean"),
            "value": "–" if report.mean_difference is None else f"{report.mean_difference:.3g}",
            "compare": _("largest of a pair %s") % f"{report.max_difference:.3g}",
        },
        {
            "label": _("Shadow's latency, median"),
            "value": ms(report.shadow_p50_ms),
            "unit": "ms",
            "compare": _("%s ms in the version that answered") % ms(report.p50_ms),
        },
        {
            "label": _("Copies without an answer"),
            "value": report.failures,
            "compare": _("%d more dropped while busy") % report.dropped,
        },
    ]


def report(found: ShadowReport) -> dict[str, Any]:
    """Return one comparison with its chart."""
    uppers = sorted({upper for upper, _n in (*found.latency, *found.shadow_latency)})
    sides = (
        (_("Version %d, answered") % found.version, dict(found.latency)),
        (_("Version %d, shadow") % found.shadow_version, dict(found.shadow_latency)),
    )
    traces = [
        Trace(name, [f"{u:.3g}" for u in uppers], [known.get(u, 0) for u in uppers])
        for name, known in sides
    ]
    words = {"shadow": ms(found.shadow_p50_ms), "own": ms(found.p50_ms)}
    chart = Chart(
        f"shadow-{found.alias}-{found.version}-{found.shadow_version}",
        _("Half of the shadow's answers took up to %(shadow)s ms, of those given %(own)s ms")
        % words,
        traces,
        Axis(_("Time in the model up to"), "ms", category=True),
        Axis(_("Pairs"), zero=True),
    )
    return {"report": found, "chart": chart if uppers else None}


def ms(value: float | None) -> str:
    """Write milliseconds."""
    if value is None:
        return "–"
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"


def moment(seconds: float) -> datetime | None:
    """Return a time of `time.time()`; None for never."""
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
