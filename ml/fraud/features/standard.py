"""Sensible features for any table, with no code: from its columns and the parts they play."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from ml.fraud.features import screening
from ml.fraud.features.errors import FeatureInputError
from ml.fraud.features.feature import DAY, Entity, Feature
from ml.fraud.features.naming import Names
from ml.fraud.features.reading import MAX_ENTITIES, MAX_FEATURES
from ml.fraud.features.spec import FeatureSet

HOUR = 3600
WINDOWS = (HOUR, DAY, 7 * DAY, 30 * DAY)
DELAYED_WINDOWS = (DAY, 7 * DAY, 30 * DAY)
LONG = 30 * DAY
ONE_HOT = 12
"""More values than this get one code each, in the order of how often they occur, instead of a column."""


@dataclass(frozen=True)
class Roles:
    """Which columns play which part; all are optional.

    Attributes:
        event_id: unique per event.
        time: when it happened. Without it there are no features of history or calendar.
        entities: whose history counts, the paying side first: names of columns, or tuples of two
            names for pairs.
        amount: the sum at stake.
        label: 1 for fraud.
        leave_out: columns that must not be used, such as one that gives the label away.
        label_delay_days: until labels count as known.
        time_unit: of a numeric time column, "s", "ms" or "us".
    """

    event_id: str | None = None
    time: str | None = None
    entities: Sequence[str | Entity] = ()
    amount: str | None = None
    label: str | None = None
    leave_out: Sequence[str] = ()
    label_delay_days: float = 7.0
    time_unit: str = "s"

    @property
    def entity_columns(self) -> tuple[Entity, ...]:
        """The entities as tuples of columns."""
        return tuple((e,) if isinstance(e, str) else tuple(e) for e in self.entities)

    def columns(self) -> set[str]:
        """Return every column that plays a part."""
        alone = {self.event_id, self.time, self.amount, self.label, *self.leave_out}
        return {c for c in alone if c} | {c for e in self.entity_columns for c in e}


def standard_features(table: pl.DataFrame, roles: Roles) -> FeatureSet:
    """Choose features for a table.

    History of each entity, links between them, the calendar, numbers as they are, categories as one-hot
    (up to 12 values) or as codes by frequency (up to 1,000). Left out, with the reason in `left_out`:
    ids and row numbers, constants, free text, what only tells the time, and columns of few values
    that give the label away entirely.

    Args:
        table: the history that the detector learns from; names and values of its columns are used, and
            the label only to notice columns that give it away.
        roles: which columns play which part.

    Returns:
        The set; `FeatureSet.spec()` is its JSON.

    Raises:
        FeatureInputError: a role names a column that the table lacks, or nothing is left to use.
    """
    for column in sorted(roles.columns()):
        if column not in table.columns:
            raise FeatureInputError(f"The table has no column {column!r}; name one of its columns.")
    if len(roles.entities) > MAX_ENTITIES - 1:
        raise FeatureInputError(f"Name at most {MAX_ENTITIES - 1} entities.")
    kept, left_out = screening.screen(table, roles.time, roles.label, roles.columns())
    names = Names()
    features = [names.feature("value", roles.amount)] if roles.amount else []
    if roles.time:
        features += [names.feature(kind) for kind in ("hour", "night", "weekend")]
        features += _histories(roles, names)
    for column, categories in kept.items():
        features += _of_column(column, categories, names, whole=not table[column].null_count())
    if not features:
        raise FeatureInputError(
            f"No column can be used: {dict(left_out)}. Name a time or an amount."
        )
    return FeatureSet(
        features=tuple(features[:MAX_FEATURES]),
        event_id=roles.event_id,
        time=roles.time,
        time_unit=roles.time_unit,
        label=roles.label,
        label_delay_s=round(roles.label_delay_days * DAY),
        left_out=left_out,
    )


def _histories(roles: Roles, names: Names) -> list[Feature]:
    features: list[Feature] = []
    for entity in roles.entity_columns:
        features += _history(entity, roles, names)
    singles = [entity for entity in roles.entity_columns if len(entity) == 1]
    if len(singles) < 2:
        return features
    subject, others = singles[0], singles[1:]
    for other in others:
        features.append(names.feature("distinct", other[0], subject, 7 * DAY))
        features.append(names.feature("distinct", subject[0], other, DAY))
    pair = (*subject, *others[0])
    if pair not in roles.entity_columns:
        features.append(names.feature("count", None, pair, LONG))
        features.append(names.feature("since_last", None, pair, LONG))
    return features + _links(roles, subject[0], tuple(others[1:]), names)


def _links(roles: Roles, subject: str, through: tuple[Entity, ...], names: Names) -> list[Feature]:
    """Link people by all but the second entity: that is where they pay, and everybody meets there."""
    if not through:
        return []
    features = [names.feature("linked", subject, (), LONG, through=through)]
    if roles.event_id and roles.label:
        features.append(names.feature("linked_frauds", subject, (), LONG, through=through))
    return features


def _history(entity: Entity, roles: Roles, names: Names) -> list[Feature]:
    features = [names.feature("count", None, entity, window) for window in WINDOWS]
    if roles.amount:
        features += [names.feature("mean", roles.amount, entity, w) for w in WINDOWS[1:]]
        features.append(names.feature("max", roles.amount, entity, LONG, with_current=False))
        features.append(names.feature("ratio", roles.amount, entity, LONG))
    features.append(names.feature("since_last", None, entity, LONG))
    features.append(names.feature("age", None, entity))
    if roles.label:
        for window in DELAYED_WINDOWS:
            features.append(names.feature("delayed_count", None, entity, window))
            features.append(names.feature("delayed_share", None, entity, window))
    return features


def _of_column(
    column: str, categories: tuple[str, ...], names: Names, *, whole: bool
) -> list[Feature]:
    if not categories:
        return [names.feature("value", column)]
    if len(categories) > ONE_HOT:
        return [names.feature("code", column, categories=categories)]
    if len(categories) == 2 and whole:  # the second says all
        categories = categories[1:]
    return [names.feature("is", column, categories=(each,)) for each in categories]
