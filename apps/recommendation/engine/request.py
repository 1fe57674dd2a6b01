"""The job's parameters as typed values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.recommendation.engine.tables import Columns
from apps.recommendation.params import TrainParams, parse
from platform_core.errors import InvalidInputError


@dataclass(frozen=True)
class SideTable:
    """A users or items table."""

    version_id: str
    id_column: str
    title_column: str | None = None


@dataclass(frozen=True)
class TrainRequest:
    """What one training job shall do."""

    recommender: str
    version_id: str
    columns: Columns
    items: SideTable | None
    users: SideTable | None
    params: TrainParams


def read(raw: Mapping[str, Any]) -> TrainRequest:
    """Return the request of a job.

    Raises:
        InvalidInputError: a parameter is missing or wrong; `field` in extra names it.
    """
    params = dict(raw.get("params") or {})
    params.update({name: raw[name] for name in ("seed", "budget_s") if raw.get(name) is not None})
    if raw.get("model"):
        params.setdefault("model", raw["model"])
    return TrainRequest(
        recommender=_text(raw, "recommender"),
        version_id=_text(raw, "dataset_version"),
        columns=_columns(raw),
        items=_side(raw, "items"),
        users=_side(raw, "users"),
        params=parse(params),
    )


def _columns(raw: Mapping[str, Any]) -> Columns:
    """Return the roles of columns, given as `columns.user` or as `user_column`."""
    roles = ("user", "item", "rating", "time")
    named = {f"{role}_column": value for role, value in (raw.get("columns") or {}).items()}
    named |= {f"{role}_column": raw[f"{role}_column"] for role in roles if f"{role}_column" in raw}
    return Columns(
        user=_text(named, "user_column"),
        item=_text(named, "item_column"),
        rating=named.get("rating_column") or None,
        time=named.get("time_column") or None,
    )


def _text(raw: Mapping[str, Any], name: str) -> str:
    value = raw.get(name)
    if not value:
        raise InvalidInputError(f"The job lacks the parameter {name!r}.", field=name)
    return str(value)


def _side(raw: Mapping[str, Any], name: str) -> SideTable | None:
    side = raw.get(name)
    if not side:
        return None
    return SideTable(
        version_id=_text(side, "dataset_version"),
        id_column=_text(side, "id_column"),
        title_column=side.get("title_column") or None,
    )
