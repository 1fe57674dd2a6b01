"""One definition: whatever arrives, the table and the stream give the same numbers."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ml.fraud.features import batch, online
from ml.fraud.features.spec import FeatureSet
from tests.ml.fraud.features.definitions import DAY, HOUR, every_kind

SCHEMA = {
    "id": pl.Int64,
    "time": pl.Float64,
    "customer": pl.Int64,
    "terminal": pl.String,
    "device": pl.String,
    "channel": pl.String,
    "amount": pl.Float64,
    "fraud": pl.Int8,
}
EVENT = st.fixed_dictionaries(
    {
        "again": st.sampled_from([0, 0, 0, 0, 0, 1, 2, 7]),
        "step": st.sampled_from([0, 0.5, 60, HOUR / 2, HOUR, 2 * HOUR]),
        "late": st.sampled_from([0, 0, 0, 0, 0, 0.5, HOUR, 5 * HOUR, 3 * DAY]),
        "customer": st.one_of(st.none(), st.integers(0, 2)),
        "terminal": st.sampled_from([None, "", "a", "b"]),
        "device": st.sampled_from([None, "x", "y", "z"]),
        "channel": st.sampled_from([None, "web", "shop", "post"]),
        "amount": st.one_of(st.none(), st.sampled_from([0.0, 0.1, 20.0, 33.3, 1e6])),
        "fraud": st.sampled_from([None, 0, 0, 1]),
    }
)


def timed(drawn: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return events; where one is drawn as `again`, an earlier one comes a second time instead.

    Not one that was so late that it is forgotten at once: nobody would know it again.
    """
    now, events = 1.7e9, []
    for i, each in enumerate(drawn):
        now += each["step"]
        event = {k: each.get(k) for k in SCHEMA} | {"id": i, "time": now - each["late"]}
        earlier = events[-each["again"]] if 0 < each["again"] <= len(events) else event
        events.append(earlier if earlier["time"] > now - DAY else event)
    return events


def streamed(
    events: list[dict[str, Any]], features: FeatureSet, restart_at: int
) -> tuple[np.ndarray, dict[str, bytes]]:
    """Compute event by event; at one point the states and the definition pass through a file."""
    states: dict[str, bytes] = {}
    rows = []
    for i, event in enumerate(events):
        if i == restart_at:
            states = {key: bytes.fromhex(raw.hex()) for key, raw in states.items()}
            features = FeatureSet.from_spec(features.spec())
        row, changed = online.compute(event, states, features)
        rows.append(row)
        states |= changed
    return np.array(rows), states


def agree(offline: np.ndarray, live: np.ndarray, features: FeatureSet) -> None:
    different = ~np.isclose(offline, live, rtol=1e-9, atol=1e-9, equal_nan=True)
    found = [
        (int(i), features.names[j], offline[i, j], live[i, j]) for i, j in np.argwhere(different)
    ]
    assert not found


@pytest.mark.parametrize(
    "settings_", [{}, {"max_events": 16}, {"label_delay_s": 0, "lateness_s": 0}]
)
@settings(max_examples=20, deadline=None, derandomize=True, phases=[Phase.generate])
@given(drawn=st.lists(EVENT, min_size=1, max_size=40), restart_at=st.integers(0, 40))
def test_a_stream_and_its_table_agree(
    settings_: dict[str, Any], drawn: list[dict[str, Any]], restart_at: int
):
    features, events = every_kind(**settings_), timed(drawn)
    offline = batch.compute(pl.DataFrame(events, SCHEMA), features, arrival="rows")
    live, states = streamed(events, features, restart_at)
    agree(offline, live, features)
    assert batch.states(pl.DataFrame(events, SCHEMA), features, arrival="rows") == states
