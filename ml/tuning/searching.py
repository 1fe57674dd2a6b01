"""The search: Optuna draws a trial, the caller carries it out, what came of it is kept before the next.

Every trial has a sampler of its own, seeded by the study's seed and its number, so a trial depends on the
ones before it and on nothing else: a search that goes on from kept trials draws what it would have drawn.
"""

import math
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ml.tuning.errors import TrialFailedError, TrialPrunedError
from ml.tuning.space import Parameter, Space

if TYPE_CHECKING:
    import optuna

COMPLETE, PRUNED, FAILED = "complete", "pruned", "failed"
LEAST_TO_WEIGH = 4
"""Complete trials below which a parameter's importance says nothing."""
_STARTUP, _PRUNE_AFTER = 10, 4


@dataclass(frozen=True)
class Settings:
    """How to search.

    Attributes:
        direction: minimize or maximize.
        trials: most trials.
        budget_s: seconds of all trials after which none begins.
        sampler: tpe or random.
        pruner: median, hyperband or none.
        epochs: most that a trial may report.
    """

    direction: str = "minimize"
    trials: int = 20
    budget_s: float = 3600.0
    sampler: str = "tpe"
    pruner: str = "none"
    seed: int = 0
    epochs: int = 1


@dataclass(frozen=True)
class Outcome:
    """What came of a trial.

    Attributes:
        curve: the value after each epoch it reported.
        reason: why it failed or was pruned.
    """

    number: int
    parameters: dict[str, Any]
    state: str
    value: float | None
    curve: list[float]
    seconds: float
    reason: str = ""


class Watch:
    """Takes the value of each epoch of one trial."""

    def __init__(self, trial: "optuna.trial.Trial") -> None:
        self._trial = trial
        self.number = int(trial.number)
        self.curve: list[float] = []

    def report(self, value: float) -> bool:
        """Keep the value of the next epoch; true when earlier trials were better there."""
        if not math.isfinite(value):
            return False  # the loop itself says what is wrong with it
        self.curve.append(value)
        self._trial.report(value, len(self.curve))
        return bool(self._trial.should_prune())


Objective = Callable[[Mapping[str, Any], Watch], float]


def search(
    space: Space,
    settings: Settings,
    objective: Objective,
    keep: Callable[[Outcome], None],
    history: Sequence[Outcome] = (),
) -> list[Outcome]:
    """Return every trial, in order.

    Args:
        space: what to vary.
        settings: how to search.
        objective: carries a trial out; raises TrialFailedError or TrialPrunedError when it comes to no value,
            and anything else ends the search.
        keep: called after each trial, before the next is drawn.
        history: trials of an earlier attempt at this search.
    """
    done = list(history)
    study = _study(settings)
    for earlier in done:
        _replay(study, space, settings, earlier)
    while len(done) < settings.trials and _spent(done) < settings.budget_s:
        study.sampler = _sampler(settings, len(done))
        trial = study.ask({name: _distribution(each) for name, each in space.items()})
        outcome = _carried_out(trial, objective)
        told = (
            outcome.value if outcome.state == COMPLETE else None
        )  # a pruned one has reported its own
        study.tell(trial, told, state=_states()[outcome.state])
        keep(outcome)
        done.append(outcome)
    return done


def best(outcomes: Sequence[Outcome], direction: str) -> Outcome | None:
    """Return the complete trial with the best value, the first of equal ones."""
    sign = 1 if direction == "minimize" else -1
    complete = [each for each in outcomes if each.state == COMPLETE and each.value is not None]
    return min(complete, key=lambda each: sign * (each.value or 0.0), default=None)


def importance(space: Space, settings: Settings, outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Return parameter -> share in how the better trials differ from the others; empty for few trials.

    Source: PED-ANOVA, Watanabe et al. 2023, as Optuna computes it.
    """
    import optuna  # noqa: PLC0415  (only to search)

    if sum(each.state == COMPLETE for each in outcomes) < LEAST_TO_WEIGH:
        return {}
    study = _study(settings)
    for each in outcomes:
        if each.state == COMPLETE:
            study.add_trial(
                optuna.trial.create_trial(
                    value=each.value,
                    params=each.parameters,
                    distributions=_distributions(space),
                )
            )
    found = optuna.importance.get_param_importances(
        study,
        evaluator=optuna.importance.PedAnovaImportanceEvaluator(),
        params=list(space),
    )
    return {name: float(value) for name, value in found.items() if math.isfinite(value)}


def _carried_out(trial: "optuna.trial.Trial", objective: Objective) -> Outcome:
    watch, began_s = Watch(trial), time.monotonic()
    value: float | None = None
    state, reason = COMPLETE, ""
    try:
        value = float(objective(dict(trial.params), watch))
        if not math.isfinite(value):
            value, state, reason = None, FAILED, "The value is no number."
    except TrialPrunedError as error:
        value, state, reason = (watch.curve[-1] if watch.curve else None), PRUNED, str(error)
    except TrialFailedError as error:
        value, state, reason = None, FAILED, str(error)
    seconds = time.monotonic() - began_s
    return Outcome(trial.number, dict(trial.params), state, value, watch.curve, seconds, reason)


def _replay(
    study: "optuna.study.Study", space: Space, settings: Settings, earlier: Outcome
) -> None:
    """Let an earlier trial happen once more: samplers and pruners keep notes with the trials they saw."""
    study.enqueue_trial(earlier.parameters)
    study.sampler = _sampler(settings, earlier.number)
    trial = study.ask(_distributions(space))
    watch = Watch(trial)
    for value in earlier.curve:
        watch.report(value)
    _tell(study, trial, earlier)


def _tell(study: "optuna.study.Study", trial: "optuna.trial.Trial", outcome: Outcome) -> None:
    value = (
        outcome.value if outcome.state == COMPLETE else None
    )  # a pruned one has reported its own
    study.tell(trial, value, state=_states()[outcome.state])


def _study(settings: Settings) -> "optuna.study.Study":
    import optuna  # noqa: PLC0415  (only to search)

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna.create_study(
        study_name="study",  # hyperband shares trials out by name and number
        direction="minimize" if settings.direction == "minimize" else "maximize",
        pruner=_pruner(settings),
        sampler=_sampler(settings, 0),
    )


def _distributions(space: Space) -> "dict[str, optuna.distributions.BaseDistribution]":
    return {name: _distribution(each) for name, each in space.items()}


def _sampler(settings: Settings, number: int) -> "optuna.samplers.BaseSampler":
    import optuna  # noqa: PLC0415  (only to search)

    seed = zlib.crc32(f"{settings.seed}/{number}".encode())
    if settings.sampler == "random":
        return optuna.samplers.RandomSampler(seed=seed)
    startup = min(_STARTUP, max(4, settings.trials // 4))
    return optuna.samplers.TPESampler(seed=seed, n_startup_trials=startup)


def _pruner(settings: Settings) -> "optuna.pruners.BasePruner":
    import optuna  # noqa: PLC0415  (only to search)

    if settings.pruner == "median":
        return optuna.pruners.MedianPruner(n_startup_trials=_PRUNE_AFTER, n_warmup_steps=1)
    if settings.pruner == "hyperband":
        return optuna.pruners.HyperbandPruner(min_resource=1, max_resource=max(1, settings.epochs))
    return optuna.pruners.NopPruner()


def _distribution(asked: Parameter) -> "optuna.distributions.BaseDistribution":
    import optuna  # noqa: PLC0415  (only to search)

    if asked.kind == "categorical":
        return optuna.distributions.CategoricalDistribution(asked.choices)
    if asked.kind == "int":
        low, high = int(asked.low), int(asked.high)
        high -= (high - low) % asked.step
        return optuna.distributions.IntDistribution(low, high, log=asked.log, step=asked.step)
    return optuna.distributions.FloatDistribution(asked.low, asked.high, log=asked.log)


def _states() -> "dict[str, optuna.trial.TrialState]":
    import optuna  # noqa: PLC0415  (only to search)

    found = optuna.trial.TrialState
    return {COMPLETE: found.COMPLETE, PRUNED: found.PRUNED, FAILED: found.FAIL}


def _spent(outcomes: Sequence[Outcome]) -> float:
    return sum(each.seconds for each in outcomes)
