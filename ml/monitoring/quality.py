"""How good answers were, once the truth is known.

Shapes: N answers, C classes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

ACCURACY, AUC, MAE = "accuracy", "auc", "mae"


@dataclass(frozen=True)
class Measured:
    """The quality of some answers.

    Attributes:
        metric: accuracy, auc or mae, by what answers and truth are.
        value: None where it does not exist (AUC of one class only).
        labels: answers that were compared.
        mean, variance: of a score of each answer, higher is better: right or wrong; 1 minus the squared
            error of a probability; minus the absolute error.
    """

    metric: str
    value: float | None
    labels: int
    mean: float
    variance: float


def measure(answers: Sequence[Any], truth: Sequence[Any], classes: Sequence[str] = ()) -> Measured:
    """Compare answers with the truth.

    Args:
        answers: each a number, a text, or (C,) scores of classes.
        truth: each a number, a truth value, or a text; of score answers the class's number or name.
        classes: names of the classes, in the order of the scores.

    Raises:
        ValueError: different lengths, or nothing to compare.
    """
    if len(answers) != len(truth) or not len(truth):
        raise ValueError("as many answers as labels are needed, and at least one")
    first = answers[0]
    if isinstance(first, str) or np.ndim(first):
        return _accuracy([_named(answer, classes) for answer in answers], truth, classes)
    if any(isinstance(value, str) for value in truth):
        return _accuracy([_plain(answer) for answer in answers], truth, classes)
    scores_N = np.array([float(answer) for answer in answers])
    truth_N = np.array([float(value) for value in truth])
    is_binary = bool(np.isin(truth_N, (0.0, 1.0)).all())
    if is_binary and bool(((scores_N >= 0) & (scores_N <= 1)).all()):
        if np.isin(scores_N, (0.0, 1.0)).all():
            return _scored(ACCURACY, None, (scores_N == truth_N).astype(float))
        return _scored(AUC, auc(scores_N, truth_N), 1 - (scores_N - truth_N) ** 2)
    errors_N = np.abs(scores_N - truth_N)
    return _scored(MAE, float(errors_N.mean()), -errors_N)


def auc(scores_N: NDArray[np.float64], truth_N: NDArray[np.float64]) -> float | None:
    """Return the area under the ROC curve, ties counting half; None where only one class came.

    Source: Mann & Whitney 1947, by ranks.
    """
    positive = int(truth_N.sum())
    negative = len(truth_N) - positive
    if not positive or not negative:
        return None
    ranks = stats.rankdata(scores_N)
    above = float(ranks[truth_N == 1].sum()) - positive * (positive + 1) / 2
    return above / (positive * negative)


def _accuracy(answers: list[Any], truth: Sequence[Any], classes: Sequence[str]) -> Measured:
    wanted = [_truth(value, classes) for value in truth]
    right_N = np.array([a == b for a, b in zip(answers, wanted, strict=True)], dtype=float)
    return _scored(ACCURACY, None, right_N)


def _named(answer: Any, classes: Sequence[str]) -> str:
    """Return the class an answer stands for: its own text, or that of the largest score."""
    return _plain(answer) if isinstance(answer, str) else _truth(int(np.argmax(answer)), classes)


def _truth(value: Any, classes: Sequence[str]) -> str:
    if isinstance(value, str) or int(value) != value or not 0 <= value < len(classes):
        return _plain(value)
    return str(classes[int(value)])


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    number = float(value)
    return str(int(number)) if number.is_integer() else str(number)


def _scored(metric: str, value: float | None, scores_N: NDArray[np.float64]) -> Measured:
    mean = float(scores_N.mean())
    variance = float(scores_N.var(ddof=1)) if len(scores_N) > 1 else 0.0
    found = mean if metric == ACCURACY else value
    return Measured(metric, found, len(scores_N), mean, variance)
