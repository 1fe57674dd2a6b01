"""Features of more kinds than one table: texts, images, whatever comes as a vector per user or item.

Shapes: N users or items, W numbers of one kind.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ml.recommendation.data import Features, Floats, Interactions
from ml.recommendation.errors import FeatureShapeError

TABLE = "table"  # the kind of Features.users and Features.items
ID, HISTORY = "id", "history"  # kinds that the model makes itself


@dataclass(frozen=True)
class RichFeatures(Features):
    """Tables and further kinds by name; a row of NaN is a user or item without that kind.

    Attributes:
        user_kinds: name -> float32 (U, W).
        item_kinds: name -> float32 (I, W), for instance `text` by `ml.fusion.text.encode`, `image`.
    """

    user_kinds: Mapping[str, Floats] = field(default_factory=dict)
    item_kinds: Mapping[str, Floats] = field(default_factory=dict)

    def check(self, interactions: Interactions) -> None:
        """Raise FeatureShapeError unless every kind fits the interactions."""
        super().check(interactions)
        sides = (
            (self.user_kinds, interactions.n_users, "user"),
            (self.item_kinds, interactions.n_items, "item"),
        )
        for kinds, rows, side in sides:
            for name, table in kinds.items():
                if name in (TABLE, ID, HISTORY) or table.ndim != 2 or len(table) != rows:
                    raise FeatureShapeError(
                        f"The {side} features {name!r} have shape {table.shape}; expected ({rows}, W) "
                        f"under a name other than {TABLE}, {ID} and {HISTORY}."
                    )


def kinds_of(features: Features) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Return the kinds of users and those of items."""
    users = {} if features.users is None else {TABLE: features.users}
    items = {} if features.items is None else {TABLE: features.items}
    if isinstance(features, RichFeatures):
        return users | dict(features.user_kinds), items | dict(features.item_kinds)
    return users, items
