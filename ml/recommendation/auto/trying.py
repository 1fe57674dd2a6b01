"""One trial after another within the budget: what was tried, the best of each kind and the time left."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ml.common import arrays as array_files
from ml.common.progress import Progress, SilentProgress, TrainingStoppedError
from ml.recommendation import recipes
from ml.recommendation.als import Als, AlsParams
from ml.recommendation.auto import spaces
from ml.recommendation.auto.asked import Asked
from ml.recommendation.auto.judge import Judge
from ml.recommendation.contract import Recommender
from ml.recommendation.data import Features

if TYPE_CHECKING:
    import optuna


EARLY_ITERATIONS = 3  # of ALS, after which a poor trial is pruned
SLOW_SHARE = 0.5  # of the budget: no single trial takes more
LEAST_S = 10.0  # but each kind may be tried so long, or a tiny budget would try nothing


class PrunedError(Exception):
    """The trial did worse half-way than the median of the earlier ones."""


@dataclass(frozen=True)
class Tried:
    """A trial that ended, with its fitted model."""

    kind: str
    settings: dict[str, Any]
    score: float
    model: Recommender


class Tries:
    """The trials of one search."""

    def __init__(
        self,
        judge: Judge,
        features: Features,
        facts: spaces.Facts,
        asked: Asked,
        progress: Progress,
    ) -> None:
        self.judge, self.features, self.facts = judge, features, facts
        self.asked, self.progress = asked, progress
        self.started_s = time.monotonic()
        self.trials: list[dict[str, Any]] = []
        self.best_of: dict[str, Tried] = {}
        self.slowest_s: dict[str, float] = {}
        self.since_better = 0

    def attempt(
        self, kind: str, settings: dict[str, Any], trial: "optuna.Trial | None" = None
    ) -> float | None:
        """Fit and judge one setting; None when the budget does not allow it any more.

        Raises:
            PrunedError: it did poorly half-way.
            TrainingStoppedError: the job was stopped.
        """
        if kind == "als":
            settings = {**settings, **self.asked.fixed}
        if kind in self.slowest_s and self.left_s() < self.slowest_s[kind]:
            self.progress.log(f"The time budget ends the search after {self.spent_s():.0f} s.")
            return None
        started_s = time.monotonic()
        try:
            model = self._fit(kind, settings, trial)
        except (PrunedError, TrainingStoppedError) as error:
            if self.progress.should_stop():
                raise TrainingStoppedError("Stopped while choosing settings.") from error
            state = "pruned" if isinstance(error, PrunedError) else "too slow"
            self.note(kind, settings, None, time.monotonic() - started_s, state)
            self.slowest_s[kind] = self.asked.budget_s if state == "too slow" else 0.0
            raise PrunedError from error
        score = self.judge.score(model)
        seconds = time.monotonic() - started_s
        self.slowest_s[kind] = max(seconds, self.slowest_s.get(kind, 0.0))
        self.note(kind, settings, score, seconds)
        self._keep(Tried(kind, settings, score, model))
        return score

    def note(
        self,
        kind: str,
        settings: dict[str, Any],
        score: float | None,
        seconds: float,
        state: str = "done",
    ) -> None:
        """Write down a trial."""
        words = spaces.words(kind, settings)
        self.trials.append(
            {
                "model": kind,
                "words": words,
                "score": None if score is None else round(score, 5),
                "seconds": round(seconds, 2),
                "state": state,
            }
        )
        result = f"NDCG@10 {score:.4f} on the internal cut" if score is not None else state
        self.progress.log(f"{words}: {result}")
        self.progress.update(
            min(self.spent_s() / self.asked.budget_s, 0.99), f"Tried {len(self.trials)} settings"
        )

    def promising(self, share: float) -> list[str]:
        """Return the kinds within a share of the best score, best first, baselines left out."""
        least = share * self.best().score
        found = [each for each in self.best_of.values() if each.kind not in spaces.BASELINES]
        ranked = sorted(found, key=lambda each: -each.score)
        return [each.kind for each in ranked if each.score >= least]

    def best(self) -> Tried:
        """Return the best trial so far."""
        return max(self.best_of.values(), key=lambda each: each.score)

    def may_go_on(self, most: int, patience: int, share: float) -> bool:
        """True while there is time, and trials still bring something."""
        in_time = self.spent_s() < share * self.asked.budget_s
        return in_time and len(self.trials) < most and self.since_better < patience

    def spent_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started_s

    def left_s(self) -> float:
        """Seconds of the budget that are left."""
        return self.asked.budget_s - self.spent_s()

    def _keep(self, tried: Tried) -> None:
        """Keep only the best model of each kind in memory."""
        before = self.best().score if self.best_of else -1.0
        self.since_better = 0 if tried.score > before else self.since_better + 1
        if tried.kind not in self.best_of or tried.score > self.best_of[tried.kind].score:
            self.best_of[tried.kind] = tried

    def _fit(
        self, kind: str, settings: dict[str, Any], trial: "optuna.Trial | None"
    ) -> Recommender:
        limits = _Limited(self.progress, max(SLOW_SHARE * self.asked.budget_s, LEAST_S))
        if kind != "als":
            return recipes.build(kind, settings).fit(self.judge.train, self.features, limits)
        short = {
            **settings,
            "iterations": min(settings.get("iterations", 15), spaces.TRIAL_ITERATIONS),
        }
        if trial is not None and short["iterations"] > EARLY_ITERATIONS:
            early = Als(AlsParams(**{**short, "iterations": EARLY_ITERATIONS}))
            early.fit(self.judge.train, self.features, limits)
            trial.report(self.judge.score(early), EARLY_ITERATIONS)
            if trial.should_prune():
                raise PrunedError
            limits.kept = _state(early)
        return recipes.build(kind, short).fit(self.judge.train, self.features, limits)


def _state(model: Als) -> bytes:
    """Return the checkpoint from which ALS goes on after the early look."""
    users_UD, items_ID = model.vectors()
    step = np.array([EARLY_ITERATIONS], dtype=np.int64)
    return array_files.dump({"step": step, "users": users_UD, "items": items_ID})


class _Limited(SilentProgress):
    """Stops a trial that takes too long; its curve is nobody's."""

    def __init__(self, progress: Progress, most_s: float) -> None:
        self.progress, self.ends_s = progress, time.monotonic() + most_s
        self.kept: bytes | None = None

    def should_stop(self) -> bool:
        """True when the job or the time ends."""
        return self.progress.should_stop() or time.monotonic() > self.ends_s

    def load_checkpoint(self) -> bytes | None:
        """Return where to go on."""
        return self.kept
