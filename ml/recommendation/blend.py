"""A weighted sum of several models, each brought to mean 0 and deviation 1 per person first.

So a weight means the same whatever unit a member's scores have.

Shapes: U users, I items, B users of one request, H items of one history, K items asked about.
"""

import json
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from ml.common import arrays as array_files
from ml.common.progress import Progress, SilentProgress
from ml.recommendation.contract import SILENT, Arrays, Recommender
from ml.recommendation.data import NO_FEATURES, Features, Floats, Interactions, Ints
from ml.recommendation.errors import ModelStateError, NotFittedError
from ml.recommendation.factors import required
from ml.recommendation.of_history import as_ones


class Blend(Recommender):
    """Holds members and their weights; the first member that reads a history's order sets its form."""

    kind = "blend"

    def __init__(self, members: Sequence[Recommender] = (), weights: Sequence[float] = ()) -> None:
        if len(members) != len(weights):
            raise ValueError(f"{len(members)} members have {len(weights)} weights.")
        self.members = tuple(members)
        self.weights = tuple(float(each) for each in weights)

    @property
    def history_is_ordered(self) -> bool:  # type: ignore[override]
        """True when any member reads the order."""
        return any(each.history_is_ordered for each in self.members)

    def fit(
        self,
        interactions: Interactions,
        features: Features = NO_FEATURES,
        progress: Progress = SILENT,
    ) -> Self:
        """Fit every member on the same data; an earlier attempt's finished members are kept."""
        finished = _finished(progress)
        for place, member in enumerate(self.members):
            if _of(place, finished):
                continue
            member.fit(interactions, features, _Member(progress, place, len(self.members)))
            finished |= _prefixed(place, member)
            progress.save_checkpoint(array_files.dump(finished))
        self.members = tuple(
            type(member).from_arrays(_of(place, finished))
            for place, member in enumerate(self.members)
        )
        return self

    def history(self, interactions: Interactions) -> sp.csr_matrix:
        """Return what the leading member wants to know."""
        return self._lead().history(interactions)

    @property
    def history_value(self) -> float:
        """The leading member's."""
        return self._lead().history_value

    def scores(self, users_B: Ints) -> Floats:
        """Return the weighted sum of standardised scores."""
        return self._sum([each.scores(users_B) for each in self._fitted()])

    def fold_in(self, history_BI: sp.csr_matrix) -> Floats:
        """Return the weighted sum of standardised fold-ins."""
        members = self._fitted()
        return self._sum([each.fold_in(self._for(each, history_BI)) for each in members])

    def contributions(self, history_1I: sp.csr_matrix, items_K: Ints) -> Floats:
        """Return the members' contributions in the unit of the blend."""
        total_KH = np.zeros((len(items_K), history_1I.nnz), dtype=np.float32)
        for member, weight in zip(self._fitted(), self.weights, strict=True):
            own_1I = self._for(member, history_1I)
            unit = weight / max(float(member.fold_in(own_1I).std()), 1e-12)
            total_KH += np.float32(unit) * member.contributions(own_1I, items_K)
        return total_KH

    def similarities(self, items_B: Ints) -> Floats:
        """Return the weighted mean of the members' likeness."""
        total = sum(self.weights)
        pairs = zip(self._fitted(), self.weights, strict=True)
        rows = [np.float32(weight / total) * each.similarities(items_B) for each, weight in pairs]
        return np.asarray(np.sum(rows, axis=0), dtype=np.float32)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return every member's arrays, numbered, with their kinds and weights."""
        kinds = json.dumps([each.kind for each in self._fitted()]).encode()
        named: dict[str, NDArray[Any]] = {
            "kinds": np.frombuffer(kinds, dtype=np.uint8),
            "weights": np.array(self.weights, dtype=np.float64),
        }
        for place, member in enumerate(self.members):
            named |= _prefixed(place, member)
        return named

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Restore a fitted blend."""
        from ml.recommendation import kinds  # noqa: PLC0415  (which names this class)

        named, weights = required(arrays, "kinds", 1), required(arrays, "weights", 1)
        try:
            names = json.loads(named.tobytes())
        except ValueError as error:
            raise ModelStateError(f"The members' kinds are damaged: {error}") from error
        if cls.kind in names or len(names) != len(weights):
            raise ModelStateError("The members of the blend do not fit their weights.")
        members = [kinds.restore(name, _of(place, arrays)) for place, name in enumerate(names)]
        if len({(each.n_users, each.n_items) for each in members}) != 1:
            raise ModelStateError("The members of the blend have different users or items.")
        return cls(members, weights.tolist())

    @property
    def n_users(self) -> int:
        """Users the members were fitted on."""
        return self._fitted()[0].n_users

    @property
    def n_items(self) -> int:
        """Items the members were fitted on."""
        return self._fitted()[0].n_items

    def _fitted(self) -> tuple[Recommender, ...]:
        if not self.members:
            raise NotFittedError("The blend has no members yet.")
        return self.members

    def _lead(self) -> Recommender:
        ordered = [each for each in self._fitted() if each.history_is_ordered]
        return (*ordered, *self.members)[0]

    def _for(self, member: Recommender, history_BI: sp.csr_matrix) -> sp.csr_matrix:
        """Return the history as a member wants it: places in time mean nothing to the others."""
        if self.history_is_ordered and not member.history_is_ordered:
            return as_ones(history_BI) * np.float32(member.history_value)
        return history_BI

    def _sum(self, scores: Sequence[Floats]) -> Floats:
        total_BI = np.zeros_like(scores[0])
        for scores_BI, weight in zip(scores, self.weights, strict=True):
            total_BI += np.float32(weight) * standardised(scores_BI)
        return total_BI


def standardised(scores_BI: Floats) -> Floats:
    """Return rows with mean 0 and deviation 1; a constant row becomes 0."""
    centred_BI = scores_BI - scores_BI.mean(axis=1, keepdims=True)
    deviation_B1 = centred_BI.std(axis=1, keepdims=True)
    return np.asarray(centred_BI / np.maximum(deviation_B1, 1e-12), dtype=np.float32)


def _prefixed(place: int, member: Recommender) -> dict[str, NDArray[Any]]:
    return {f"{place}.{name}": array for name, array in member.to_arrays().items()}


def _of(place: int, arrays: Arrays) -> dict[str, NDArray[Any]]:
    start = f"{place}."
    return {name[len(start) :]: each for name, each in arrays.items() if name.startswith(start)}


def _finished(progress: Progress) -> dict[str, NDArray[Any]]:
    raw = progress.load_checkpoint()
    return dict(array_files.load(raw)) if raw else {}


class _Member(SilentProgress):
    """One member's part of the whole; the blend keeps the checkpoints."""

    def __init__(self, whole: Progress, place: int, members: int) -> None:
        self.whole, self.place, self.members = whole, place, members

    def update(self, fraction: float, message: str = "") -> None:
        """Report within the member's part."""
        self.whole.update((self.place + fraction) / self.members, message)

    def log(self, line: str) -> None:
        """Pass on."""
        self.whole.log(line)

    def should_stop(self) -> bool:
        """Pass on."""
        return self.whole.should_stop()
