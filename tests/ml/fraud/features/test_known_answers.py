"""Small histories whose features can be worked out by hand, both ways."""

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
import pytest

from ml.fraud.features import batch, online
from ml.fraud.features.errors import FeatureInputError, FeatureStateError
from ml.fraud.features.spec import FeatureSet

HOUR, DAY = 3600, 86_400
NAN = float("nan")


def features_of(*features: dict[str, Any], **more: Any) -> FeatureSet:
    named = [{"name": f"f{i}", **each} for i, each in enumerate(features)]
    roles = {"event_id": "id", "time": "t", "label": "y", "label_delay_s": DAY, **more}
    return FeatureSet.from_spec({**roles, "features": named})


def naive(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def both(events: list[dict[str, Any]], features: FeatureSet) -> np.ndarray:
    """Return the features of the events, having checked that stream and table agree."""
    states: dict[str, bytes] = {}
    rows = []
    for event in events:
        row, changed = online.compute(event, states, features)
        states |= changed
        rows.append(row)
    offline = batch.compute(pl.DataFrame(events), features, arrival="rows")
    np.testing.assert_allclose(offline, np.array(rows), rtol=1e-12)
    return offline


def last(kind: str, events: list[dict[str, Any]], **more: Any) -> float:
    return both(events, features_of({"kind": kind, **more}))[-1, 0]


def paid(*pairs: tuple[float, float | None]) -> list[dict[str, Any]]:
    return [
        {"id": i, "t": hours * HOUR, "c": "ann", "a": amount, "y": 0}
        for i, (hours, amount) in enumerate(pairs)
    ]


OF_ANN: dict[str, Any] = {"entity": ["c"], "window_s": 2 * HOUR}
HISTORY = paid((0, 5.0), (1, 10.0), (2, None), (2.5, 40.0))


@pytest.mark.parametrize(
    ("kind", "more", "answer"),
    [
        ("count", {}, 3),
        ("count", {"with_current": False}, 2),
        ("sum", {"column": "a"}, 50),
        ("mean", {"column": "a"}, 25),
        ("mean", {"column": "a", "with_current": False}, 10),
        ("max", {"column": "a"}, 40),
        ("min", {"column": "a"}, 10),
        ("std", {"column": "a"}, 15),
        ("ratio", {"column": "a"}, 4),
        ("distinct", {"column": "a"}, 2),
        ("since_last", {}, HOUR / 2),
    ],
)
def test_a_window_of_two_hours(kind: str, more: dict[str, Any], answer: float):
    assert last(kind, HISTORY, **OF_ANN, **more) == pytest.approx(answer)


def test_a_window_is_open_at_its_old_end():
    assert last("count", paid((0, 1.0), (2, 1.0)), **OF_ANN) == 1
    assert last("count", paid((0.001, 1.0), (2, 1.0)), **OF_ANN) == 2


def test_events_of_the_same_instant_count_in_the_order_they_arrived():
    found = both(paid((1, 1.0), (1, 1.0), (1, 1.0)), features_of({"kind": "count", **OF_ANN}))
    assert found[:, 0].tolist() == [1, 2, 3]


def test_nothing_known_is_nan_and_nothing_counted_is_zero():
    features = features_of(
        *[
            {"kind": k, **OF_ANN, "column": "a", "with_current": False}
            for k in ("mean", "max", "sum")
        ],
        {"kind": "ratio", "column": "a", **OF_ANN},
        {"kind": "since_last", **OF_ANN},
        {"kind": "delayed_share", **OF_ANN},
    )
    assert both(paid((0, 5.0)), features)[0].tolist() == pytest.approx(
        [NAN, NAN, 0, NAN, NAN, 0], nan_ok=True
    )


def test_an_event_without_the_entity_has_no_history():
    events = [{**each, "c": None} for each in paid((0, 5.0), (1, 5.0))]
    assert np.isnan(both(events, features_of({"kind": "count", **OF_ANN}))).all()


def test_first_seen_and_age():
    features = features_of(
        {"kind": "first_seen", "entity": ["c"]}, {"kind": "age", "entity": ["c"]}
    )
    found = both(paid((0, 1.0), (3, 1.0), (5000, 1.0)), features)
    assert found.tolist() == [[1, 0], [0, 3 * HOUR], [0, 5000 * HOUR]]


def test_a_late_event_counts_from_its_arrival_on():
    found = both(paid((5, 1.0), (4, 1.0), (5.5, 1.0)), features_of({"kind": "count", **OF_ANN}))
    assert found[:, 0].tolist() == [1, 1, 3]


def test_a_label_counts_when_its_delay_is_over():
    events = paid((0, 1.0), (23.9, 1.0), (24, 1.0), (26, 1.0))
    events[0]["y"] = 1
    features = features_of(
        {"kind": "delayed_frauds", **OF_ANN}, {"kind": "delayed_share", **OF_ANN}
    )
    assert both(events, features).tolist() == [[0, 0], [0, 0], [1, 1], [0, 0]]


def test_a_label_applied_later_is_the_label_that_came_along():
    features = features_of({"kind": "delayed_frauds", **OF_ANN})
    first, second = paid((0, 1.0), (24, 1.0))
    states = online.compute(first, {}, features)[1]
    labelled = online.apply_label({"id": 0, "c": "ann"}, 1, states, features)
    assert set(labelled) == set(states)
    assert online.compute(second, labelled, features)[0].tolist() == [1]
    assert online.apply_label(first, 1, labelled, features) == {}
    taken_back = online.apply_label(first, 0, labelled, features)
    assert online.compute(second, taken_back, features)[0].tolist() == [0]
    assert online.apply_label({"id": 99, "c": "ann"}, 1, states, features) == {}


def test_an_event_that_comes_again_changes_nothing():
    features = features_of({"kind": "count", **OF_ANN}, {"kind": "first_seen", "entity": ["c"]})
    first, second = paid((0, 1.0), (1, 1.0))
    states = online.compute(first, {}, features)[1]
    states |= online.compute(second, states, features)[1]
    row, changed = online.compute(first, states, features)
    assert changed == {}
    assert row.tolist() == [1, 1]
    table = pl.DataFrame([first, second, first])
    assert batch.compute(table, features, arrival="rows")[:, 0].tolist() == [1, 2, 1]


LINK: dict[str, Any] = {"column": "c", "through": [["d"], ["h"]], "window_s": 10 * DAY}


def test_neighbours_share_a_device_or_a_home():
    rows = [("ann", "d1", "h1"), ("bob", "d1", "h2"), ("cy", "d2", "h2"), ("ann", "d1", "h2")]
    events = [
        {"id": i, "t": i * HOUR, "c": who, "d": device, "h": home, "y": int(who == "bob")}
        for i, (who, device, home) in enumerate(rows)
    ]
    found = both(events, features_of({"kind": "linked", **LINK}))
    assert found[:, 0].tolist() == [0, 1, 1, 2]
    later = [*events, {**events[3], "id": 9, "t": 2 * DAY}]
    frauds = both(later, features_of({"kind": "linked_frauds", **LINK}))
    assert frauds[-1, 0] == 1  # bob's payment shared both the device and the home: once


def test_the_calendar():
    features = features_of(*[{"kind": kind} for kind in ("hour", "night", "weekend")])
    instants = [naive("2026-01-02T06:30"), naive("2026-01-03T07:00")]  # Friday, Saturday
    found = both([{"id": i, "t": at, "y": 0} for i, at in enumerate(instants)], features)
    assert found.tolist() == [[6.5, 1, 0], [7, 0, 1]]


def test_numbers_and_categories():
    features = features_of(
        {"kind": "value", "column": "a"},
        {"kind": "is", "column": "c", "categories": ["x"]},
        {"kind": "code", "column": "c", "categories": ["x", "y"]},
    )
    rows = [(1.5, "x"), (None, "y"), (2.0, "z"), (3.0, None)]
    found = both(
        [{"id": i, "t": i, "a": a, "c": c, "y": 0} for i, (a, c) in enumerate(rows)], features
    )
    expected = np.array([[1.5, 1, 0], [NAN, 0, 1], [2, 0, -1], [3, 0, -1]])
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("values", "kind"),
    [([5, 7, 5], pl.Int16), ([5.0, 7.0, 5.0], pl.Float64), (["5", "7", "5"], pl.String)],
)
def test_a_key_is_the_same_as_text_and_as_number(values: list[Any], kind: pl.DataType):
    features = features_of({"kind": "count", **OF_ANN})
    table = pl.DataFrame({"id": [1, 2, 3], "t": [0, 1, 2], "c": pl.Series(values, dtype=kind)})
    assert batch.compute(table, features)[:, 0].tolist() == [1, 1, 2]
    keys = {features.state_keys({"c": spelled}) for spelled in (5, 5.0, "5")}
    assert len(keys) == 1


@pytest.mark.parametrize(
    "values",
    [
        [naive("2026-01-02T00:00"), naive("2026-01-02T01:00")],
        ["2026-01-02T00:00:00Z", "2026-01-02T02:00:00+01:00"],
        ["2026-01-02 00:00:00", "2026-01-02 01:00:00"],
        [dt.datetime(2026, 1, 2, tzinfo=dt.UTC), dt.datetime(2026, 1, 2, 1, tzinfo=dt.UTC)],
        [1767312000, 1767315600],
        [1767312000.0, 1767315600.0],
    ],
)
def test_times_in_every_form(values: list[Any]):
    features = features_of({"kind": "since_last", **OF_ANN}, {"kind": "hour"})
    events = [{"id": i, "t": at, "c": "ann", "y": 0} for i, at in enumerate(values)]
    assert both(events, features)[1].tolist() == [HOUR, 1]


def test_a_state_is_bounded_and_forgets_the_oldest():
    features = features_of({"kind": "count", "entity": ["c"], "window_s": DAY}, max_events=16)
    found = both(paid(*[(i / 100, 1.0) for i in range(50)]), features)
    assert found[:, 0].tolist() == [min(i + 1, 16) for i in range(50)]


def test_a_table_says_what_it_lacks():
    with pytest.raises(FeatureInputError, match="'c'"):
        batch.compute(pl.DataFrame({"id": [1], "t": [1]}), features_of({"kind": "count", **OF_ANN}))
    with pytest.raises(FeatureInputError, match="Row 1"):
        batch.compute(
            pl.DataFrame({"id": [1, 2], "t": ["2026-01-01", "soon"], "c": [1, 1]}),
            features_of({"kind": "count", **OF_ANN}),
        )
    with pytest.raises(FeatureInputError, match="no time"):
        online.compute({"id": 1, "c": "ann"}, {}, features_of({"kind": "count", **OF_ANN}))


@pytest.mark.parametrize("damage", [b"", b"x" * 60, None])
def test_a_damaged_or_foreign_state_is_refused(damage: bytes | None):
    features = features_of({"kind": "count", **OF_ANN})
    other = features_of({"kind": "sum", "column": "a", **OF_ANN})
    (event,) = paid((0, 1.0))
    ((key, raw),) = online.compute(event, {}, other)[1].items()
    with pytest.raises(FeatureStateError, match="rebuild"):
        online.compute(event, {key: raw if damage is None else damage}, features)
    with pytest.raises(FeatureStateError, match="rebuild"):
        online.compute(event, {key: raw[:-1]}, other)
