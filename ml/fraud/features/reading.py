"""Reading a definition from JSON: every refusal names the place and the remedy."""

import re
from collections.abc import Mapping
from typing import Any

from ml.fraud.features.errors import FeatureSpecError
from ml.fraud.features.feature import CURRENT, DAY, KINDS, Entity, Feature, Kind
from ml.fraud.features.values import UNITS_US

MAX_FEATURES, MAX_ENTITIES, MAX_COLUMNS_OF_ENTITY = 512, 16, 2
MAX_CATEGORIES = 10_000
MIN_WINDOW_S, MAX_WINDOW_S = 60, 90 * DAY
RANGES: Mapping[str, tuple[int, int, int]] = {
    "label_delay_s": (0, 180 * DAY, 7 * DAY),
    "lateness_s": (0, 30 * DAY, DAY),
    "max_events": (16, 65_536, 1024),
}
"""Name -> least, most, default."""
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")


def read(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a `FeatureSet`.

    Raises:
        FeatureSpecError: malformed.
    """
    if not isinstance(spec, Mapping):
        raise FeatureSpecError("The definition of the features must be an object.")
    roles = {name: _text(spec.get(name), name) for name in ("event_id", "time", "label")}
    unit = spec.get("time_unit", "s")
    if unit not in UNITS_US:
        raise FeatureSpecError(f"time_unit: {unit!r} is none of {', '.join(UNITS_US)}.")
    listed = _list(spec.get("features"), "features")
    if not 1 <= len(listed) <= MAX_FEATURES:
        raise FeatureSpecError(f"features: give 1 to {MAX_FEATURES}, not {len(listed)}.")
    features = tuple(_feature(each, f"features[{i}]") for i, each in enumerate(listed))
    _check(features, roles)
    whole = {n: _whole(spec.get(n, default), n, lo, hi) for n, (lo, hi, default) in RANGES.items()}
    left_out = {str(k): str(v) for k, v in dict(spec.get("left_out") or {}).items()}
    return {**roles, "time_unit": unit, **whole, "left_out": left_out, "features": features}


def _check(features: tuple[Feature, ...], roles: Mapping[str, str | None]) -> None:
    """Check what only the whole set can be wrong in."""
    names = [each.name for each in features]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise FeatureSpecError(f"features: the name {twice!r} occurs twice; names must differ.")
    if len({entity for each in features for entity in each.entities}) > MAX_ENTITIES:
        raise FeatureSpecError(f"features: more than {MAX_ENTITIES} entities; use fewer.")
    needing = [f.name for f in features if KINDS[f.kind].time or f.entities]
    if needing and roles["time"] is None:
        raise FeatureSpecError(f"time: {needing[0]!r} needs the name of the time column.")
    links = [f.name for f in features if f.kind == "linked_frauds"]
    if links and roles["event_id"] is None:
        raise FeatureSpecError(f"event_id: {links[0]!r} needs the name of the column of ids.")


def _feature(spec: Any, place: str) -> Feature:
    if not isinstance(spec, Mapping):
        raise FeatureSpecError(f"{place}: must be an object with name and kind.")
    unknown = set(spec) - set(Feature.__dataclass_fields__)
    if unknown:
        raise FeatureSpecError(f"{place}.{min(unknown)}: unknown; remove it.")
    name, kind = spec.get("name"), spec.get("kind")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise FeatureSpecError(f"{place}.name: use up to 100 letters, digits and underscores.")
    if not isinstance(kind, str) or kind not in KINDS:
        raise FeatureSpecError(f"{place}.kind: {kind!r} is none of {', '.join(KINDS)}.")
    _only_what_it_needs(spec, KINDS[kind], place)
    needs = KINDS[kind]
    return Feature(
        name=name,
        kind=kind,
        entity=_entity(spec["entity"], f"{place}.entity") if needs.entity else (),
        column=_text(spec.get("column"), f"{place}.column"),
        window_s=_whole(spec["window_s"], f"{place}.window_s", MIN_WINDOW_S, MAX_WINDOW_S)
        if needs.window
        else None,
        with_current=bool(spec.get("with_current", True)),
        categories=_categories(spec, place, kind),
        through=_through(spec.get("through"), f"{place}.through"),
    )


def _only_what_it_needs(spec: Mapping[str, Any], needs: Kind, place: str) -> None:
    given = {
        "entity": needs.entity,
        "window_s": needs.window,
        "column": needs.column,
        "categories": needs.categories,
        "through": needs.through,
    }
    for name, needed in given.items():
        if needed and spec.get(name) in (None, [], ""):
            raise FeatureSpecError(f"{place}.{name}: the kind {spec['kind']!r} needs it.")
        if not needed and spec.get(name) not in (None, [], ()):
            raise FeatureSpecError(
                f"{place}.{name}: the kind {spec['kind']!r} has none; remove it."
            )
    if spec["kind"] not in CURRENT and not spec.get("with_current", True):
        raise FeatureSpecError(f"{place}.with_current: the kind {spec['kind']!r} has none.")


def _categories(spec: Mapping[str, Any], place: str, kind: str) -> tuple[str, ...]:
    listed = _list(spec.get("categories"), f"{place}.categories")
    if not all(isinstance(each, str) and each for each in listed):
        raise FeatureSpecError(f"{place}.categories: must be texts.")
    most = 1 if kind == "is" else MAX_CATEGORIES
    if len(listed) > most or len(set(listed)) < len(listed):
        raise FeatureSpecError(f"{place}.categories: at most {most}, each once.")
    return tuple(listed)


def _through(value: Any, place: str) -> tuple[Entity, ...]:
    listed = _list(value, place)
    return tuple(_entity(each, f"{place}[{i}]") for i, each in enumerate(listed))


def _entity(value: Any, place: str) -> Entity:
    listed = [value] if isinstance(value, str) else _list(value, place)
    if not 1 <= len(listed) <= MAX_COLUMNS_OF_ENTITY or len(set(map(str, listed))) < len(listed):
        raise FeatureSpecError(f"{place}: name one column, or two different ones.")
    if not all(isinstance(each, str) and 0 < len(each) <= 200 for each in listed):
        raise FeatureSpecError(f"{place}: must hold names of columns.")
    return tuple(listed)


def _list(value: Any, place: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list | tuple):
        raise FeatureSpecError(f"{place}: must be a list.")
    return list(value)


def _text(value: Any, place: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        raise FeatureSpecError(f"{place}: must be the name of a column.")
    return value


def _whole(value: Any, place: str, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise FeatureSpecError(f"{place}: {value!r} is not a whole number in {least} to {most}.")
    return value
