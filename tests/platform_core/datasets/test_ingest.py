"""What a good file becomes."""

import gzip
import io
import zipfile
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from platform_core.datasets import api
from platform_core.datasets.errors import UploadError
from platform_core.datasets.params import Reading
from platform_core.vault import api as vault

Ingest = Callable[..., api.Dataset]
Rows = Callable[[api.Dataset], list[dict[str, Any]]]
CSV = b"user,score\nann,1\nbob,2\n"
EXPECTED = [{"user": "ann", "score": 1}, {"user": "bob", "score": 2}]


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return out.getvalue()


def as_parquet(table: pa.Table, **options: Any) -> bytes:
    out = io.BytesIO()
    parquet.write_table(table, out, **options)
    return out.getvalue()


def types(dataset: api.Dataset) -> dict[str, str]:
    version = api.current_version(dataset=dataset)
    return {column["name"]: column["type"] for column in version.columns}


@pytest.mark.parametrize(
    ("filename", "content"),
    [
        ("a.csv", CSV),
        ("a.tsv", CSV.replace(b",", b"\t")),
        ("a.txt", CSV.replace(b",", b";")),
        ("a.csv", CSV.replace(b",", b"|")),
        ("windows.csv", CSV.replace(b"\n", b"\r\n")),
        ("mac.csv", CSV.replace(b"\n", b"\r")),
        ("no-last-newline.csv", CSV.rstrip()),
        ("empty-lines.csv", b"\n\n" + CSV + b"\n\n"),
        ("bom.csv", b"\xef\xbb\xbf" + CSV),
        ("utf16.csv", CSV.decode().encode("utf-16")),
        ("utf16be.csv", CSV.decode().encode("utf-16-be")),
        ("a.csv.gz", gzip.compress(CSV)),
        ("two-members.csv.gz", gzip.compress(CSV[:10]) + gzip.compress(CSV[10:])),
        ("a.zip", zipped(a__csv=CSV)),
        ("parts.zip", zipped(a__csv=b"user,score\nann,1\n", b__csv=b"score,user\n2,bob\n")),
        ("a.jsonl", b'{"user":"ann","score":1}\n\n{"user":"bob","score":2}'),
        ("a.parquet", as_parquet(pa.Table.from_pylist(EXPECTED))),
        ("a.parquet.gz", gzip.compress(as_parquet(pa.Table.from_pylist(EXPECTED)))),
        ("a.zip", zipped(a__parquet=as_parquet(pa.Table.from_pylist(EXPECTED)))),
    ],
)
def test_every_format_gives_the_same_rows(
    ingest: Ingest, rows_of: Rows, filename: str, content: bytes
) -> None:
    dataset = ingest({filename: content})
    assert dataset.rejection is None
    assert rows_of(dataset) == EXPECTED
    assert types(dataset) == {"user": "string", "score": "int64"}


def test_files_of_one_schema_are_concatenated_in_order(ingest: Ingest, rows_of: Rows) -> None:
    dataset = ingest({"1.csv": b"a,b\n1,x\n", "2.tsv": b"b\ta\ny\t2.5\n", "3.jsonl": b'{"a":3}\n'})
    assert rows_of(dataset) == [{"a": 1.0, "b": "x"}, {"a": 2.5, "b": "y"}, {"a": 3.0, "b": None}]


def test_types_are_inferred_over_the_whole_file(ingest: Ingest) -> None:
    lines = ["int,float,mixed,truth,day,moment,zoned,post,long,text,late,gaps"]
    first = "1,1.5,1,true,2024-01-31,2024-01-31 10:00:00,2024-01-31T10:00:00Z,00123,"
    last = "-2,1e-3,2.5,FALSE,2024-02-01,2024-02-01T10:00:00.25,2024-01-31T10:00:00+02:00,20001,"
    lines += [first + "12345678901234567890,x,7,"] * 3000 + [
        last + "12345678901234567891,y,seven,5"
    ]
    assert types(ingest({"a.csv": "\n".join(lines).encode()})) == {
        "int": "int64", "float": "float64", "mixed": "float64", "truth": "bool", "day": "date",
        "moment": "timestamp", "zoned": "timestamp_utc", "post": "string", "long": "string",
        "text": "string", "late": "string", "gaps": "int64",
    }  # fmt: skip


def test_words_for_missing_count_as_missing_only_in_columns_of_numbers(
    ingest: Ingest, rows_of: Rows
) -> None:
    dataset = ingest({"a.csv": b"n,country\n1,NA\nNaN,DE\nnull,\n"})
    assert [row["n"] for row in rows_of(dataset)] == [1, None, None]
    assert [row["country"] for row in rows_of(dataset)] == ["NA", "DE", None]
    kinds = {(i["kind"], i["column"]) for i in api.current_version(dataset=dataset).issues}
    assert ("words_read_as_missing", "n") in kinds
    assert ("words_that_may_mean_missing", "country") in kinds


def test_long_cells_unicode_and_quoted_newlines_survive(ingest: Ingest, rows_of: Rows) -> None:
    long, odd = "x" * 10_000, 'zwei\nZeilen, "聊天" 🙂\u2028'
    content = f'id,text\n1,"{long}"\n2,"{odd.replace(chr(34), chr(34) * 2)}"\n'
    assert rows_of(ingest({"a.csv": content.encode()})) == [
        {"id": 1, "text": long},
        {"id": 2, "text": odd},
    ]


def test_latin_1_is_recognised_and_said(ingest: Ingest, rows_of: Rows) -> None:
    dataset = ingest({"a.csv": "name,n\nJürgen,1\nÉva,2\n".encode("latin-1")})
    assert [row["name"] for row in rows_of(dataset)] == ["Jürgen", "Éva"]
    kinds = {issue["kind"] for issue in api.current_version(dataset=dataset).issues}
    assert "single_byte_encoding" in kinds


def test_a_file_of_numbers_has_no_header(ingest: Ingest, rows_of: Rows) -> None:
    dataset = ingest({"u.data": b"1\t168\n2\t5\n"})
    assert rows_of(dataset) == [{"column_1": 1, "column_2": 168}, {"column_1": 2, "column_2": 5}]


@pytest.mark.parametrize("separator", ['"', "\n", "\r", "\0", "é", "\ud800", ",,"])
def test_what_separates_nothing_is_refused_as_separator(separator: str) -> None:
    with pytest.raises(UploadError, match="separator"):
        Reading.from_json({"separator": separator})


def test_reading_options_override_guesses(ingest: Ingest, rows_of: Rows) -> None:
    options = {"header": "no", "separator": "|", "quotes": False}
    dataset = ingest({"u.user": b'1|"x,y\n2|z\n'}, reading=options)
    assert [row["column_2"] for row in rows_of(dataset)] == ['"x,y', "z"]


def test_json_values_of_mixed_types_and_nested_ones_become_text(
    ingest: Ingest, rows_of: Rows
) -> None:
    content = b'{"a":1,"b":[1,2],"c":"007"}\n{"a":"x","b":{"k":null},"c":"8"}\n{"a":true,"d":1}\n'
    assert rows_of(ingest({"a.jsonl": content})) == [
        {"a": "1", "b": "[1,2]", "c": "007", "d": None},
        {"a": "x", "b": '{"k":null}', "c": "8", "d": None},
        {"a": "true", "b": None, "c": None, "d": 1},
    ]


def test_parquet_types_are_brought_to_ours(ingest: Ingest) -> None:
    table = pa.table(
        {
            "small": pa.array([1, None], pa.uint8()),
            "half": pa.array([1.5, float("nan")], pa.float32()),
            "kind": pa.array(["a", "b"]).dictionary_encode(),
            "when": pa.array([1, 2], pa.timestamp("ns")),
            "list": pa.array([[1], None]),
            "nothing": pa.nulls(2),
        }
    )
    dataset = ingest({"a.parquet": as_parquet(table)})
    assert types(dataset) == {
        "small": "int64", "half": "float64", "kind": "string", "when": "timestamp",
        "list": "string", "nothing": "string",
    }  # fmt: skip
    assert api.current_version(dataset=dataset).columns[1]["missing"] == 1


def test_nothing_is_left_of_the_upload_once_a_version_is_ready(
    ingest: Ingest, organisation: Any
) -> None:
    dataset = ingest({"a.csv": CSV, "b.csv": CSV})
    paths = list(vault.list_objects(str(organisation.pk)))
    shards = [s.path for s in api.current_version(dataset=dataset).shards.all()]
    assert paths == shards
