"""The figures above a model's page, and the table of a version's tensors."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from platform_core.registry import comparison
from platform_core.registry.models import ModelVersion


def of_model(
    newest: ModelVersion | None, targets: Mapping[str, ModelVersion], count: int
) -> list[dict[str, Any]]:
    """Return champion, challenger, its main metric and the number of versions."""
    champion, challenger = targets.get("champion"), targets.get("challenger")
    return [
        {
            "label": _("Champion"),
            "value": _numbered(champion),
            "compare": _beside(newest, champion),
        },
        {"label": _("Challenger"), "value": _numbered(challenger), "compare": _("tried beside it")},
        *_main_metric(champion or newest, challenger or newest),
        {
            "label": _("Versions"),
            "value": count,
            "compare": _("the newest is %s") % _number(newest),
        },
    ]


def _numbered(version: ModelVersion | None) -> str:
    return _("Version %d") % version.number if version else _("none")


def _number(version: ModelVersion | None) -> str:
    return str(version.number) if version else "–"


def _beside(newest: ModelVersion | None, champion: ModelVersion | None) -> str:
    if champion is None:
        return _("promote a version to serve it")
    return _("the newest version") if champion == newest else _("answers requests")


def _main_metric(shown: ModelVersion | None, other: ModelVersion | None) -> list[dict[str, Any]]:
    found = comparison.headline(shown, 1) if shown else {}
    if shown is None or not found:
        return []
    (name, value), *_rest = found.items()
    compare = _("of version %d") % shown.number
    beside = comparison.flatten(other.metrics).get(name) if other and other != shown else None
    if beside is not None and other is not None:
        words = {"value": comparison.worded(beside), "number": other.number}
        compare = _("version %(number)d has %(value)s") % words
    return [{"label": name, "value": comparison.worded(value), "compare": compare}]


def tensors(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return inputs and outputs for a table; -1 is shown as any length."""
    return [
        {**tensor, "is_input": side == "inputs", "shape": _shape(tensor["shape"])}
        for side in ("inputs", "outputs")
        for tensor in manifest.get(side, [])
    ]


def _shape(lengths: Sequence[int]) -> str:
    words = [_("any") if length < 0 else str(length) for length in lengths]
    return " × ".join(words) or _("one value")
