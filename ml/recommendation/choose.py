"""Picks settings by trying a few on a cut inside the training data, within a time budget.

Source of the candidates: a grid over both relative settings on internal cuts of three public sets (6k
to 30k users, density 0.0007 to 0.04) had its best along one ridge, regularisation and confidence
rising together. On the sparse one doubling the factors gained 10 %, on the dense ones nothing; on data
of few tastes a quarter of them gained 20 %.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ml.common.progress import Progress, SilentProgress, TrainingStoppedError
from ml.recommendation import evaluate, holdout
from ml.recommendation.als import Als, AlsParams
from ml.recommendation.data import Interactions
from ml.recommendation.popularity import Popularity

RIDGE = ((0.37, 0.9), (0.6, 1.5), (0.8, 2.5), (0.25, 0.6))
TRIAL_ITERATIONS = 10  # the order of settings is settled by then
LEAST_HELD_OUT = 200  # below, the noise of the choice exceeds the differences
FEWEST_FACTORS = 8
WIDE_FROM = 10_000  # users and items from which more factors can pay


@dataclass(frozen=True)
class Trial:
    """One setting and how it did on the internal cut."""

    words: str
    ndcg_at_10: float
    seconds: float


@dataclass(frozen=True)
class Choice:
    """What to train: settings of ALS, or None for popularity; with all that was tried."""

    params: AlsParams | None
    trials: tuple[Trial, ...] = ()


def candidates(start: AlsParams, fixed: frozenset[str], *, with_ratings: bool) -> list[AlsParams]:
    """Return the settings to try, most promising first; `fixed` names fields that stay."""
    ridge = [
        replace(
            start,
            regularisation=start.regularisation if "regularisation" in fixed else regularisation,
            confidence=start.confidence if "confidence" in fixed else confidence,
        )
        for regularisation, confidence in RIDGE
    ]
    if with_ratings:
        ridge.insert(1, replace(ridge[0], use_ratings=not ridge[0].use_ratings))
    return list(dict.fromkeys(ridge))


def choose(
    interactions: Interactions,
    settings: Sequence[AlsParams],
    budget_s: float,
    progress: Progress,
    *,
    may_resize: bool = True,
) -> Choice:
    """Return the best of `settings` and popularity by NDCG@10 on one held-out item per user.

    The first setting is always tried; later ones only while the budget lasts. With few users nothing
    is tried and the first setting is taken. `may_resize` tries the best with other numbers of factors at
    last.
    """
    cut = holdout.one_per_user(interactions, settings[0].seed)
    if len(cut.held_out) < LEAST_HELD_OUT:
        return Choice(settings[0])
    search = _Search(cut, budget_s, progress)
    search.baseline()
    for number, params in enumerate(settings, start=1):
        search.attempt(params)
        progress.update(number / (len(settings) + 1), f"Tried {number} settings")
    if may_resize and search.best:
        search.resize(search.best)
    return Choice(search.best, tuple(search.trials))


class _Search:
    """What was tried so far, the best of it and the time left."""

    def __init__(self, cut: holdout.Cut, budget_s: float, progress: Progress) -> None:
        self.cut, self.budget_s, self.progress = cut, budget_s, progress
        self.started_s = time.monotonic()
        self.trials: list[Trial] = []
        self.best: AlsParams | None = None
        self.best_ndcg = 0.0

    def baseline(self) -> None:
        """Note what popularity reaches."""
        model = Popularity().fit(self.cut.train)
        self.best_ndcg = evaluate.ranking(model, self.cut.train, self.cut.held_out).ndcg_at_10
        spent_s = time.monotonic() - self.started_s
        self.trials.append(Trial("Popularity", self.best_ndcg, spent_s))

    def resize(self, params: AlsParams) -> None:
        """Try fewer factors, and on a large matrix more."""
        if params.factors >= 4 * FEWEST_FACTORS:
            self.attempt(replace(params, factors=params.factors // 4), seconds_factor=0.5)
        if min(self.cut.train.n_users, self.cut.train.n_items) >= WIDE_FROM:
            self.attempt(replace(params, factors=params.factors * 2), seconds_factor=6.0)

    def attempt(self, params: AlsParams, seconds_factor: float = 1.0) -> None:
        """Try a setting, unless it is expected to end beyond the budget."""
        spent_s = time.monotonic() - self.started_s
        expected_s = seconds_factor * self.trials[-1].seconds
        if len(self.trials) > 1 and spent_s + expected_s > self.budget_s:
            self.progress.log(f"The time budget ends the search after {spent_s:.0f} s.")
            return
        trial = _try(params, self.cut, self.progress)
        self.trials.append(trial)
        if trial.ndcg_at_10 > self.best_ndcg:
            self.best, self.best_ndcg = params, trial.ndcg_at_10


def _try(params: AlsParams, cut: holdout.Cut, progress: Progress) -> Trial:
    started_s = time.monotonic()
    trial = replace(params, iterations=min(params.iterations, TRIAL_ITERATIONS), report_loss=False)
    model = Als(trial).fit(cut.train, progress=_OnlyStops(progress))
    found = evaluate.ranking(model, cut.train, cut.held_out)
    weighed = "" if params.use_ratings else ", ratings ignored"
    words = (
        f"ALS, {params.factors} factors, regularisation {params.regularisation:g}, "
        f"confidence {params.confidence:g}{weighed}"
    )
    progress.log(f"{words}: NDCG@10 {found.ndcg_at_10:.4f} on the internal cut")
    if progress.should_stop():
        raise TrainingStoppedError("Stopped while choosing settings.")
    return Trial(words, found.ndcg_at_10, time.monotonic() - started_s)


class _OnlyStops(SilentProgress):
    """Passes on the request to stop and nothing else: a trial's curve is nobody's."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress

    def should_stop(self) -> bool:
        """Ask the real one."""
        return self.progress.should_stop()
