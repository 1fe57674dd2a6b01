"""Every bad file is rejected with its file, line, column, reason and remedy, and leaves nothing behind."""

import gzip
import io
import zipfile
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from platform_core.accounts.api import Actor
from platform_core.audit.api import entries
from platform_core.datasets import api
from platform_core.datasets.ingest import opening
from platform_core.datasets.models import SourceFile
from platform_core.vault import api as vault

Ingest = Callable[..., api.Dataset]


def zipped(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def table_bytes(table: pa.Table) -> bytes:
    out = io.BytesIO()
    parquet.write_table(table, out)
    return out.getvalue()


GOOD = b"a,b\n1,2\n"
MANY = b"a,b\n" + b"1,2\n" * 500_000
PARQUET = table_bytes(pa.table({"a": list(range(5000))}))
BROKEN_ZIP = bytearray(zipped(("a.csv", GOOD * 2000)))
BROKEN_ZIP[60] ^= 0xFF

CASES: list[tuple[str, str, bytes, tuple[int | None, int | None], str]] = [
    ("row too long", "a.csv", b"a,b\n1,2\n3,4,5\n", (3, 3), "3 fields"),
    ("row too short", "a.csv", b"a,b,c\n1,2,3\n4,5\n", (3, 3), "2 fields"),
    ("ragged far down", "a.csv", MANY + b"1,2,3\n", (500_002, 3), "3 fields"),
    ("ragged after a quoted newline", "a.csv", b'a,b\n"x\ny",2\n3\n', (4, 2), "1 fields"),
    ("ragged in latin-1", "a.csv", "a,b\né,2\n3\n".encode("latin-1"), (3, 2), "1 fields"),
    ("ragged in utf-16", "a.csv", "a,b\né,2\n3\n".encode("utf-16"), (3, 2), "1 fields"),
    ("quote never closed", "a.csv", b'a,b\n1,2\n3,"4\n5,6\n', (3, 1), "never closed"),
    ("one bad byte in utf-8", "a.csv", "a,b\n1,é\n2,ü".encode() + b"\xff\n", (3, 4), "0xFF"),
    ("bad utf-16", "a.csv", "a,b\n1,".encode("utf-16") + b"\x00\xd8x\x00\n\x00", (2, 3), "UTF-16"),
    ("binary", "a.csv", b"a,b\n1,\x00\x01\n" * 3, (2, 3), "zero byte"),
    ("utf-32", "a.csv", "a,b\n1,2\n".encode("utf-32"), (None, None), "UTF-32"),
    ("empty", "a.csv", b"", (None, None), "empty"),
    ("only white space", "a.csv", b"\n \n", (None, None), "empty"),
    ("only a byte order mark", "a.csv", b"\xef\xbb\xbf", (None, None), "empty"),
    ("header only", "a.csv", b"a,b\n", (1, None), "not a single row"),
    ("duplicate column", "a.csv", b"a,b,a\n1,2,3\n", (1, 3), "both named"),
    ("unnamed column", "a.csv", b"a,,c\n1,2,3\n", (1, 2), "no name"),
    ("endless line", "a.csv", b"a,b\n1," + b"x" * (20 * 2**20) + b"\n", (2, 1), "longer than 8"),
    ("json cut", "a.jsonl", b'{"a":1}\n{"a":\n', (2, 6), "not JSON"),
    ("json line that is no object", "a.jsonl", b'{"a":1}\n\n[1]\n', (3, 1), "JSON object"),
    ("json nested beyond what is written", "a.jsonl", b'{"a":' + b"[" * 500 + b"]" * 500 + b"}\n",
     (None, None), "too deep"),
    ("json key with a zero byte", "a.jsonl", b'{"a\\u0000": 1}\n', (1, 1), "zero byte"),
    ("column with a zero byte", "a.parquet", table_bytes(pa.table({"a\0b": [1]})), (None, None),
     "zero byte"),
    ("json document", "a.json", b'[{"a":1},\n{"a":2}]', (1, 1), "not JSON Lines"),
    ("json spread over lines", "a.json", b'{\n"a":1}\n', (1, 1), "not JSON Lines"),
    ("gzip cut", "a.csv.gz", gzip.compress(MANY)[:-1000], (None, None), "ends too early"),
    ("gzip broken", "a.csv.gz", gzip.compress(GOOD)[:-8] + b"\0" * 8, (None, None), "damaged"),
    ("gzip of nothing", "a.csv.gz", gzip.compress(b""), (None, None), "empty"),
    ("gzip in gzip", "a.gz", gzip.compress(gzip.compress(GOOD)), (None, None), "inside the gzip"),
    ("zip broken", "a.zip", bytes(BROKEN_ZIP), (None, None), "damaged"),
    ("zip cut", "a.zip", zipped(("a.csv", GOOD))[:-10], (None, None), "damaged"),
    ("zip without files", "a.zip", zipped(("d/", b"")), (None, None), "no file"),
    ("zip in zip", "a.zip", zipped(("b.zip", zipped(("a.csv", GOOD)))), (None, None), "inside"),
    ("too many in a zip", "a.zip", zipped(*((f"{i}", GOOD) for i in range(101))), (None, None), "101"),
    ("office document", "a.xlsx", zipped(("[Content_Types].xml", b"x")), (None, None), "office"),
    ("tar", "a.tar", b"x" * 257 + b"ustar" + b"\0" * 99, (None, None), "tar archive"),
    ("xz", "a.csv.xz", b"\xfd7zXZ\x00" + b"x" * 99, (None, None), "xz archive"),
    ("parquet cut", "a.parquet", PARQUET[:-100], (None, None), "damaged"),
    ("parquet altered", "a.parquet", PARQUET[:300] + b"\0" * 9000 + PARQUET[9300:], (None, None), "damaged"),
    ("parquet without rows", "a.parquet", table_bytes(pa.table({"a": []})), (None, None), "single row"),
    ("objects without keys", "a.jsonl", b"{}\n{}\n", (None, None), "single row"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("filename", "content", "place", "word"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_a_bad_file_is_rejected_with_its_place(
    ingest: Ingest,
    actor: Actor,
    filename: str,
    content: bytes,
    place: tuple[int | None, int | None],
    word: str,
) -> None:
    dataset = ingest({filename: content})
    assert dataset.state == "rejected"
    rejection: dict[str, Any] = dataset.rejection
    assert (rejection["line"], rejection["column"]) == place
    assert word in rejection["reason"]
    assert filename.removesuffix(".gz") in rejection["file"]
    assert list(vault.list_objects(str(actor.organisation.pk))) == []
    assert not SourceFile.objects.exists()
    assert entries(actor=actor).filter(action="dataset.reject").count() == 1
    with pytest.raises(api.DatasetNotReadyError):
        api.current_version(dataset=dataset)


def test_files_of_other_columns_are_rejected_by_name(ingest: Ingest) -> None:
    dataset = ingest({"1.csv": b"user,item\n1,2\n", "2.csv": b"user,rating\n1,2\n"})
    reason = dataset.rejection["reason"]
    assert dataset.rejection["file"] == "2.csv"
    assert "lacks “item”" in reason
    assert "has besides “rating”" in reason


def test_a_gzip_bomb_is_refused_long_before_it_is_unpacked(
    ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "BOMB_FLOOR_BYTES", 2**20)
    bomb = gzip.compress(b"a\n" + b"1\n" * 10_000_000, mtime=0)
    rejection = ingest({"a.csv.gz": bomb}).rejection
    assert "times its size" in rejection["reason"]


def test_a_zip_bomb_is_refused_by_what_it_declares_and_by_what_it_holds(
    ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "BOMB_FLOOR_BYTES", 2**20)
    declared = zipped(("a.csv", b"a\n" + b"1\n" * 10_000_000))
    assert "times its size" in ingest({"a.zip": declared}).rejection["reason"]


def test_names_in_an_archive_are_only_shown(ingest: Ingest) -> None:
    dataset = ingest({"a.zip": zipped(("../../etc/passwd.csv", GOOD + b"1\n"))})
    assert dataset.rejection["file"] == "a.zip › passwd.csv"
    assert dataset.rejection["line"] == 3


def test_a_zip_with_a_password_is_refused(ingest: Ingest) -> None:
    content = bytearray(zipped(("a.csv", GOOD)))
    content[6] |= 1  # the flag in the local header
    content[content.index(b"PK\x01\x02") + 8] |= 1  # and in the directory
    assert "password" in ingest({"a.zip": bytes(content)}).rejection["reason"]


def test_a_cleaning_rule_that_does_not_fit_is_named_and_the_first_version_stays(
    ingest: Ingest,
) -> None:
    dataset = ingest({"a.csv": GOOD}, cleaning=[{"rule": "drop_column", "column": "nope"}])
    assert dataset.state == "rejected"
    assert dataset.rejection["kind"] == "rule"
    assert "“nope”" in dataset.rejection["reason"]
    assert api.current_version(dataset=dataset).number == 1
