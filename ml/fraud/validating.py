"""Time-ordered validation: learn from what was labelled by then, judge on what came later.

A cut at a moment t learns from labelled events that are older than t by the label delay at least, and judges
on those from t on. Where the data are shorter than that, the gap shrinks to a quarter of their span,
and the figures say so.

Shapes: N rows.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ml.common.progress import Progress
from ml.fraud import calibration, evaluate
from ml.fraud.calibration import Calibration
from ml.fraud.errors import FraudDataError
from ml.fraud.examples import Examples, Floats
from ml.fraud.models.contract import Model
from ml.fraud.models.kinds import model_class
from ml.fraud.params import FitParams
from ml.fraud.recipes import Recipe

LEAST_FRAUDS = 10  # on each side of a cut
LATER = 0.3  # of the events are judged


@dataclass(frozen=True)
class Cut:
    """Events to learn from and later ones to judge on; all have labels."""

    train: Examples
    later: Examples
    gap_s: float


@dataclass(frozen=True)
class Checked:
    """Figures on later events, or None, and the calibration learned from them."""

    figures: dict[str, Any] | None
    calibration: Calibration


def cuts(given: Examples, label_delay_s: float, parts: int = 1) -> list[Cut]:
    """Return cuts, earliest first; without any that lacks frauds or honest events on a side.

    Args:
        given: events in any order.
        label_delay_s: the gap.
        parts: the later events are judged in so many parts, each by what came before it.
    """
    known = given.rows(given.known_N)
    if not len(known):
        return []
    order = np.argsort(known.times, kind="stable")
    known = known.rows(order)
    first, last = float(known.times[0]), float(known.times[-1])
    gap_s = min(label_delay_s, (last - first) / 4)
    places = np.linspace(1 - LATER, 1, parts + 1) * len(known)
    edges = [known.times[min(int(at), len(known) - 1)] for at in places[:-1]] + [np.inf]
    found = []
    for start, end in pairwise(edges):
        later_N = (known.times >= start) & (known.times < end)
        cut = Cut(known.rows(known.times < start - gap_s), known.rows(later_N), gap_s)
        if _usable(cut.train) and _usable(cut.later):
            found.append(cut)
    return found


def check(
    recipe: Recipe, model: Model, given: Examples, asked: FitParams, progress: Progress
) -> Checked:
    """Judge a recipe on later events and calibrate by the margins it gives them.

    Args:
        recipe: fitted anew on the earlier events.
        model: fitted on everything; calibrated by the share of rows when there are no labels.
        given: everything.
        asked: what the person wants.
        progress: may stop.
    """
    found = cuts(given, asked.label_delay_s)
    if not found:
        return Checked(None, _without_cut(model, given, asked))
    cut = found[0]
    margins_N = recipe.build().fit(cut.train, progress).margins(cut.later.features)
    figures = evaluate.figures(margins_N, cut.later) | {"gap_s": cut.gap_s}
    return Checked(figures, _calibrated(margins_N, cut.later, asked))


def _calibrated(margins_N: Floats, later: Examples, asked: FitParams) -> Calibration:
    kind = asked.calibration
    if kind == "auto":
        kind = "isotonic" if later.frauds >= calibration.ISOTONIC_FROM else "platt"
    if kind == "none":
        return calibration.LOGIT
    return {"isotonic": calibration.isotonic, "platt": calibration.platt}[kind](
        margins_N, later.labels
    )


def _without_cut(model: Model, given: Examples, asked: FitParams) -> Calibration:
    if model_class(model.kind).needs_labels:
        return calibration.LOGIT
    known = given.rows(given.known_N)
    if _usable(known):  # nothing was learned from the labels, so they may calibrate
        return _calibrated(model.margins(known.features), known, asked)
    if asked.calibration not in ("auto", "none"):
        raise FraudDataError(
            f"calibration {asked.calibration!r} needs labels of frauds; write auto or none."
        )
    return calibration.share(model.margins(given.features))


def _usable(side: Examples) -> bool:
    return min(side.frauds, len(side) - side.frauds) >= LEAST_FRAUDS
