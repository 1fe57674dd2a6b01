"""What the report page shows: the table of results and the picture of the trade-off."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from platform_core.compression.models import Compression
from platform_core.compression.words import METHOD_WORDS, STATE_TONES, STATE_WORDS
from platform_core.web.api import Axis, Chart, Trace


@dataclass(frozen=True)
class Row:
    """One version beside its parent."""

    title: Any
    state: Any
    tone: str
    words: str
    version: int | None
    size_bytes: int | None
    smaller: float | None
    p50_ms: float | None
    quality: float | None
    agreement: float | None


def rows(compression: Compression) -> list[Row]:
    """Return the results: the parent first, methods that do not apply last."""
    parent = compression.parent
    own = Row(
        _("Version %d itself") % compression.version.number,
        _("Original"),
        "info",
        "",
        compression.version.number,
        parent.get("size_bytes"),
        1.0,
        parent.get("p50_ms"),
        parent.get("quality"),
        None,
    )
    applied = sorted(compression.results, key=lambda each: each["state"] == "not_applicable")
    return [own, *(_row(each, parent) for each in applied)] if parent else []


def _row(result: Mapping[str, Any], parent: Mapping[str, Any]) -> Row:
    size = result.get("size_bytes")
    return Row(
        METHOD_WORDS.get(result["method"], result["method"]),
        STATE_WORDS.get(result["state"], result["state"]),
        STATE_TONES.get(result["state"], "neutral"),
        result["words"],
        result["version"],
        size,
        size / parent["size_bytes"] if size else None,
        result.get("p50_ms"),
        result.get("quality"),
        result.get("agreement"),
    )


def trade_off(compression: Compression) -> Chart | None:
    """Return quality over size, a point per version; None with fewer than two."""
    measured = [each for each in compression.results if each.get("size_bytes")]
    if not measured:
        return None
    name = "quality" if "quality" in compression.parent else "agreement"
    everyone = [{"method": "", "state": "original", **compression.parent}, *measured]
    words = [str(METHOD_WORDS.get(each["method"], _("Original"))) for each in everyone]
    sizes = [each["size_bytes"] / 1024 for each in everyone]
    best = min(
        (each for each in measured if each["state"] == "registered"),
        key=lambda each: each["size_bytes"],
        default=None,
    )
    title = _("Nothing smaller holds the quality asked for")
    if best:
        share = best["size_bytes"] / compression.parent["size_bytes"]
        title = _("The smallest version kept has %(share).0f %% of the size") % {
            "share": 100 * share
        }
    return Chart(
        key="trade-off",
        title=title,
        traces=_traces(everyone, sizes, name),
        x=Axis(_("Size"), "KiB", zero=True),
        y=Axis(_("Quality") if name == "quality" else _("Agreement with the original")),
        header=[_("Version"), _("Size in KiB"), _("Quality")],
        rows=[
            [label, round(size, 1), each.get(name)]
            for label, size, each in zip(words, sizes, everyone, strict=True)
        ],
    )


def _traces(everyone: list[dict[str, Any]], sizes: list[float], name: str) -> list[Trace]:
    """Return one series for each outcome, in the order of STATE_WORDS, the original first."""
    series = []
    for state, words in {"original": _("Original"), **STATE_WORDS}.items():
        chosen = sorted(
            (size, each.get(name))
            for size, each in zip(sizes, everyone, strict=True)
            if each["state"] == state
        )
        if chosen:
            x, y = zip(*chosen, strict=True)
            series.append(Trace(str(words), list(x), list(y), kind="points"))
    return series
