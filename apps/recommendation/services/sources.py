"""Finds the data a recommender learns from and checks that it fits the request."""

import difflib
from collections.abc import Mapping
from typing import Any

from apps.recommendation.errors import ColumnUnknownError, TrainingDataError
from platform_core.accounts.api import Actor
from platform_core.datasets import api as datasets
from platform_core.errors import InvalidInputError

REQUIRED = ("user", "item")
OPTIONAL = ("rating", "time")


def interactions(
    *, actor: Actor, dataset: str, columns: Mapping[str, str]
) -> datasets.DatasetVersion:
    """Return the current version of the interactions.

    Raises:
        DatasetNotFoundError, DatasetNotReadyError: see datasets.
        InvalidInputError: a role is missing or two roles share a column.
        ColumnUnknownError: a column is not in the data set.
        TrainingDataError: there are no rows, or the ratings are not numbers.
    """
    version = _current(actor, dataset, "dataset")
    named = {role: columns.get(role) or "" for role in (*REQUIRED, *OPTIONAL)}
    for role in REQUIRED:
        if not named[role]:
            raise InvalidInputError(f"Name the {role} column.", field=f"{role}_column")
    given = [name for name in named.values() if name]
    for role, name in named.items():
        if name:
            _check_column(version, name, f"{role}_column")
        if name and given.count(name) > 1:
            raise InvalidInputError(
                f"The column {name!r} is used for two things.",
                remedy="User, item, rating and time are four different columns.",
                field=f"{role}_column",
            )
    _check_rating(version, named["rating"])
    return version


def feature_table(
    *, actor: Actor, dataset: str, id_column: str, role: str
) -> datasets.DatasetVersion:
    """Return the current version of a table of `items` or `users`."""
    version = _current(actor, dataset, role)
    _check_column(version, id_column, f"{role}.id_column")
    return version


def _current(actor: Actor, key: str, field: str) -> datasets.DatasetVersion:
    dataset = datasets.get_dataset(actor=actor, key=key)
    version = datasets.current_version(dataset=dataset)
    if version.rows == 0:
        raise TrainingDataError(
            f"The data set “{dataset.name}” has no rows.",
            remedy="Upload a file with at least one row per user.",
            field=field,
        )
    return version


def _columns(version: datasets.DatasetVersion) -> dict[str, dict[str, Any]]:
    return {column["name"]: column for column in version.columns}


def _check_column(version: datasets.DatasetVersion, name: str, field: str) -> None:
    known = list(_columns(version))
    if name in known:
        return
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"Did you mean {close[0]!r}? " if close else ""
    listed = ", ".join(known[:20]) + (" …" if len(known) > 20 else "")
    raise ColumnUnknownError(
        f"The data set “{version.dataset.name}” has no column {name[:80]!r}.",
        remedy=f"{hint}Its columns: {listed}.",
        field=field,
    )


def _check_rating(version: datasets.DatasetVersion, name: str) -> None:
    if not name:
        return
    kind = str(_columns(version)[name].get("type", ""))
    if not kind.lower().startswith(("int", "float", "bool")):
        raise TrainingDataError(
            f"The rating column {name!r} holds {kind}, not numbers.",
            remedy="Choose a column of numbers, or none: every row then counts as one choice.",
            field="rating_column",
        )
