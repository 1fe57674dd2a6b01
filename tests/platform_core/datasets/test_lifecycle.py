"""Retries, deletion, shredding, sweeping: what is left when something ends early."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from ml.common.progress import TrainingStoppedError
from platform_core.accounts.api import Actor
from platform_core.audit.api import entries
from platform_core.datasets import api, engine, services
from platform_core.datasets.errors import DatasetDeletedError
from platform_core.datasets.ingest import making, shards
from platform_core.datasets.models import SourceFile
from platform_core.errors import InvalidInputError
from platform_core.vault import api as vault
from tests.platform_core.datasets.conftest import InPlaceContext

Ingest = Callable[..., api.Dataset]
CSV = b"a,b\n" + b"".join(b"%d,x%d\n" % (i, i % 7) for i in range(1000))


def objects(actor: Actor) -> list[str]:
    return list(vault.list_objects(str(actor.organisation.pk)))


def upload(actor: Actor, name: str = "t") -> api.Dataset:
    file = api.upload_bytes(actor=actor, filename="a.csv", stream=io.BytesIO(CSV))
    return api.create_dataset(actor=actor, name=name, uploads=[file])


def test_a_killed_attempt_leaves_no_trace_in_the_next(
    actor: Actor, queued: list[InPlaceContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = upload(actor)
    context = queued.pop()

    def killed(*args: Any) -> bytes:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(making, "_sealed", killed)
        with pytest.raises(KeyboardInterrupt):
            engine.ingest(context)
    left = objects(actor)
    assert len(left) == 2  # the upload, and a shard nobody points to
    with pytest.raises(api.DatasetNotReadyError):
        api.current_version(dataset=dataset)
    assert engine.ingest(context)["rows"] == 1000
    version = api.current_version(dataset=dataset)
    assert objects(actor) == [shard.path for shard in version.shards.all()]
    assert not set(objects(actor)) & set(left)
    assert engine.ingest(context)["rows"] == 1000  # a job run once more changes nothing


def test_a_cancelled_job_stops_and_writes_nothing(
    actor: Actor, queued: list[InPlaceContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_REPORT_EVERY_S", 0.0)
    upload(actor)
    context = queued.pop()
    context.stopping = True
    with pytest.raises(TrainingStoppedError):
        engine.ingest(context)
    assert len(objects(actor)) == 1


def test_a_deleted_data_set_cannot_be_read_again(ingest: Ingest, actor: Actor) -> None:
    dataset = ingest({"a.csv": CSV})
    version = api.current_version(dataset=dataset)
    held = api.DatasetVersion.objects.select_related("data_key").get(pk=version.pk)
    shard = held.shards.get()
    api.delete_dataset(actor=actor, dataset=dataset)
    assert objects(actor) == []
    held.data_key.refresh_from_db()
    assert held.data_key.is_shredded
    with pytest.raises(vault.VaultError):
        _ = held.profile
    with pytest.raises((vault.VaultError, InvalidInputError)):
        vault.open_reader(data_key=held.data_key, path=shard.path, context=shard.context).read()
    with pytest.raises(api.DatasetNotFoundError):
        api.get_dataset(actor=actor, key=dataset.name)
    assert entries(actor=actor).filter(action="dataset.delete").count() == 1


def test_a_job_whose_data_set_was_deleted_ends_quietly(
    actor: Actor, queued: list[InPlaceContext]
) -> None:
    api.delete_dataset(actor=actor, dataset=upload(actor))
    assert engine.ingest(queued.pop()) == {}
    assert objects(actor) == []
    assert not SourceFile.objects.exists()


def test_a_data_set_deleted_during_its_ingest_leaves_nothing(
    actor: Actor, queued: list[InPlaceContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset, sealed = upload(actor), making._sealed
    context = queued[0]

    def deleted_meanwhile(*args: Any) -> bytes:
        api.delete_dataset(actor=actor, dataset=dataset)
        assert context.stopping, "its job is cancelled"
        return sealed(*args)

    monkeypatch.setattr(making, "_sealed", deleted_meanwhile)
    assert engine.ingest(context) == {}
    assert objects(actor) == []
    assert not api.DatasetVersion.objects.exists()


def test_a_job_that_is_retried_makes_what_it_left(
    actor: Actor, queued: list[InPlaceContext]
) -> None:
    dataset = upload(actor)
    services.ingest_unfinished(job_id=queued[0].job_id)
    dataset.refresh_from_db()
    assert (dataset.state, dataset.rejection["kind"]) == ("rejected", "job")
    assert engine.ingest(queued[0])["rows"] == 1000
    dataset.refresh_from_db()
    assert (dataset.state, dataset.rejection) == ("ready", None)


@pytest.mark.parametrize("shards_read", [0, 1])
def test_who_reads_a_data_set_that_is_deleted_is_told_what_to_do(
    ingest: Ingest, actor: Actor, monkeypatch: pytest.MonkeyPatch, shards_read: int
) -> None:
    monkeypatch.setattr(shards, "GROUP_ROWS", 100)
    monkeypatch.setattr(shards, "SHARD_ROWS", 300)
    dataset = ingest({"a.csv": CSV})
    batches = api.iter_batches(version=api.current_version(dataset=dataset))
    for _ in range(shards_read):
        next(batches)
    api.delete_dataset(actor=actor, dataset=dataset)
    with pytest.raises(DatasetDeletedError) as refusal:
        list(batches)
    assert refusal.value.permanent
    assert "another data set" in refusal.value.remedy


def test_uploads_nobody_took_are_swept_after_a_day(ingest: Ingest, actor: Actor) -> None:
    old = api.upload_bytes(actor=actor, filename="a.csv", stream=io.BytesIO(CSV))
    new = api.upload_bytes(actor=actor, filename="b.csv", stream=io.BytesIO(CSV))
    SourceFile.objects.filter(pk=old.id).update(created_at=timezone.now() - timedelta(days=2))
    ingest({"c.csv": CSV})
    assert [row.pk for row in SourceFile.objects.all()] == [new.id]


def test_a_failing_stream_leaves_nothing(actor: Actor) -> None:
    class Failing(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        api.upload_bytes(actor=actor, filename="a.csv", stream=Failing())
    assert objects(actor) == []
    assert not SourceFile.objects.exists()


def test_an_upload_is_taken_once_and_only_by_its_own_organisation(
    actor: Actor, stranger: Actor
) -> None:
    file = api.upload_bytes(actor=actor, filename="a.csv", stream=io.BytesIO(CSV))
    with pytest.raises(api.UploadError):
        api.create_dataset(actor=stranger, name="theft", uploads=[file])
    api.create_dataset(actor=actor, name="mine", uploads=[file])
    with pytest.raises(api.UploadError):
        api.create_dataset(actor=actor, name="again", uploads=[file])
    assert api.datasets(actor=stranger).count() == 0


def test_many_shards_read_as_one_table(ingest: Ingest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "GROUP_ROWS", 100)
    monkeypatch.setattr(shards, "SHARD_ROWS", 300)
    version = api.current_version(dataset=ingest({"a.csv": CSV}))
    assert [shard.rows for shard in version.shards.all()] == [300, 300, 300, 100]
    assert api.read_table(version=version, columns=["a"])["a"].to_pylist() == list(range(1000))
    batches = list(api.iter_batches(version=version, columns=["b", "a"]))
    assert batches[0].schema.names == ["b", "a"]
    with pytest.raises(InvalidInputError, match="“c”"):
        api.iter_batches(version=version, columns=["c"])


def test_the_profile_counts_what_is_there(ingest: Ingest) -> None:
    rows = ["n,text,flag,day"] + [
        f"{i % 10},w{i % 3} ,{i % 2 == 0},2024-01-{1 + i % 28:02}" for i in range(1000)
    ]
    rows += ["1000000,,,", "1000000,,,"]
    version = api.current_version(dataset=ingest({"a.csv": "\n".join(rows).encode()}))
    numbers, words, flag, day = version.profile["columns"]
    assert (numbers["min"], numbers["max"], numbers["missing"]) == (0, 1000000, 0)
    assert numbers["mean"] == pytest.approx((4.5 * 1000 + 2e6) / 1002)
    assert numbers["outliers"]["count"] == 2
    assert sum(numbers["histogram"]["counts"]) == 1002
    assert words["distinct"] == {"count": 3, "approximate": False}
    assert words["top"][0] == {"value": "w0 ", "count": 334}
    assert words["text_length"]["mean"] == 3
    assert words["missing"] == 2
    assert flag["type"] == "bool"
    assert (day["min"], day["max"]) == ("2024-01-01", "2024-01-28")
    assert version.profile["duplicate_rows"]["count"] > 500
    kinds = {issue["kind"] for issue in version.issues}
    assert kinds >= {"duplicate_rows", "missing_values", "outliers", "untrimmed_text"}
