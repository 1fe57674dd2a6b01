"""One numbering for versions that learned from different data: users and items by their own names.

Shapes: U users, I items of the common numbering; V users, J items of one version; M pairs.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from apps.recommendation.engine.loading import Loaded
from apps.recommendation.engine.packing import Catalogue
from ml.recommendation.data import Ints


@dataclass
class Names:
    """Users and items in order of their number; grows with each version placed in it."""

    users: dict[str, int]
    items: dict[str, int]
    titles: list[str]


@dataclass(frozen=True)
class Place:
    """Where one version's numbers lie: int64 (V,) and (J,) into the common ones."""

    users: Ints
    items: Ints

    def pairs(self, history_VJ: sp.csr_matrix) -> tuple[Ints, Ints]:
        """Return users and items of a history in common numbers, each (M,)."""
        rows_M = np.repeat(np.arange(history_VJ.shape[0]), np.diff(history_VJ.indptr))
        return self.users[rows_M], self.items[history_VJ.indices]

    def own_users(self, users: Ints) -> Ints:
        """Return the version's numbers of common users, -1 for whom it does not know."""
        own = np.full(max(int(users.max(initial=-1)), int(self.users.max(initial=-1))) + 1, -1)
        own[self.users] = np.arange(len(self.users))
        return np.asarray(own[users], dtype=np.int64)


def of(loaded: Loaded) -> Names:
    """Return the numbering of data that was read."""
    titles = list(loaded.titles) or [""] * len(loaded.item_ids)
    return Names(
        users={name: at for at, name in enumerate(loaded.user_ids)},
        items={name: at for at, name in enumerate(loaded.item_ids)},
        titles=titles,
    )


def place(names: Names, catalogue: Catalogue) -> Place:
    """Return where a version's users and items lie; those not there yet are added."""
    users = [names.users.setdefault(name, len(names.users)) for name in catalogue.user_ids]
    items = [names.items.setdefault(name, len(names.items)) for name in catalogue.item_ids]
    own = list(catalogue.titles) or [""] * len(catalogue.item_ids)
    titles = dict(zip(items, own, strict=True))
    names.titles += [titles[at] for at in range(len(names.titles), len(names.items))]
    return Place(np.array(users, dtype=np.int64), np.array(items, dtype=np.int64))
