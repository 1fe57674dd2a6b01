"""Decides what is trained and says how good it is, on parts of the data held out for that.

Two cuts, so that the reported figures are honest: the outer one is only for reporting; model, settings and
blend are chosen on an inner one taken from what the outer one left.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from apps.recommendation.engine.stages import Span, stop_if_asked
from apps.recommendation.params import SETTING_OF, TrainParams
from ml.common import metrics
from ml.common.progress import Progress
from ml.recommendation import auto, evaluate, holdout, recipes
from ml.recommendation.contract import Recommender
from ml.recommendation.data import Features, Interactions
from ml.recommendation.feature_mf import FeatureMf
from ml.recommendation.popularity import Popularity

LEAST_HELD_OUT = 5  # below, a share says nothing
MOST_BUDGET_S = 60
"""Of a search nobody bounded: an answer in about two minutes for a million choices. Networks are only tried
by who grants 120 s or more."""
CHOSEN = "You chose the model; nothing was compared."


@dataclass(frozen=True)
class Plan:
    """What to train on everything; JSON-able, so that a resumed job need not decide again.

    Attributes:
        model: kind of the model.
        settings: of it; of a blend, its members and weights (see ml.recommendation.recipes).
        metrics: measured on the outer cut.
        trials: what was tried on the inner cut, as {model, words, score, seconds, state}.
        why: one sentence.
    """

    model: str
    settings: dict[str, Any]
    metrics: dict[str, float]
    trials: list[dict[str, Any]] = field(default_factory=list)
    why: str = ""

    def build(self) -> Recommender:
        """Return the model, not yet fitted."""
        return recipes.build(self.model, self.settings)


def decide(
    interactions: Interactions, features: Features, params: TrainParams, progress: Progress
) -> Plan:
    """Choose model and settings, measure them, and return what to train on everything."""
    cut = holdout.one_per_user(interactions, params.seed, latest=interactions.times is not None)
    choosing = Span(progress, 0.0, 0.7)
    if len(cut.held_out) < LEAST_HELD_OUT:
        progress.log("Too few users have two items: nothing is held out, no quality is reported.")
        found = _choose(interactions, features, params, choosing)
        return Plan(found.kind, found.settings, {}, found.trials, found.why)
    found = _choose(cut.train, features, params, choosing)
    progress.log(found.why)
    stop_if_asked(progress)
    fitted = recipes.build(found.kind, found.settings)
    fitted.fit(cut.train, features, Span(progress, 0.7, 0.95))
    figures = _measure(fitted, cut)
    progress.log("On held-out items: " + ", ".join(f"{k} {v:.4g}" for k, v in figures.items()))
    settings = recipes.refitted(found.kind, found.settings, fitted)
    return Plan(found.kind, settings, figures, found.trials, found.why)


def _choose(
    train: Interactions, features: Features, params: TrainParams, progress: Progress
) -> auto.Found:
    """Search when asked to; else take the model and the settings that were given."""
    if params.model == "auto":
        budget_s = params.budget_s or _budget(len(train))
        asked = auto.Asked(params.seed, budget_s, fixed=_given(params, "als"))
        return auto.search(train, features, asked, progress)
    settings = recipes.complete(params.model, _given(params, params.model))
    return auto.Found(params.model, settings, [], CHOSEN)


def _budget(rows: int) -> float:
    """Return the seconds of a search nobody bounded: little data shall not keep anyone waiting."""
    return min(MOST_BUDGET_S, 10 + rows / 5_000)


def _given(params: TrainParams, kind: str) -> dict[str, Any]:
    """Return the settings of a kind that a person gave, by the kind's own names."""
    known = recipes.known_settings(kind)
    values = {SETTING_OF.get((kind, name), name): value for name, value in vars(params).items()}
    given = {name: value for name, value in values.items() if name in known and value is not None}
    if params.model == "auto":
        given.pop("seed", None)
    return given


def _measure(fitted: Recommender, cut: holdout.Cut) -> dict[str, float]:
    """Return the figures of the model, and beside them those of the baselines."""
    baseline = evaluate.ranking(Popularity().fit(cut.train), cut.train, cut.held_out)
    ours = evaluate.ranking(fitted, cut.train, cut.held_out)
    found = ours.as_metrics() | {
        f"popularity_{name}": value for name, value in baseline.as_metrics().items()
    }
    ratings_N, learned_N = cut.held_out.ratings, cut.train.ratings
    if isinstance(fitted, FeatureMf) and ratings_N is not None and learned_N is not None:
        found |= evaluate.rating_errors(fitted, cut.held_out)
        found["mean_rating_rmse"] = metrics.rmse(
            np.full_like(ratings_N, learned_N.mean()), ratings_N
        )
    return found | {"held_out_users": float(ours.held_out)}
