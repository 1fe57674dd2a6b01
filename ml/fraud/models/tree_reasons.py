"""TreeSHAP of one row in numpy: what XGBoost's own call costs in set-up alone.

A leaf of value v stands behind D different features, each an interval that the row meets or not (o_j is 1
or 0) and that a share z_j of the training rows meets. Its path-dependent Shapley values are

    phi_j = v (o_j - z_j) * integral over t in [0, 1] of product over k != j of (z_k + t (o_k - z_k))

a polynomial of degree D - 1 in t, which Gauss-Legendre quadrature with D/2 points, rounded up, integrates
exactly, so all leaves of all trees are a few array operations. Source: Lundberg et al. 2018 for the values,
Owen 1972 for the integral; checked against XGBoost in tests/ml/fraud/test_tree_reasons.py.

Shapes: L leaves, D features of the longest path, F features.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ml.fraud.examples import Floats

LEAST_SHARE = 1e-9


@dataclass(frozen=True)
class _Part:
    """What a path asks of one feature."""

    low: float = -np.inf
    high: float = np.inf
    missing: bool = True
    share: float = 1.0


@dataclass(frozen=True)
class TreeReasons:
    """The paths of a booster, (L, D) each; unused places ask nothing of feature 0."""

    features: NDArray[np.int64]
    low: Floats
    high: Floats
    missing: NDArray[np.bool_]
    shares: NDArray[np.float64]
    values: NDArray[np.float64]
    width: int

    @classmethod
    def of(cls, trees: list[dict[str, Any]], width: int) -> Self:
        """Read the paths off trees of numerical splits (XGBoost's own file)."""
        paths = [path for tree in trees for path in _paths(tree)]
        deepest = max((len(parts) for parts, _ in paths), default=1) or 1
        filled = [[*parts.items()] + [(0, _Part())] * (deepest - len(parts)) for parts, _ in paths]

        def table(name: str, dtype: Any) -> NDArray[Any]:
            return np.array([[getattr(p, name) for _, p in row] for row in filled], dtype=dtype)

        return cls(
            features=np.array([[feature for feature, _ in row] for row in filled], dtype=np.int64),
            low=table("low", np.float32),
            high=table("high", np.float32),
            missing=table("missing", np.bool_),
            shares=table("share", np.float64),
            values=np.array([value for _, value in paths], dtype=np.float64),
            width=width,
        )

    def __call__(self, row_F: Floats) -> NDArray[np.float64]:
        """Return what each feature adds, float64 (F,)."""
        value_LD = row_F[self.features]
        meets_LD = (value_LD >= self.low) & (value_LD < self.high)
        meets_LD |= np.isnan(value_LD) & self.missing
        gap_LD = meets_LD - self.shares
        points, weights = np.polynomial.legendre.leggauss((gap_LD.shape[1] + 1) // 2)
        total_LD = np.zeros_like(gap_LD)
        for point, weight in zip((points + 1) / 2, weights / 2, strict=True):
            factor_LD = self.shares + point * gap_LD
            total_LD += weight * factor_LD.prod(axis=1, keepdims=True) / factor_LD
        total_LD *= gap_LD * self.values[:, None]
        found_F = np.bincount(self.features.ravel(), total_LD.ravel(), minlength=self.width)
        return np.asarray(found_F, dtype=np.float64)


def _paths(tree: dict[str, Any]) -> list[tuple[dict[int, _Part], float]]:
    """Return each leaf's parts by feature, and its value."""
    left, right = tree["left_children"], tree["right_children"]
    cover = tree["sum_hessian"]
    found = []
    stack: list[tuple[int, dict[int, _Part]]] = [(0, {})]
    while stack:
        node, parts = stack.pop()
        if left[node] == -1:
            found.append((parts, float(tree["split_conditions"][node])))
            continue
        feature, cut = int(tree["split_indices"][node]), float(tree["split_conditions"][node])
        was = parts.get(feature, _Part())
        for child, is_left in ((left[node], True), (right[node], False)):
            share = max(float(cover[child]) / float(cover[node]), LEAST_SHARE)
            part = _Part(
                low=was.low if is_left else max(was.low, cut),
                high=min(was.high, cut) if is_left else was.high,
                missing=was.missing and bool(tree["default_left"][node]) == is_left,
                share=was.share * share,
            )
            stack.append((int(child), {**parts, feature: part}))
    return found
