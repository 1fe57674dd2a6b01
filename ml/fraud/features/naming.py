"""Names of features: words a person reads and a rule can use."""

import re
from typing import Any

from ml.fraud.features.feature import DAY, Entity, Feature

LONGEST = 90


class Names:
    """Makes features whose names say what they are and differ."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def feature(
        self,
        kind: str,
        column: str | None = None,
        entity: Entity = (),
        window_s: int | None = None,
        **more: Any,
    ) -> Feature:
        """Return a feature with a name such as `customer_mean_amount_7d`."""
        words = [*entity[:1], *(f"x_{each}" for each in entity[1:])]
        if kind == "value":
            words.append(column or "")
        elif column is None:
            words.append(kind)
        else:
            of_entity = bool(entity) or "through" in more
            words += [kind, column] if of_entity else [column, kind]
        words += more.get("categories", ()) if kind == "is" else ()
        words += [_window(window_s)] if window_s else []
        name = self._different("_".join(words))
        return Feature(name, kind, entity, column, window_s, **more)

    def _different(self, words: str) -> str:
        plain = re.sub(r"[^A-Za-z0-9]+", "_", words).strip("_")[:LONGEST] or "column"
        plain = f"_{plain}" if plain[0].isdigit() else plain
        name, n = plain, 1
        while name in self._taken:
            n += 1
            name = f"{plain}_{n}"
        self._taken.add(name)
        return name


def _window(seconds: int) -> str:
    for size, letter in ((DAY, "d"), (3600, "h"), (60, "m")):
        if seconds % size == 0:
            return f"{seconds // size}{letter}"
    return f"{seconds}s"
