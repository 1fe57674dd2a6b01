"""Finds the history a detector learns from and checks that it fits the request."""

import difflib
from collections.abc import Mapping, Sequence

from apps.fraud.errors import ColumnUnknownError, FraudDataError
from platform_core.accounts.api import Actor
from platform_core.datasets import api as datasets
from platform_core.errors import InvalidInputError

ROLES = ("label", "time", "amount", "id")
REQUIRED = ("time",)
MAX_ENTITIES = 8


def history(
    *, actor: Actor, dataset: str, columns: Mapping[str, str], entities: Sequence[str]
) -> datasets.DatasetVersion:
    """Return the current version of the history.

    Raises:
        DatasetNotFoundError, DatasetNotReadyError: see datasets.
        InvalidInputError: a role is missing, two roles share a column, or too many entities.
        ColumnUnknownError: a column is not in the data set.
        FraudDataError: there are no rows.
    """
    found = datasets.get_dataset(actor=actor, key=dataset)
    version = datasets.current_version(dataset=found)
    if version.rows == 0:
        raise FraudDataError(
            f"The data set “{found.name}” has no rows.",
            remedy="Upload a file with one row per payment.",
            field="dataset",
        )
    _check_roles(columns, entities)
    known = [str(column["name"]) for column in version.columns]
    named = {f"{role}_column": name for role, name in columns.items() if name}
    for field, name in [*named.items(), *(("entity_columns", name) for name in entities)]:
        _check_column(found.name, known, name, field)
    return version


def _check_roles(columns: Mapping[str, str], entities: Sequence[str]) -> None:
    for role in REQUIRED:
        if not columns.get(role):
            raise InvalidInputError(f"Name the {role} column.", field=f"{role}_column")
    if not 1 <= len(entities) <= MAX_ENTITIES:
        raise InvalidInputError(
            f"{len(entities)} entity columns were named.",
            remedy=f"Name 1 to {MAX_ENTITIES}: customer, card, terminal, device, …",
            field="entity_columns",
        )
    given = [*(name for name in columns.values() if name), *entities]
    for name in given:
        if given.count(name) > 1:
            raise InvalidInputError(
                f"The column {name!r} is used for two things.",
                remedy="Label, time, amount, id and every entity are different columns.",
                field="entity_columns",
            )


def _check_column(dataset: str, known: Sequence[str], name: str, field: str) -> None:
    if name in known:
        return
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"Did you mean {close[0]!r}? " if close else ""
    listed = ", ".join(known[:20]) + (" …" if len(known) > 20 else "")
    raise ColumnUnknownError(
        f"The data set “{dataset}” has no column {name[:80]!r}.",
        remedy=f"{hint}Its columns: {listed}.",
        field=field,
    )
