"""A weighted sum of several models, each brought to mean 0 and deviation 1 on what it learned from.

Shapes: N rows, F features, M members.
"""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ml.common.progress import Progress
from ml.fraud.errors import ModelStateError, NotFittedError, SettingsError
from ml.fraud.examples import Examples, Floats
from ml.fraud.models.contract import SILENT, Arrays, Model
from ml.fraud.models.kinds import MODELS, restore

ORDER = sorted(MODELS)
"""Members are stored by their place in it; append only."""
MOST_MEMBERS = 8


class Blend(Model):
    """Holds members and their weights; members that need labels see only labelled events."""

    kind = "blend"

    def __init__(self, members: Sequence[Model] = (), weights: Sequence[float] = ()) -> None:
        if len(members) != len(weights) or len(members) > MOST_MEMBERS:
            raise SettingsError(
                f"{len(members)} members have {len(weights)} weights; as many of both, "
                f"{MOST_MEMBERS} at most."
            )
        self.members = tuple(members)
        self.weights = np.asarray(weights, dtype=np.float64)
        self._means = np.zeros(0)
        self._spreads = np.zeros(0)

    def fit(self, examples: Examples, progress: Progress = SILENT) -> Self:
        """Fit every member on the same events."""
        if not self.members:
            raise SettingsError("A blend needs members.")
        known = examples.rows(examples.known_N)
        margins = []
        for member in self.members:
            seen = known if member.needs_labels else examples
            margins.append(member.fit(seen, progress).margins(examples.features))
        self._means = np.array([float(each.mean()) for each in margins])
        self._spreads = np.array([max(float(each.std()), 1e-6) for each in margins])
        return self

    def margins(self, features_NF: Floats) -> Floats:
        """Return the weighted sum."""
        parts = [each.margins(features_NF) for each in self._fitted()]
        shares_M = self.weights / self._spreads
        total = shares_M @ np.stack(parts).astype(np.float64) - shares_M @ self._means
        return np.asarray(total, dtype=np.float32)

    def contributions(self, features_NF: Floats) -> Floats:
        """Return the members' contributions in the unit of the blend."""
        shares_M = self.weights / self._spreads
        parts = [each.contributions(features_NF) for each in self._fitted()]
        total = np.tensordot(shares_M, np.stack(parts).astype(np.float64), axes=1)
        total[:, -1] -= shares_M @ self._means
        return np.asarray(total, dtype=np.float32)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return every member's arrays, prefixed."""
        named: dict[str, NDArray[Any]] = {
            "kinds": np.array([ORDER.index(each.kind) for each in self._fitted()], dtype=np.int64),
            "weights": self.weights,
            "means": self._means,
            "spreads": self._spreads,
        }
        for place, member in enumerate(self.members):
            named |= {f"{place}.{name}": each for name, each in member.to_arrays().items()}
        return named

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Restore."""
        try:
            kinds = [ORDER[place] for place in arrays["kinds"].tolist()]
            members = [restore(kind, _of(place, arrays)) for place, kind in enumerate(kinds)]
            made = cls(members, arrays["weights"].tolist())
            made._means, made._spreads = arrays["means"], arrays["spreads"]
        except (KeyError, IndexError, SettingsError) as error:
            raise ModelStateError(f"The stored blend is damaged: {error}") from error
        if not (len(made._means) == len(made._spreads) == len(kinds) > 0):
            raise ModelStateError("The stored blend lacks the scale of a member.")
        return made

    @property
    def n_features(self) -> int:
        """The members'."""
        return self._fitted()[0].n_features

    def _fitted(self) -> tuple[Model, ...]:
        if not len(self._means):
            raise NotFittedError("The model was not fitted yet.")
        return self.members


def _of(place: int, arrays: Arrays) -> dict[str, NDArray[Any]]:
    prefix = f"{place}."
    return {name[len(prefix) :]: each for name, each in arrays.items() if name.startswith(prefix)}
