"""Two versions side by side, and the words their facts are shown in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from platform_core.registry import lineage
from platform_core.registry.models import ModelVersion

_MAX_CHARS = 120
_MAX_ROWS = 200


@dataclass(frozen=True)
class Row:
    """One property and its value in each of the versions."""

    label: str
    values: list[str]


def flatten(facts: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested mappings as one level: {"at": {"10": 0.7}} is {"at.10": 0.7}."""
    flat: dict[str, Any] = {}
    for key, value in facts.items():
        if isinstance(value, Mapping):
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return dict(list(flat.items())[:_MAX_ROWS])


def worded(value: object) -> str:
    """Return a fact as short text."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, int):
        return f"{value:,}"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MAX_CHARS else text[: _MAX_CHARS - 1] + "…"


def pairs(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return facts for a key-value list."""
    return [(key, worded(value)) for key, value in flatten(facts).items()]


def headline(version: ModelVersion, count: int) -> dict[str, float]:
    """Return the first metrics that are numbers."""
    numbers = {key: value for key, value in flatten(version.metrics).items() if _is_number(value)}
    return dict(list(numbers.items())[:count])


def compare(left: ModelVersion, right: ModelVersion) -> dict[str, list[Row]]:
    """Return the rows of the three tables: metrics (with the change), parameters, what it was made of."""
    return {
        "metrics": _rows(left.metrics, right.metrics, with_change=True),
        "parameters": _rows(left.parameters, right.parameters),
        "origin": _rows(_origin(left), _origin(right)),
    }


def change(before: object, after: object) -> str:
    """Return the signed difference of two numbers, or nothing."""
    if not (_is_number(before) and _is_number(after)) or before == after:
        return ""
    return f"{float(after) - float(before):+.3g}"  # type: ignore[arg-type]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _rows(
    left: Mapping[str, Any], right: Mapping[str, Any], *, with_change: bool = False
) -> list[Row]:
    one, two = flatten(left), flatten(right)
    rows = []
    for key in [*one, *(key for key in two if key not in one)]:
        difference = change(one.get(key), two.get(key)) if with_change else ""
        after = worded(two.get(key)) + (f" ({difference})" if difference else "")
        rows.append(Row(key, [worded(one.get(key)), after]))
    return rows


def _origin(version: ModelVersion) -> dict[str, Any]:
    return {
        _("Data sets"): ", ".join(str(source) for source in lineage.sources(version)),
        _("Code version"): version.code_version,
        _("Random seed"): None if version.seed is None else str(version.seed),
        _("Flavour"): version.flavour,
        _("Size in bytes"): version.size_bytes,
    }
