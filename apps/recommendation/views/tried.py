"""What the automatic search tried, how each did on the inner cut, and why it chose what it chose."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from platform_core.registry import api as registry
from platform_core.sentences import spoken
from platform_core.web.api import Axis, Chart, Trace

MAX_ROWS = 200
Trial = Mapping[str, Any]


def of(version: registry.ModelVersion | None) -> dict[str, Any]:
    """Return what the page shows of a version's search; nothing where none was made."""
    trials = [each for each in _listed(version) if isinstance(each, Mapping)][:MAX_ROWS]
    if version is None or not trials:
        return {}
    ranked = sorted(trials, key=lambda each: -(each.get("score") or -1.0))
    return {
        "tried": {
            "version": version.number,
            "why": version.parameters.get("why", ""),
            "rows": [_row(each) for each in ranked],
            "chart": _chart(trials),
        }
    }


def _listed(version: registry.ModelVersion | None) -> Sequence[Any]:
    return version.parameters.get("trials") or () if version else ()


def _row(trial: Trial) -> dict[str, Any]:
    return {
        "model": _model(trial),
        "words": trial.get("words", ""),
        "score": trial.get("score"),
        "seconds": trial.get("seconds"),
        "is_ended_early": trial.get("state") not in (None, "done"),
        "state": trial.get("state", ""),
    }


def _chart(trials: Sequence[Trial]) -> Chart:
    """Return the score of every trial in the order tried, one series for each kind of model."""
    kinds = dict.fromkeys(_model(each) for each in trials)
    traces = []
    for kind in kinds:
        scored = [
            (number, each["score"])
            for number, each in enumerate(trials, start=1)
            if _model(each) == kind and each.get("score") is not None
        ]
        if scored:
            numbers, scores = zip(*scored, strict=True)
            traces.append(Trace(name=kind, x=list(numbers), y=list(scores), kind="points"))
    best = max(trials, key=lambda each: each.get("score") or -1.0)
    return Chart(
        key="tried",
        title=_("%(model)s did best of %(count)d tried")
        % {"model": _model(best), "count": len(trials)},
        traces=traces,
        x=Axis(_("Attempt")),
        y=Axis(_("NDCG@10 on the inner cut")),
        header=[_("Attempt"), _("Model"), _("NDCG@10")],
        rows=[
            [number, _model(each), each.get("score")] for number, each in enumerate(trials, start=1)
        ],
    )


def _model(trial: Trial) -> str:
    """Return the family of a setting as its words begin: “EASE, regularisation 5” is EASE."""
    return re.split(r"[,:]", spoken(trial.get("words") or trial.get("model") or "–"))[0]
