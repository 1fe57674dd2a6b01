"""Implicit-feedback matrix factorisation by alternating least squares (the `implicit` library).

Both hyper-parameters are relative, so one default serves 50 rows and 50 million:
    regularisation r -> r * mean interactions per user (a user's normal equations grow with them)
    confidence c     -> c / sqrt(density)              (the rarer a seen pair, the more it says)

Shapes: U users, I items, D factors, B histories.
Source: Hu, Koren & Volinsky 2008; fold-in checked against implicit's recalculate_user.
"""

from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from ml.common import arrays as array_files
from ml.common.progress import Progress, TrainingStoppedError
from ml.common.seeds import one_blas_thread
from ml.recommendation.contract import SILENT, Arrays
from ml.recommendation.data import NO_FEATURES, Features, Floats, Interactions, Ints
from ml.recommendation.errors import ModelStateError
from ml.recommendation.factors import FactorRecommender, required, same_width
from ml.recommendation.schedule import EverySeconds

if TYPE_CHECKING:
    from implicit.cpu.als import AlternatingLeastSquares

MAX_WEIGHT = 5.0  # one enormous rating (a purchase of 10,000 screws) must not drown the rest
CHECKPOINT_EVERY_S = 15.0


@dataclass(frozen=True)
class AlsParams:
    """Settings; the defaults were chosen on train-internal cuts (see README.md)."""

    factors: int = 128
    regularisation: float = 0.37
    confidence: float = 0.9
    iterations: int = 15
    seed: int = 0
    use_ratings: bool = True
    report_loss: bool = True


class Als(FactorRecommender):
    """Weighted matrix factorisation of choices; ratings, when given, weigh the choices."""

    kind = "als"

    def __init__(self, params: AlsParams = AlsParams()) -> None:
        self.params = params
        self.size = 0
        self.penalty = 0.0
        self.confidence = 1.0
        self._gram_DD = np.zeros((0, 0))

    def fit(
        self,
        interactions: Interactions,
        features: Features = NO_FEATURES,
        progress: Progress = SILENT,
    ) -> Self:
        """Learn both sides' vectors; `features` are not used."""
        self.size = min(interactions.n_users, interactions.n_items)
        self.penalty = self.params.regularisation * interactions.mean_per_user
        self.confidence = self.params.confidence / float(np.sqrt(interactions.density))
        from implicit.cpu import als as library  # noqa: PLC0415  (only to fit)

        with one_blas_thread():  # implicit runs its own threads, one per core
            solver = self._solver(library)
            done = _resume(solver, progress)
            solver.iterations = max(self.params.iterations - done, 0)
            report = _Report(solver, progress, done, self.params.iterations)
            solver.fit(self.history(interactions), show_progress=False, callback=report)
        self._adopt(solver.user_factors, solver.item_factors)
        return self

    def history(self, interactions: Interactions) -> sp.csr_matrix:
        """Return the weight of every seen pair: 1, or rating / mean rating within (0, 5]."""
        seen_UI = interactions.seen()
        if interactions.ratings is None or not self.params.use_ratings:
            return seen_UI
        positive_N = np.clip(interactions.ratings, 0.0, None)
        mean = float(positive_N[positive_N > 0].mean()) if (positive_N > 0).any() else 1.0
        weights_N = np.clip(positive_N / mean, 1e-3, MAX_WEIGHT).astype(np.float32)
        return sp.csr_matrix(
            (weights_N, (interactions.users, interactions.items)), shape=seen_UI.shape
        )

    def fold_in_vectors(self, history_BI: sp.csr_matrix) -> Floats:
        """Solve each history's least-squares problem."""
        vectors_BD = [
            self._solve(history_BI.indices[start:end], history_BI.data[start:end])
            for start, end in zip(history_BI.indptr[:-1], history_BI.indptr[1:], strict=True)
        ]
        return np.stack(vectors_BD).astype(np.float32)

    def contributions(self, history_1I: sp.csr_matrix, items_K: Ints) -> Floats:
        """Return c_h y_k'(Y'CY + penalty)^-1 y_h, which sums over the history to the score.

        Source: Hu, Koren & Volinsky 2008, section 5.
        """
        items_H, weights_H = history_1I.indices, history_1I.data
        confidence_H = self.confidence * weights_H.astype(np.float64)
        left_DD, seen_HD = self._system(items_H, confidence_H)
        projected_DH = np.linalg.solve(left_DD, seen_HD.T) * confidence_H
        return np.asarray(self.item_vectors_ID[items_K] @ projected_DH, dtype=np.float32)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the vectors and the two absolute settings the fold-in needs."""
        users_UD, items_ID = self.vectors()
        scales_2 = np.array([self.penalty, self.confidence], dtype=np.float64)
        return {"user_vectors": users_UD, "item_vectors": items_ID, "scales": scales_2}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Restore a fitted model."""
        users_UD, items_ID = (
            required(arrays, "user_vectors", 2),
            required(arrays, "item_vectors", 2),
        )
        scales_2 = required(arrays, "scales", 1)
        same_width(users_UD, items_ID)
        if len(scales_2) != 2:
            raise ModelStateError("The array 'scales' must hold two numbers.")
        model = cls(AlsParams(factors=users_UD.shape[1]))
        model.penalty, model.confidence = float(scales_2[0]), float(scales_2[1])
        model._adopt(users_UD, items_ID)
        return model

    def _solver(self, library: ModuleType) -> "AlternatingLeastSquares":
        return library.AlternatingLeastSquares(
            factors=min(self.params.factors, _useful_factors(self.size)),
            regularization=self.penalty,
            alpha=self.confidence,
            iterations=self.params.iterations,
            calculate_training_loss=self.params.report_loss,
            random_state=self.params.seed,
        )

    def _adopt(self, users_UD: Floats, items_ID: Floats) -> None:
        self.adopt(users_UD, items_ID)
        wide_ID = items_ID.astype(np.float64)
        self._gram_DD = wide_ID.T @ wide_ID + self.penalty * np.eye(wide_ID.shape[1])

    def _solve(self, items_H: NDArray[np.int32], weights_H: Floats) -> NDArray[np.float64]:
        """Return (Y'Y + Y'(C-1)Y + penalty)^-1 Y'C 1 for one history of H items."""
        confidence_H = self.confidence * weights_H.astype(np.float64)
        left_DD, seen_HD = self._system(items_H, confidence_H)
        solution_D = np.linalg.solve(left_DD, seen_HD.T @ confidence_H)
        return np.asarray(solution_D, dtype=np.float64)

    def _system(
        self, items_H: NDArray[np.int32], confidence_H: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return Y'CY + penalty of one history and its items' vectors."""
        seen_HD = self.item_vectors_ID[items_H].astype(np.float64)
        return self._gram_DD + (seen_HD.T * (confidence_H - 1.0)) @ seen_HD, seen_HD


def _useful_factors(size: int) -> int:
    """Return the most factors a matrix of this smaller side can fill, a multiple of 8."""
    return max(8, -(-size // 8) * 8)


class _Report:
    """Called by implicit after every iteration: curve, checkpoint, stop."""

    def __init__(
        self, solver: "AlternatingLeastSquares", progress: Progress, done: int, total: int
    ) -> None:
        self.solver, self.progress, self.done, self.total = solver, progress, done, total
        self.due = EverySeconds(CHECKPOINT_EVERY_S)

    def __call__(self, iteration: int, elapsed_s: float, loss: float | None) -> None:
        step = self.done + iteration + 1
        self.progress.update(step / self.total, f"Iteration {step} of {self.total}")
        if loss is not None:
            self.progress.metric("loss", float(loss), step)
        if self.progress.should_stop():
            raise TrainingStoppedError(f"Stopped after iteration {step} of {self.total}.")
        if step < self.total and self.due():
            self.progress.save_checkpoint(_state(self.solver, step))


def _state(solver: "AlternatingLeastSquares", step: int) -> bytes:
    return array_files.dump(
        {
            "step": np.array([step], dtype=np.int64),
            "users": solver.user_factors,
            "items": solver.item_factors,
        }
    )


def _resume(solver: "AlternatingLeastSquares", progress: Progress) -> int:
    """Load an earlier attempt's checkpoint into the solver; return its iterations done."""
    raw = progress.load_checkpoint()
    state = array_files.load(raw) if raw else {}
    if {"step", "users", "items"} - state.keys():
        return 0
    if state["users"].shape[1] != solver.factors:
        return 0
    solver.user_factors, solver.item_factors = state["users"], state["items"]
    return int(state["step"][0])
