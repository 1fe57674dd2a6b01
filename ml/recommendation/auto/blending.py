"""Weights of a blend: drawn on one half of the users, confirmed on the other, and the other way round.

Shapes: U users, M members.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.recommendation.auto.judge import Board, Judge
from ml.recommendation.auto.trying import Tried

MOST_MEMBERS = 4
DRAWS = 60
LEAST_WEIGHT = 0.05  # of the heaviest: below, a member only costs time
ERRORS = 1.0  # standard errors by which a blend must beat its best member where it was not fitted
LUCK = 2.0  # likewise of the best of many trials against the best baseline


@dataclass(frozen=True)
class Mixed:
    """The blend found: its score where it was not fitted, and whether it is worth its cost."""

    members: tuple[Tried, ...]
    weights: tuple[float, ...]
    score: float
    better: bool
    seconds: float


def blend(tried: Sequence[Tried], judge: Judge, seed: int) -> Mixed | None:
    """Return the best weights of the tried models, best first, or None when there are not two."""
    started_s = time.monotonic()
    members = list(tried[:MOST_MEMBERS])
    if len(members) < 2:
        return None
    board = judge.board([each.model for each in members])
    halves = [_half(board, which) for which in (0, 1)]
    fitted = [_weights(each, len(members), seed) for each in halves]
    weights = [round((one + two) / 2, 3) for one, two in zip(*fitted, strict=True)]
    kept = [place for place, each in enumerate(weights) if each >= LEAST_WEIGHT * max(weights)]
    if len(kept) < 2:
        return None
    alone = [1.0] + [0.0] * (len(members) - 1)
    gains_U = np.concatenate(  # each half by the weights of the other
        [half.ndcgs(fitted[1 - which]) - half.ndcgs(alone) for which, half in enumerate(halves)]
    )
    return Mixed(
        members=tuple(members[place] for place in kept),
        weights=tuple(weights[place] for place in kept),
        score=float(board.ndcgs(alone).mean() + gains_U.mean()),
        better=float(gains_U.mean()) > ERRORS * _error(gains_U),
        seconds=time.monotonic() - started_s,
    )


def surely_better(one: Tried, other: Tried, judge: Judge) -> bool:
    """True when one model beats the other by more than chance: the best of many is lucky as well."""
    board = judge.board([one.model, other.model])
    gains_U = board.ndcgs([1.0, 0.0]) - board.ndcgs([0.0, 1.0])
    return float(gains_U.mean()) > LUCK * _error(gains_U)


def _error(gains_U: NDArray[np.float64]) -> float:
    return float(gains_U.std() / np.sqrt(max(len(gains_U), 1)))


def _half(board: Board, which: int) -> Board:
    return Board(board.scores[:, which::2], board.wanted[which::2], board.relevant[which::2])


def _weights(board: Board, members: int, seed: int) -> list[float]:
    """Return the best of some draws by TPE; the heaviest member has weight 1."""
    import optuna  # noqa: PLC0415  (only to search)

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    names = [f"weight {place}" for place in range(members)]

    def objective(trial: optuna.Trial) -> float:
        weights = [trial.suggest_float(name, 0.0, 1.0) for name in names]
        return float(board.ndcgs(weights).mean()) if max(weights) > 0 else 0.0

    sampler = optuna.samplers.TPESampler(seed=seed)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    study.enqueue_trial(dict.fromkeys(names, 1.0))
    study.enqueue_trial({name: float(place == 0) for place, name in enumerate(names)})
    study.optimize(objective, n_trials=DRAWS * (members - 1) // 2 + DRAWS // 2)
    heaviest = max(study.best_params.values())
    return [round(study.best_params[name] / heaviest, 3) for name in names]
