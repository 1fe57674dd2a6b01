"""The search: every suitable kind once, then more settings of the promising ones, then a blend.

Optuna's TPE draws the settings, seeded; a trial of ALS is judged after 3 iterations and pruned when the
median of the earlier ones was better there. The search ends with the time budget, after
`MOST_TRIALS`, or when `PATIENCE` trials brought nothing. What is judged is never learned from, and
the caller's test rows are not seen at all.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ml.common.progress import Progress
from ml.recommendation import recipes
from ml.recommendation.auto import blending, spaces
from ml.recommendation.auto.asked import Asked
from ml.recommendation.auto.judge import Judge
from ml.recommendation.auto.trying import PrunedError, Tried, Tries
from ml.recommendation.contract import SILENT
from ml.recommendation.data import NO_FEATURES, Features, Interactions

LEAST_HELD_OUT = 200  # below, the noise of the choice exceeds the differences
MOST_TRIALS = 24
PATIENCE = 8
BLEND_SHARE = 0.15  # of the budget, kept for the blend
DEFAULT = Asked()
PROMISING = 0.8  # of the best score: kinds below get no more trials and no place in the blend


@dataclass(frozen=True)
class Found:
    """What to train, and why; JSON-able.

    Attributes:
        kind, settings: see `recipes.build`.
        trials: all that was tried, as {model, words, score, seconds, state}.
        why: one sentence.
    """

    kind: str
    settings: dict[str, Any]
    trials: list[dict[str, Any]]
    why: str


def search(
    interactions: Interactions,
    features: Features = NO_FEATURES,
    asked: Asked = DEFAULT,
    progress: Progress = SILENT,
) -> Found:
    """Return the model and settings with the best NDCG@10 on an internal cut.

    Raises:
        TrainingStoppedError: `progress.should_stop()` became true.
    """
    facts = spaces.Facts.of(interactions, features)
    judge = Judge(interactions, asked.seed, asked.negatives)
    if judge.held_out < LEAST_HELD_OUT:
        first = {**spaces.starts("als", facts, asked)[0], **asked.fixed}
        settings = spaces.for_the_last_fit("als", first)
        why = f"Only {judge.held_out} choices could be held out, too few to compare models."
        return Found("als", settings, [], why)
    tries = Tries(judge, features, facts, asked, progress)
    _first_of_each(tries, asked.kinds or tuple(spaces.kinds(facts, asked.budget_s)))
    _more(tries)
    return _conclude(tries)


def _first_of_each(tries: Tries, kinds: Sequence[str]) -> None:
    for kind in kinds:
        if kind not in recipes.PARAMS and kind not in spaces.BASELINES:
            continue
        for settings in spaces.starts(kind, tries.facts, tries.asked):
            with suppress(PrunedError):  # too slow for the budget, and noted so
                tries.attempt(kind, settings)


def _more(tries: Tries) -> None:
    """Let TPE draw settings of the promising kinds, the best kinds most often."""
    import optuna  # noqa: PLC0415  (only to search)

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    kinds = [kind for kind in tries.promising(PROMISING) if kind in spaces.TUNED]
    if not kinds:
        return
    study = optuna.create_study(
        direction="maximize",
        sampler=optuna.samplers.TPESampler(
            seed=tries.asked.seed, n_startup_trials=4, multivariate=False
        ),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=2),
    )
    while tries.may_go_on(MOST_TRIALS, PATIENCE, 1.0 - BLEND_SHARE):
        trial = study.ask()
        kind = trial.suggest_categorical("kind", kinds)
        settings = spaces.suggest(trial, kind, tries.facts, tries.best_of[kind].settings)
        try:
            score = tries.attempt(kind, settings, trial)
        except PrunedError:
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
            continue
        if score is None:
            return
        study.tell(trial, score)


def _conclude(tries: Tries) -> Found:
    best = tries.best()
    baseline = max(
        (each for each in tries.best_of.values() if each.kind in spaces.BASELINES),
        key=lambda each: each.score,
    )
    if not blending.surely_better(best, baseline, tries.judge):
        why = (
            f"No model beat {spaces.NAMES[baseline.kind]}, which reaches NDCG@10 {baseline.score:.4f} on "
            "choices held out inside the training data, by more than chance."
        )
        return Found(baseline.kind, {}, tries.trials, why)
    members = [tries.best_of[kind] for kind in tries.promising(PROMISING)]
    mixed = blending.blend(members, tries.judge, tries.asked.seed)
    if mixed is not None:
        settings = recipes.blend(
            [
                (each.kind, spaces.for_the_last_fit(each.kind, each.settings))
                for each in mixed.members
            ],
            mixed.weights,
        )
        tries.note("blend", settings, mixed.score, mixed.seconds)
        if mixed.better:
            why = (
                f"{spaces.words('blend', settings)} reaches NDCG@10 {mixed.score:.4f} on choices held out "
                f"inside the training data; the best single model, {spaces.NAMES[best.kind]}, "
                f"reaches {best.score:.4f}."
            )
            return Found("blend", settings, tries.trials, why)
    settings = _final(best)
    why = (
        f"{spaces.words(best.kind, best.settings)} has the best NDCG@10, {best.score:.4f}, of "
        f"{len(tries.trials)} tried on choices held out inside the training data; "
        f"popularity reaches {tries.best_of['popularity'].score:.4f}."
    )
    return Found(best.kind, settings, tries.trials, why)


def _final(tried: Tried) -> dict[str, Any]:
    settings = spaces.for_the_last_fit(tried.kind, tried.settings)
    return recipes.refitted(tried.kind, settings, tried.model)
