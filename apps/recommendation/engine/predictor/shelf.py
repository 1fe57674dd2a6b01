"""The items that can be recommended now: those of the version, and those told since.

Numbers 0..I-1 are the version's items, I..I+A-1 the new ones. A shelf never changes; a new one is made.

Shapes: I known items, A new ones, N = I + A.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from apps.recommendation.engine.predictor import newcomers
from apps.recommendation.engine.predictor.base import Base
from apps.recommendation.engine.predictor.newcomers import Mixture, Told
from ml.recommendation import attributes, filters, rules
from ml.recommendation.attributes import Attributes, Mask, Numbers, Texts
from ml.recommendation.data import Floats, Ints
from ml.recommendation.errors import AskingError, FilterError
from ml.recommendation.rules import Plan
from ml.runtime.predictor import PredictionInputError

_CACHE_BYTES = 64 * 2**20


class Shelf:
    """All items by number, with their names, attributes and, for the new ones, mixtures of known items."""

    def __init__(
        self,
        base: Base,
        told: Mapping[str, Told],
        mixtures: Mapping[str, Mixture],
        sequence: int = 0,
    ) -> None:
        """Number the items.

        Args:
            base: the version.
            told: items told since, or known from its item table alone.
            mixtures: of those of them that the version does not hold.
            sequence: how far this shelf has been told.
        """
        self.base, self.told, self.sequence = base, told, sequence
        self.names = [name for name in told if name not in base.items]
        self.n = base.n + len(self.names)
        self.new = {name: base.n + place for place, name in enumerate(self.names)}
        self.mixtures = mixtures
        cached = int(np.clip(_CACHE_BYTES // max(self.n, 1), 8, 256))
        self.mask = lru_cache(cached)(self._mask)
        self.plan = lru_cache(max(4, cached // 8))(self._plan)

    @cached_property
    def _told_attributes(self) -> Attributes:
        """Attributes of what was told, over those of known items, in the kinds of the columns."""
        items = self.base.items
        rows = [
            {**attributes.row(self._known, items[name]), **told.attributes}
            if name in items
            else told.attributes
            for name, told in self.told.items()
        ]
        return attributes.from_rows(rows, self._known.kinds())

    @cached_property
    def _told_numbers(self) -> Ints:
        return self.numbers(list(self.told))

    @cached_property
    def _new_titles(self) -> list[str]:
        return [str(self.told[name].attributes.get("title") or "")[:300] for name in self.names]

    def number(self, name: str) -> int | None:
        """Return the number of an item; None for one nobody told of."""
        return self.base.items.get(name, self.new.get(name))

    def numbers(self, names: Sequence[str]) -> Ints:
        """Return the numbers of items, -1 for unknown ones."""
        known = self.base.items
        return np.array([known.get(n, self.new.get(n, -1)) for n in names], dtype=np.int64)

    @cached_property
    def weights(self) -> sp.csr_matrix | None:
        """Mixtures of the new items over the known ones, sparse (A, I); None without new items."""
        if not self.names:
            return None
        rows = [self.mixtures[name] for name in self.names]
        starts = np.cumsum([0, *(len(parts) for parts, _ in rows)])
        parts, values = (np.concatenate(each) for each in zip(*rows, strict=True))
        return sp.csr_matrix((values, parts, starts), shape=(len(rows), self.base.n))

    @cached_property
    def stand_ins(self) -> Ints:
        """For every item the known item most like it: itself, or a new item's strongest part; -1."""
        strongest = [
            int(parts[np.argmax(values)]) if len(parts) else -1
            for parts, values in (self.mixtures[name] for name in self.names)
        ]
        return np.concatenate([np.arange(self.base.n), np.array(strongest, dtype=np.int64)])

    def extended(self, scores_BI: Floats) -> Floats:
        """Return scores of known items with those of the new ones behind them, float32 (B, N)."""
        if self.weights is None:
            return scores_BI
        new_AB = np.asarray(self.weights @ scores_BI.T, dtype=np.float32)
        return np.concatenate([scores_BI, new_AB.T], axis=1)

    def named(self, numbers: Ints) -> NDArray[np.object_]:
        """Return item ids as bytes; nothing for -1."""
        return self._looked_up(self.base.item_bytes, numbers, self.names)

    def titles(self, numbers: Ints) -> NDArray[np.object_]:
        """Return titles as bytes; nothing for -1."""
        return self._looked_up(self.base.title_bytes, numbers, self._new_titles)

    def attributes(self) -> dict[str, str]:
        """Return name -> kind of what filters may ask for."""
        return self._told_attributes.kinds()

    def texts(self, name: str) -> Texts:
        """Return the values of one attribute for all N items.

        Raises:
            FilterError: there is none, or it holds numbers.
        """
        column = self._all.columns.get(name)
        if column is None:
            filters.Test(name, "exists", [True]).mask(self._known)  # refuses in the filter's words
        if not isinstance(column, Texts):
            raise FilterError(f"“{name[:80]}” holds numbers; a cap counts the values of a text.")
        told = self._told_attributes.columns[name]
        assert isinstance(told, Texts)  # noqa: S101  (read in the known kinds)
        return newcomers.overlaid(column, told, self._told_numbers, self.n)

    def values(self) -> Attributes:
        """Return what was known at training of the version's items."""
        return self._known

    def _mask(self, raw: str) -> Mask:
        """Return which items meet a filter written as JSON, bool (N,).

        Raises:
            PredictionInputError: not JSON, or the filter's refusal.
        """
        try:
            return self._evaluated(filters.parse(json.loads(raw)))
        except AskingError as error:
            raise PredictionInputError(str(error)) from error
        except (ValueError, RecursionError) as error:
            raise PredictionInputError("The filter is not JSON.") from error

    def _plan(self, raw: str, standing: str) -> tuple[Plan, tuple[str, ...]]:
        """Return the rules of a request (strict) after the standing ones, and what had to be left out.

        A standing rule was checked when it was made; when a later version lacks its attribute, the rule
        rests and the answer says so, rather than no answer being given.

        Raises:
            PredictionInputError: a rule of the request is malformed.
        """
        catalogue = rules.Catalogue(self.n, self.number, self._evaluated, self.texts)
        notes: list[str] = []
        kept: list[rules.Rule] = []
        for told in _listed(standing):
            try:
                rule = rules.parse(told)
                rules.compile_rules([rule], catalogue)
                kept.append(rule)
            except AskingError as error:
                name = told.get("name", "") if isinstance(told, dict) else ""
                notes.append(f"The rule “{name}” rests: {error}")
        try:
            asked = [rules.parse(told) for told in _listed(raw)]
            return rules.compile_rules([*kept, *asked], catalogue), tuple(notes)
        except AskingError as error:
            raise PredictionInputError(str(error)) from error

    def _evaluated(self, wanted: filters.Filter) -> Mask:
        found = np.zeros(self.n, dtype=bool)
        found[: self.base.n] = wanted.mask(self._all)
        if len(self._told_numbers):
            found[self._told_numbers] = wanted.mask(self._told_attributes)
        return found

    @property
    def _known(self) -> Attributes:
        return self.base.catalogue.item_attributes

    @cached_property
    def _all(self) -> Attributes:
        """The version's attributes, and empty columns for what only new items have."""
        columns = dict(self._known.columns)
        for name, kind in self._told_attributes.kinds().items():
            if name not in columns:
                empty = attributes.texts([None] * self.base.n)
                nothing = np.full(self.base.n, np.nan)
                columns[name] = empty if kind == "text" else Numbers(kind, nothing)
        return Attributes(self.base.n, columns)

    def _looked_up(
        self, known: NDArray[np.object_], numbers: Ints, new: Sequence[str]
    ) -> NDArray[np.object_]:
        found = known[np.minimum(numbers, self.base.n)]
        if not new:
            return found
        for place in zip(*np.nonzero(numbers >= self.base.n), strict=True):
            found[place] = new[int(numbers[place]) - self.base.n].encode()
        return found


def _listed(raw: str) -> list[Any]:
    try:
        listed = json.loads(raw) if raw else []
    except (ValueError, RecursionError) as error:
        raise PredictionInputError("The rules are not JSON.") from error
    if not isinstance(listed, list) or len(listed) > rules.MAX_RULES:
        raise PredictionInputError(f"The rules are a JSON list of at most {rules.MAX_RULES}.")
    return listed
