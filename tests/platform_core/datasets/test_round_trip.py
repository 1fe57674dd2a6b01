"""Any table survives the way through a file, the ingest and the encrypted shards."""

import csv
import io
import json
import math
import uuid
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from platform_core.datasets import api
from platform_core.datasets.ingest.types import MISSING_WORDS

WORDS = set(MISSING_WORDS.to_pylist())
TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), min_size=1
).filter(lambda text: text.strip() == text and text not in WORDS)
FLOAT = st.floats(allow_nan=False, allow_infinity=False, width=64)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "int64": st.integers(-(2**63), 2**63 - 1),
    "float64": FLOAT,
    "bool": st.booleans(),
    "date": st.dates(),
    "timestamp": st.datetimes(),
    "string": TEXT.map(lambda text: "t " + text),
}


@st.composite
def tables(draw: st.DrawFn) -> dict[str, list[Any]]:
    rows = draw(st.integers(1, 20))
    names = draw(st.lists(TEXT, min_size=1, max_size=5, unique_by=str.strip))
    assume(not all(_is_number(name) for name in names))
    table = {}
    for name in names:
        values = VALUES[draw(st.sampled_from(sorted(VALUES)))] | st.none()
        table[name] = draw(st.lists(values, min_size=rows, max_size=rows))
    # a row of nothing is an empty line in CSV, which is no row
    table["row"] = list(range(rows))
    return table


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def rows(table: dict[str, list[Any]]) -> list[tuple[Any, ...]]:
    return list(zip(*table.values(), strict=True))


def written(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value).lower() if isinstance(value, bool) else value


def as_csv(table: dict[str, list[Any]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(table)
    writer.writerows([["" if v is None else written(v) for v in row] for row in rows(table)])
    return out.getvalue().encode()


def as_jsonl(table: dict[str, list[Any]]) -> bytes:
    def plain(value: Any) -> Any:
        return value.isoformat() if isinstance(value, datetime | date) else value

    lines = [
        json.dumps({k: plain(v) for k, v in zip(table, row, strict=True)}) for row in rows(table)
    ]
    return "\n".join(lines).encode()


def as_parquet(table: dict[str, list[Any]]) -> bytes:
    out = io.BytesIO()
    parquet.write_table(pa.table(table), out)
    return out.getvalue()


def same(left: Any, right: Any) -> bool:
    if isinstance(left, float) and isinstance(right, int | float):
        return math.isclose(left, right, rel_tol=1e-15, abs_tol=0)
    if isinstance(left, datetime) and isinstance(right, date) and not isinstance(right, datetime):
        return left == datetime.combine(right, datetime.min.time())
    return bool(left == right)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(table=tables(), kind=st.sampled_from(["csv", "jsonl", "parquet"]))
def test_a_table_comes_back_as_it_was(
    ingest: Callable[..., api.Dataset], table: dict[str, list[Any]], kind: str
) -> None:
    content = {"csv": as_csv, "jsonl": as_jsonl, "parquet": as_parquet}[kind](table)
    dataset = ingest({f"a.{kind}": content}, name=str(uuid.uuid4()))
    assert dataset.rejection is None
    back = api.read_table(version=api.current_version(dataset=dataset)).to_pydict()
    assert list(back) == list(table)
    for name, values in table.items():
        for before, after in zip(values, back[name], strict=True):
            assert same(before, after) or same(after, before), (name, before, after)
