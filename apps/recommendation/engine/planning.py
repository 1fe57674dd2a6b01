"""Decides what is trained and says how good it is, on parts of the data held out for that.

Two cuts, so that the reported figures are honest: the outer one is only for reporting; the settings are
chosen on an inner one taken from what the outer one left.
"""

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.recommendation.engine.stages import Span, stop_if_asked
from apps.recommendation.params import TrainParams
from ml.common import metrics
from ml.common.progress import Progress
from ml.recommendation import choose, evaluate, holdout
from ml.recommendation.als import Als, AlsParams
from ml.recommendation.contract import Recommender
from ml.recommendation.data import Features, Interactions
from ml.recommendation.feature_mf import FeatureMf, FeatureMfParams
from ml.recommendation.popularity import Popularity

LEAST_HELD_OUT = 5  # below, a share says nothing


@dataclass(frozen=True)
class Plan:
    """What to train on everything; JSON-able, so that a resumed job need not decide again.

    Attributes:
        model: kind of the model.
        settings: of its parameters.
        metrics: measured on the outer cut.
        trials: settings tried on the inner cut, as (words, NDCG@10).
    """

    model: str
    settings: dict[str, Any]
    metrics: dict[str, float]
    trials: list[list[Any]]

    def build(self) -> Recommender:
        """Return the model, not yet fitted."""
        return build(self.model, self.settings)


def build(model: str, settings: dict[str, Any]) -> Recommender:
    """Return a model of a kind with settings."""
    if model == Als.kind:
        return Als(AlsParams(**settings))
    if model == FeatureMf.kind:
        return FeatureMf(FeatureMfParams(**settings))
    return Popularity()


def decide(
    interactions: Interactions, features: Features, params: TrainParams, progress: Progress
) -> Plan:
    """Choose settings, measure them, and return what to train on everything."""
    cut = holdout.one_per_user(interactions, params.seed, latest=interactions.times is not None)
    if len(cut.held_out) < LEAST_HELD_OUT:
        progress.log("Too few users have two items: nothing is held out, no quality is reported.")
        model, settings, trials = _settings(interactions, params, Span(progress, 0.0, 0.7))
        return Plan(model, settings, {}, trials)
    model, settings, trials = _settings(cut.train, params, Span(progress, 0.0, 0.7))
    stop_if_asked(progress)
    fitted = build(model, settings).fit(cut.train, features, Span(progress, 0.7, 0.95))
    found = _measure(fitted, cut)
    progress.log("On held-out items: " + ", ".join(f"{k} {v:.4g}" for k, v in found.items()))
    return Plan(model, {**settings, **_refit(fitted)}, found, trials)


def _settings(
    train: Interactions, params: TrainParams, progress: Progress
) -> tuple[str, dict[str, Any], list[list[Any]]]:
    """Return kind, settings and trials; only `auto` searches, and only what was not given."""
    if params.model in ("auto", Als.kind):
        return _als_settings(train, params, progress)
    if params.model == FeatureMf.kind:
        given = _without_none(epochs=params.epochs, regularisation=params.regularisation)
        chosen = FeatureMfParams(
            learning_rate=params.learning_rate,
            batch_size=params.batch_size,
            seed=params.seed,
            **given,
        )
        return FeatureMf.kind, dataclasses.asdict(chosen), []
    return Popularity.kind, {}, []


def _als_settings(
    train: Interactions, params: TrainParams, progress: Progress
) -> tuple[str, dict[str, Any], list[list[Any]]]:
    given = _without_none(
        factors=params.factors,
        regularisation=params.regularisation,
        confidence=params.confidence,
        iterations=params.epochs,
    )
    start = AlsParams(seed=params.seed, **given)
    if params.model == Als.kind:
        return Als.kind, dataclasses.asdict(start), []
    settings = choose.candidates(start, frozenset(given), with_ratings=train.ratings is not None)
    may_resize = params.factors is None
    choice = choose.choose(train, settings, params.budget_s, progress, may_resize=may_resize)
    trials: list[list[Any]] = [[each.words, round(each.ndcg_at_10, 5)] for each in choice.trials]
    if choice.params is None:
        progress.log("No setting beat popularity on the internal cut, so popularity is trained.")
        return Popularity.kind, {}, trials
    return Als.kind, dataclasses.asdict(choice.params), trials


def _without_none(**values: float | None) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _refit(fitted: Recommender) -> dict[str, Any]:
    """Return what the measured fit teaches the final one: how many epochs, without a cut of its own."""
    if isinstance(fitted, FeatureMf):
        return {"epochs": max(fitted.epochs_used, 1), "validation": 0.0}
    return {}


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
