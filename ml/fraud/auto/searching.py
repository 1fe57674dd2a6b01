"""The search: each kind once, then settings drawn by Optuna's TPE (seeded), then a blend of the best.

Judged by the mean average precision on two later stretches of time, each by models that learned only from
what was labelled before it (`validating.cuts`). The search ends with its budget of seconds, after
`MOST_TRIALS`, or when `PATIENCE` trials in a row brought nothing; it says what it tried. With very many
honest rows it learns from a draw of them; the last fit has all.
"""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from ml.common import seeds
from ml.common.progress import Progress, TrainingStoppedError
from ml.fraud import recipes, validating
from ml.fraud.auto import spaces
from ml.fraud.errors import FraudDataError, NothingToLearnError
from ml.fraud.evaluate import average_precision
from ml.fraud.examples import Examples, Floats
from ml.fraud.models.kinds import model_class
from ml.fraud.params import FitParams
from ml.fraud.validating import Cut

MOST_TRIALS, PATIENCE = 30, 10
MOST_HONEST = 100_000
LEAST_OF_EACH = 5
BETTER = 0.002  # average precision that a blend must bring in every stretch
SHARES = (0.9, 0.8, 0.7, 0.6, 0.5)


@dataclass(frozen=True)
class Found:
    """What to fit, and why; JSON-able.

    Attributes:
        kind, settings: see `recipes.build`.
        trials: all that was tried, as {model, words, score, seconds, state}.
        why: one sentence.
    """

    kind: str
    settings: dict[str, Any]
    trials: list[dict[str, Any]]
    why: str


def search(given: Examples, asked: FitParams, progress: Progress) -> Found:
    """Return the model and settings with the best average precision on later events.

    Raises:
        NothingToLearnError: constraints of direction but no labels to learn from.
        TrainingStoppedError: `progress.should_stop()` became true.
    """
    honest = int((given.labels == 0).sum())
    if min(given.frauds, honest) < LEAST_OF_EACH:
        if asked.monotone:
            raise NothingToLearnError(
                "monotone needs labels: fewer than 5 frauds or 5 honest events have one. "
                "Label more events, or leave monotone out."
            )
        why = f"Only {given.frauds} frauds are labelled, too few to learn from: strange events score high."
        return Found("isolation_forest", {}, [], why)
    found = validating.cuts(given, asked.label_delay_s, parts=2)
    if not found:
        why = f"Only {given.frauds} frauds are labelled, too few to compare models on later events."
        return Found("xgboost", dict(spaces.STARTS["xgboost"][0]), [], why)
    search = _Search([_lighter(cut, asked.seed) for cut in found], asked, progress)
    search.first_of_each()
    search.more()
    return search.conclude()


@dataclass(frozen=True)
class _Tried:
    kind: str
    settings: dict[str, Any]
    score: float
    margins: list[Floats]


class _Search:
    def __init__(self, cuts: list[Cut], asked: FitParams, progress: Progress) -> None:
        self.cuts, self.asked, self.progress = cuts, asked, progress
        self.started_s = time.monotonic()
        self.trials: list[dict[str, Any]] = []
        self.best_of: dict[str, _Tried] = {}
        self.slowest_s = 0.0
        self.idle = 0

    def first_of_each(self) -> None:
        """Try every kind that suits; without time for all, cheap ones were first."""
        for kind, starts in spaces.STARTS.items():
            if self.asked.kinds is not None and kind not in self.asked.kinds:
                continue
            if self.asked.monotone and not model_class(kind).takes_monotone:
                continue
            for settings in starts:
                self.attempt(kind, settings)

    def more(self) -> None:
        """Draw settings of the kinds within a tenth of the best."""
        import optuna  # noqa: PLC0415  (only to search)

        best = max((each.score for each in self.best_of.values()), default=0.0)
        kinds = [
            k for k in spaces.TUNED if k in self.best_of and self.best_of[k].score > 0.9 * best
        ]
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        sampler = optuna.samplers.TPESampler(seed=self.asked.seed, n_startup_trials=6)
        study = optuna.create_study(direction="maximize", sampler=sampler)
        while kinds and self._may_go_on():
            trial = study.ask()
            kind = trial.suggest_categorical("kind", kinds)
            study.tell(trial, self.attempt(kind, spaces.suggest(trial, kind)))

    def attempt(self, kind: str, settings: dict[str, Any]) -> float:
        """Fit and judge on every stretch; return the mean average precision."""
        if self.progress.should_stop():
            raise TrainingStoppedError("Stopped while choosing settings.")
        started_s = time.monotonic()
        names = self.cuts[0].train.names
        recipe = recipes.Recipe.of(kind, settings, self.asked, names)
        margins = [
            recipe.build().fit(cut.train, self.progress_of_trial()).margins(cut.later.features)
            for cut in self.cuts
        ]
        score = float(np.mean(self._scores(margins)))
        seconds = time.monotonic() - started_s
        self.slowest_s = max(self.slowest_s, seconds)
        self._note(kind, settings, score, seconds)
        before = max((each.score for each in self.best_of.values()), default=-1.0)
        self.idle = 0 if score > before else self.idle + 1
        if kind not in self.best_of or score > self.best_of[kind].score:
            self.best_of[kind] = _Tried(kind, settings, score, margins)
        return score

    def conclude(self) -> Found:
        """Return the best blend if every stretch agrees that it is better, else the best model."""
        if not self.best_of:
            raise FraudDataError(
                f"kinds {list(self.asked.kinds or ())}: none of them can be tried; "
                f"auto knows {sorted(spaces.STARTS)}."
            )
        ranked = sorted(self.best_of.values(), key=lambda each: -each.score)
        best = ranked[0]
        for other in ranked[1:]:
            for share in SHARES:
                mixed = self._mixed(best, other, share)
                gains = np.subtract(mixed, self._scores(best.margins))
                if gains.min() > BETTER:
                    return self._blend(best, other, share, float(np.mean(mixed)))
        words = recipes.words(best.kind, best.settings)
        why = (
            f"{words} has the best average precision on later events, {best.score:.4f}, "
            f"of {len(self.trials)} tried."
        )
        return Found(best.kind, best.settings, self.trials, why)

    def progress_of_trial(self) -> Progress:
        """Return what a trial reports to: it may only be stopped."""
        return _Quiet(self.progress)

    def _blend(self, best: _Tried, other: _Tried, share: float, score: float) -> Found:
        members = [{"kind": e.kind, "settings": e.settings} for e in (best, other)]
        settings = {"members": members, "weights": [share, round(1 - share, 2)]}
        self._note("blend", settings, score, 0.0)
        why = (
            f"{recipes.words('blend', settings)} reaches average precision {score:.4f} on later events; "
            f"the best single model, {recipes.NAMES[best.kind]}, {best.score:.4f}."
        )
        return Found("blend", settings, self.trials, why)

    def _mixed(self, one: _Tried, other: _Tried, share: float) -> list[float]:
        pairs = zip(one.margins, other.margins, strict=True)
        return self._scores([share * _even(a) + (1 - share) * _even(b) for a, b in pairs])

    def _scores(self, margins: list[Floats]) -> list[float]:
        pairs = zip(margins, self.cuts, strict=True)
        return [average_precision(each, cut.later.labels == 1) for each, cut in pairs]

    def _note(self, kind: str, settings: dict[str, Any], score: float, seconds: float) -> None:
        words = recipes.words(kind, settings)
        self.trials.append({
            "model": kind, "words": words, "score": round(score, 5),
            "seconds": round(seconds, 2), "state": "done",
        })  # fmt: skip
        self.progress.log(f"{words}: average precision {score:.4f} on later events")
        share = min(self._spent_s() / self.asked.budget_s, 0.99)
        self.progress.update(0.85 * share, f"Tried {len(self.trials)} settings")

    def _may_go_on(self) -> bool:
        in_time = self._spent_s() + 1.5 * self.slowest_s < self.asked.budget_s
        return in_time and len(self.trials) < MOST_TRIALS and self.idle < PATIENCE

    def _spent_s(self) -> float:
        return time.monotonic() - self.started_s


class _Quiet:
    """Passes on only the wish to stop."""

    def __init__(self, progress: Progress) -> None:
        self.should_stop = progress.should_stop

    def update(self, fraction: float, message: str = "") -> None:
        """Ignore."""

    def log(self, line: str) -> None:
        """Ignore."""

    def metric(self, name: str, value: float, step: int | None = None) -> None:
        """Ignore."""

    def save_checkpoint(self, state: bytes) -> None:
        """Ignore."""

    def load_checkpoint(self) -> bytes | None:
        """There is none."""
        return None


def _even(margins_N: Floats) -> Floats:
    return np.asarray((margins_N - margins_N.mean()) / max(float(margins_N.std()), 1e-6))


def _lighter(cut: Cut, seed: int) -> Cut:
    """Return the cut with a draw of its honest training rows, if there are very many."""
    honest = np.flatnonzero(cut.train.labels == 0)
    if len(honest) <= MOST_HONEST:
        return cut
    drawn = seeds.generator(seed, "honest rows").choice(honest, MOST_HONEST, replace=False)
    rows = np.sort(np.concatenate([np.flatnonzero(cut.train.labels == 1), drawn]))
    return Cut(cut.train.rows(rows), cut.later, cut.gap_s)
