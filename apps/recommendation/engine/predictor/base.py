"""A loaded version: its model, its ids, histories and attributes; nothing here changes after loading.

Shapes: U users, I items.
"""

from functools import cached_property

import numpy as np

from apps.recommendation.engine import packing
from apps.recommendation.engine.search import TextIndex
from ml.common.bundle import Bundle
from ml.recommendation.cold import Alike
from ml.recommendation.contract import VectorRecommender
from ml.recommendation.data import Floats
from ml.runtime.predictor import bytes_array


class Base:
    """What a bundle holds, ready to be asked."""

    def __init__(self, bundle: Bundle) -> None:
        self.model, self.catalogue = packing.unpack(bundle)
        self.index = packing.open_index(bundle, self.model)
        self.vectors: Floats | None = None
        if isinstance(self.model, VectorRecommender):
            self.vectors = self.model.item_vectors_ID
        self.users = {name: number for number, name in enumerate(self.catalogue.user_ids)}
        self.items = {name: number for number, name in enumerate(self.catalogue.item_ids)}
        self.n = len(self.items)
        history = self.catalogue.history
        self.counts_I = np.bincount(history.indices, minlength=self.n).astype(np.int64)
        self.popularity_I = (self.counts_I / max(history.shape[0], 1)).astype(np.float32)
        # one more than there are items: -1 and whatever is new find nothing there
        self.item_bytes = np.append(bytes_array(list(self.catalogue.item_ids)), b"")
        self.title_bytes = bytes_array([*self.titles(), ""])
        self.searched = {
            "user": TextIndex(self.catalogue.user_ids, np.diff(history.indptr).astype(np.int64)),
            "item": TextIndex(self._texts(), self.counts_I),
        }

    @cached_property
    def alike_items(self) -> Alike:
        """Finds items by their attributes."""
        return Alike(self.catalogue.item_attributes)

    @cached_property
    def alike_users(self) -> Alike:
        """Finds people by their attributes."""
        return Alike(self.catalogue.user_attributes)

    def titles(self) -> list[str]:
        """Return a title for each item; empty ones where there is no item table."""
        return list(self.catalogue.titles) or [""] * self.n

    def _texts(self) -> list[str]:
        pairs = zip(self.titles(), self.catalogue.item_ids, strict=True)
        return [f"{title} {name}" if title else name for title, name in pairs]
