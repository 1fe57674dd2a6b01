"""Isolation forest: strange events are alone after few random cuts; learns without labels.

Trees are arrays of one depth, walked by numpy for all trees at once. A missing value takes the feature's
median. Source: Liu, Ting & Zhou 2008 (sample of 256, depth 8, path length c(n) for unsplit leaves).

Shapes: N rows, F features, T trees, P nodes of a full tree.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ml.common import seeds
from ml.common.progress import Progress, TrainingStoppedError
from ml.fraud.errors import ModelStateError, NotFittedError, SettingsError
from ml.fraud.examples import Examples, Floats
from ml.fraud.models.contract import SILENT, Arrays, Model
from ml.fraud.models.occlusion import occluded

_STATE = ("features", "cuts", "lengths", "median", "scale")
BLOCK = 4_096


@dataclass(frozen=True)
class IsolationForestParams:
    """Settings: trees, rows each tree sees, and the seed."""

    trees: int = 100
    sample: int = 256
    seed: int = 0

    def __post_init__(self) -> None:
        if not (1 <= self.trees <= 2_000 and 2 <= self.sample <= 4_096):
            raise SettingsError("trees: 1 to 2000; sample: 2 to 4096.")


class IsolationForest(Model):
    """See the file; the margin is the standardised negative mean path length."""

    kind = "isolation_forest"
    needs_labels = False

    def __init__(self, params: IsolationForestParams | None = None) -> None:
        self.params = params or IsolationForestParams()
        self._state: dict[str, NDArray[Any]] = {}

    def fit(self, examples: Examples, progress: Progress = SILENT) -> Self:
        """Cut at random; see Model."""
        table = examples.features
        present_F = np.isfinite(table).any(axis=0)
        median_F = np.zeros(table.shape[1], dtype=np.float32)
        median_F[present_F] = np.nanmedian(table[:, present_F], axis=0)
        filled = np.where(np.isnan(table), median_F, table)
        rng = seeds.generator(self.params.seed, "isolation forest")
        sample = min(self.params.sample, len(filled))
        depth = max(1, int(np.ceil(np.log2(sample))))
        trees = []
        for _ in range(self.params.trees):
            if progress.should_stop():
                raise TrainingStoppedError("Stopped while cutting.")
            rows = filled[rng.choice(len(filled), sample, replace=False)]
            trees.append(_tree(rows, depth, rng))
        features, cuts, lengths = (np.stack(each) for each in zip(*trees, strict=True))
        self._state = {
            "features": features, "cuts": cuts, "lengths": lengths, "median": median_F,
            "scale": np.array([0.0, 1.0]),
        }  # fmt: skip
        some = filled[:: max(1, len(filled) // 20_000)]
        margins = self.margins(some)
        scale = np.array([float(margins.mean()), max(float(margins.std()), 1e-6)])
        self._state["scale"] = scale
        return self

    def margins(self, features_NF: Floats) -> Floats:
        """Walk all trees."""
        self._fitted()
        parts = [
            self._walk(features_NF[at : at + BLOCK]) for at in range(0, len(features_NF), BLOCK)
        ]
        return np.concatenate(parts) if parts else np.empty(0, dtype=np.float32)

    def contributions(self, features_NF: Floats) -> Floats:
        """Return the drop in margin when a feature takes its median, see `occlusion`."""
        return occluded(self.margins, features_NF, self._fitted()["median"])

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return trees, medians and scale."""
        return dict(self._fitted())

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Restore."""
        if missing := [name for name in _STATE if name not in arrays]:
            raise ModelStateError(f"The stored model lacks {missing}.")
        made = cls()
        made._state = {name: np.asarray(arrays[name]) for name in _STATE}
        shape, features = made._state["features"].shape, made._state["features"]
        fits = made._state["cuts"].shape == shape and len(shape) == 2
        fits = fits and made._state["lengths"].shape == (shape[0], shape[1] + 1)
        if not fits or features.min() < 0 or features.max() >= len(made._state["median"]):
            raise ModelStateError("The stored trees do not fit together.")
        return made

    @property
    def n_features(self) -> int:
        """Features."""
        return len(self._fitted()["median"])

    def _walk(self, features_NF: Floats) -> Floats:
        state = self._state
        filled = np.where(np.isnan(features_NF), state["median"], features_NF)
        inner = state["features"].shape[1]  # a full tree: as many leaves and one
        trees_T = np.arange(len(state["features"]))
        rows_N1 = np.arange(len(filled))[:, None]
        node_NT = np.zeros((len(filled), len(trees_T)), dtype=np.int64)
        for _ in range(int(np.log2(inner + 1))):
            feature_NT = state["features"][trees_T, node_NT]
            right_NT = filled[rows_N1, feature_NT] >= state["cuts"][trees_T, node_NT]
            node_NT = 2 * node_NT + 1 + right_NT
        mean_N = state["lengths"][trees_T, node_NT - inner].mean(axis=1)
        centre, spread = state["scale"]
        return np.asarray((-mean_N - centre) / spread, dtype=np.float32)

    def _fitted(self) -> dict[str, NDArray[Any]]:
        if not self._state:
            raise NotFittedError("The model was not fitted yet.")
        return self._state


def _tree(
    rows: Floats, depth: int, rng: np.random.Generator
) -> tuple[NDArray[np.int32], Floats, Floats]:
    """Return features, cuts (2^depth - 1,) and path lengths (2^depth,); a leaf cuts at infinity."""
    inner = 2**depth - 1
    features, cuts = np.zeros(inner, np.int32), np.full(inner, np.inf, np.float32)
    lengths = np.zeros(inner + 1, np.float32)
    held: dict[int, tuple[Floats, float]] = {0: (rows, -1.0)}
    for node in range(inner):
        own, ended = held.pop(node)
        left, right = 2 * node + 1, 2 * node + 2
        level = int(np.log2(node + 1))
        varies = np.flatnonzero(np.ptp(own, axis=0) > 0) if ended < 0 else ()
        if not len(varies):
            ended = ended if ended >= 0 else level + _unsplit(len(own))
            held[left] = held[right] = (own, ended)
            continue
        feature = int(rng.choice(varies))
        low, high = own[:, feature].min(), own[:, feature].max()
        cut = np.float32(rng.uniform(low, high))
        cut = high if cut <= low else cut
        features[node], cuts[node] = feature, cut
        goes_right = own[:, feature] >= cut
        held[left], held[right] = (own[~goes_right], -1.0), (own[goes_right], -1.0)
    for node, (own, ended) in held.items():
        lengths[node - inner] = ended if ended >= 0 else depth + _unsplit(len(own))
    return features, cuts, lengths


def _unsplit(rows: int) -> float:
    """Return the mean path length that cutting so many rows apart would still take, eq. 1."""
    if rows <= 1:
        return 0.0
    return 1.0 if rows == 2 else 2 * (np.log(rows - 1) + np.euler_gamma) - 2 * (rows - 1) / rows
