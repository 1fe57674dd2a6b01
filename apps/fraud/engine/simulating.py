"""Simulated payments for the demo: a history to learn from, and what comes after it."""

import datetime as dt
import io
import itertools
from collections.abc import Iterator
from typing import Any

import polars as pl

from ml.fraud.simulate import stream
from ml.fraud.simulate.world import Size

HISTORY = dt.timedelta(days=25)
SEED = 11
SIZE = Size(customers=400, merchants=60, payments_per_day=1.5, fraud_share=0.02)
COLUMNS = {"label": "fraud", "time": "time", "amount": "amount", "id": "event_id"}
ENTITIES = ("customer", "card", "device", "ip", "merchant", "terminal")


def history(start: dt.datetime) -> bytes:
    """Return the first days as a Parquet file; the scenario, which nobody knows, is left out."""
    end = start + HISTORY
    rows = list(itertools.takewhile(lambda each: each["time"] < end, _events(start)))
    kinds = {"device": pl.String, "ip": pl.String, "address": pl.String}
    file = io.BytesIO()
    pl.DataFrame(rows, schema_overrides=kinds).drop("scenario").write_parquet(file)
    return file.getvalue()


def live(start: dt.datetime, after: dt.datetime | None) -> Iterator[tuple[dict[str, Any], bool]]:
    """Yield (event as it is sent, whether it is fraud) without end.

    Args:
        start: of the history.
        after: of the newest payment that was decided; None begins behind the history.
    """
    since = max(start + HISTORY, after) if after else start + HISTORY
    for event in itertools.dropwhile(lambda each: each["time"] < since, _events(start)):
        sent = {name: value for name, value in event.items() if name not in stream.TRUTH}
        yield {**sent, "time": event["time"].isoformat()}, bool(event["fraud"])


def _events(start: dt.datetime) -> Iterator[dict[str, Any]]:
    return stream.events(SEED, SIZE, start)
