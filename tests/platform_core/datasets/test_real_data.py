"""Public data sets as they lie on disk."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from platform_core.datasets import api

Ingest = Callable[..., api.Dataset]
pytestmark = pytest.mark.shared_data


def version_of(ingest: Ingest, *files: Path) -> api.DatasetVersion:
    dataset = ingest({file.name: file.read_bytes() for file in files})
    assert dataset.rejection is None, dataset.rejection
    return api.current_version(dataset=dataset)


def types(version: api.DatasetVersion) -> dict[str, str]:
    return {column["name"]: column["type"] for column in version.columns}


def test_a_million_interactions_in_ten_seconds(ingest: Ingest, shared_data: Path) -> None:
    started = time.monotonic()
    version = version_of(ingest, shared_data / "recommendation" / "ncf-ml-1m" / "train.tsv.gz")
    assert time.monotonic() - started < 10
    assert types(version) == {"user": "int64", "item": "int64"}
    assert version.rows == 994_169
    assert version.profile["duplicate_rows"]["count"] == 0
    assert version.profile["columns"][0]["distinct"] == {"count": 6040, "approximate": False}


def test_items_and_users_keep_titles_and_post_codes(ingest: Ingest, shared_data: Path) -> None:
    folder = shared_data / "recommendation" / "ncf-ml-1m"
    items = version_of(ingest, folder / "items.tsv")
    titles = api.read_table(version=items, columns=["title"])["title"].to_pylist()
    assert titles[0] == "One Flew Over the Cuckoo's Nest (1975)"
    users = version_of(ingest, folder / "users.tsv")
    assert types(users)["zip"] == "string"
    assert types(users)["age"] == "int64"


def test_ratings_without_a_header_are_numbered(ingest: Ingest, shared_data: Path) -> None:
    version = version_of(ingest, shared_data / "recommendation" / "ml-100k" / "u.data.gz")
    assert list(types(version)) == ["column_1", "column_2", "column_3", "column_4"]
    assert "no_header" in {issue["kind"] for issue in version.issues}


def test_latin_1_with_bars_and_no_header(
    ingest: Ingest, shared_data: Path, rows_of: Callable[..., list[dict[str, object]]]
) -> None:
    content = (shared_data / "recommendation" / "ml-100k" / "u.item").read_bytes()
    dataset = ingest({"u.item": content}, reading={"header": "no", "separator": "|"})
    assert dataset.rejection is None, dataset.rejection
    titles = [row["column_2"] for row in rows_of(dataset)]
    assert len(titles) == 1682
    assert "Misérables, Les (1995)" in titles


def test_fraud_tables_in_parquet(ingest: Ingest, shared_data: Path) -> None:
    claims = version_of(ingest, shared_data / "fraud" / "vehicle_claims" / "claims.parquet")
    assert claims.rows > 10_000
    assert claims.issues
    raw = version_of(ingest, shared_data / "fraud" / "handbook" / "transactions_raw.parquet")
    assert raw.rows > 1_700_000
    assert "timestamp" in types(raw).values()
