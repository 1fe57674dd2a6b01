"""Definitions and events that the tests share."""

from typing import Any

from ml.fraud.features.spec import FeatureSet

HOUR, DAY = 3600, 86_400
OF_COLUMN = ("sum", "mean", "max", "min", "std", "ratio")


def every_kind(**settings: Any) -> FeatureSet:
    """Return a set that has every kind, over single entities and a pair."""
    features = [
        _named("value", column="amount"),
        _named("is", column="channel", categories=["web"]),
        _named("code", column="channel", categories=["web", "shop"]),
        *[_named(kind) for kind in ("hour", "night", "weekend")],
        *[
            _named(kind, column="customer", through=[["device"], ["terminal"]], window_s=DAY)
            for kind in ("linked", "linked_frauds")
        ],
    ]
    for entity in (["customer"], ["terminal"], ["customer", "terminal"]):
        features += _histories(entity)
    features = [each | {"name": f"f{i}_{each['kind']}"} for i, each in enumerate(features)]
    roles = {"event_id": "id", "time": "time", "label": "fraud", "label_delay_s": 2 * HOUR}
    return FeatureSet.from_spec({**roles, "lateness_s": 6 * HOUR, "features": features, **settings})


def _named(kind: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, **more}


def _histories(entity: list[str]) -> list[dict[str, Any]]:
    amount = {"entity": entity, "column": "amount"}
    found = [_named(kind, **amount, window_s=2 * HOUR) for kind in OF_COLUMN]
    found += [_named(k, **amount, window_s=DAY, with_current=False) for k in OF_COLUMN[:-1]]
    for window in (HOUR, DAY):
        of = {"entity": entity, "window_s": window}
        for current in (True, False):
            found.append(_named("count", **of, with_current=current))
            found.append(_named("distinct", **of, column="device", with_current=current))
        found += [_named(f"delayed_{what}", **of) for what in ("count", "frauds", "share")]
        found.append(_named("since_last", **of))
    return [*found, _named("first_seen", entity=entity), _named("age", entity=entity)]
