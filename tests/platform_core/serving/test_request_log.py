"""The request log: what is drawn, how it is kept, and that it can be destroyed."""

import time
from datetime import UTC, datetime, timedelta

import httpx
import numpy as np
import pytest
from django.utils import timezone

from platform_core.serving import api as serving
from platform_core.serving import request_log
from platform_core.serving.errors import EndpointInvalidError
from platform_core.serving.models import Endpoint, LogBatch, LogDay
from platform_core.serving.options import set_options
from platform_core.serving.protocol import records
from platform_core.serving.protocol.incoming import InferRequest
from platform_core.serving.protocol.records import Record
from platform_core.serving.request_log import Body
from platform_core.serving.runtime.request_log import RequestLog, Sampler
from platform_core.serving.runtime.traffic import Arm
from platform_core.vault import api as vault
from tests.ml.runtime import sample_models

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def record(**changes):
    texts = np.array([b"one", "zwei"], dtype=object)
    fields = {
        "id": "a",
        "at": 1.5,
        "version": 3,
        "alias": "champion",
        "seconds": 0.25,
        "inputs": {"x": np.arange(6, dtype=np.float32).reshape(2, 3), "t": texts},
        "outputs": {"y": np.array([np.nan, 2.0])},
    }
    return Record(**fields | changes)


def test_records_come_back_as_they_were_packed():
    first, second = records.unpack(records.pack([record(), record(id="b", inputs={})]))
    assert (first.id, first.at, first.version, first.alias, first.seconds) == (
        "a", 1.5, 3, "champion", 0.25,
    )  # fmt: skip
    assert first.inputs["x"].dtype == np.float32
    np.testing.assert_array_equal(first.inputs["x"], record().inputs["x"])
    assert list(first.inputs["t"]) == [b"one", b"zwei"]
    np.testing.assert_array_equal(first.outputs["y"], [np.nan, 2.0])
    assert (first.rows, second.rows) == (2, 1)


def test_a_cut_batch_is_refused():
    with pytest.raises(ValueError, match="larger than any"):
        list(records.unpack(records.pack([record()])[:-4]))


def test_the_ring_is_bounded_and_counts_what_it_drops():
    log, arm = RequestLog(), Arm(("org", "name"), "champion", None)
    sampler = arm.sampler = Sampler(None)
    sampler.heed({"log_rate": 1})
    outputs = {"y": np.zeros(30_000)}
    for _ in range(50):
        log.offer(arm, (1, 0.1), InferRequest({"x": np.zeros(1)}), outputs)
    assert log.waiting_bytes <= 8 * 2**20
    assert sampler.dropped == log.dropped == 50 - 34
    large = InferRequest({"x": np.zeros(40_000)})
    log.offer(arm, (1, 0.1), large, {})
    assert log.dropped == 17
    assert large.id == ""


def test_a_sampler_draws_its_part_and_no_more_rows_than_a_day_may_have():
    sampler = Sampler(None)
    sampler.heed({"log_rate": 0.25, "log_max_rows": 10_000})
    drawn = sum(sampler.draws() for _ in range(4000))
    assert 850 < drawn < 1150
    sampler.logged_today(9_999, 1)
    assert not any(sampler.draws() for _ in range(200))
    sampler.heed({"log_rate": 1, "log_max_rows": 10_001})
    assert sampler.draws()


@pytest.fixture
def endpoint(actor, register) -> Endpoint:
    register(actor, "scaler", sample_models.scaler(1.0))
    return serving.create_endpoint(actor=actor, name="prices", model_name="scaler")


def written(endpoint, *found) -> LogDay:
    now = timezone.now()
    body = Body(records.pack(found), len(found), now, now)
    return request_log.append(endpoint=endpoint, kind=LogBatch.Kind.REQUESTS, body=body)


def test_what_is_stored_is_unreadable_without_its_key_and_destroyed_with_it(actor, endpoint):
    marked = record(id="customer-4711", at=time.time())
    day = written(endpoint, marked)
    assert (day.rows, day.labels) == (1, 0)
    batch = LogBatch.objects.get()
    (found,) = request_log.records(endpoint=endpoint, since=LONG_AGO)
    assert found.id == "customer-4711"
    assert not list(request_log.records(endpoint=endpoint, since=timezone.now()))
    kept = LogBatch.objects.select_related("log_day__data_key").get()
    assert request_log.forget(actor=actor, endpoint=endpoint, reason="asked by the customer") == 1
    assert not vault.exists(batch.path)
    assert not LogDay.objects.exists()
    kept.log_day.data_key.refresh_from_db()
    assert kept.log_day.data_key.is_shredded
    with pytest.raises(vault.VaultError):
        request_log.read(kept)


def test_a_day_is_destroyed_when_its_time_is_over_and_with_its_endpoint(actor, endpoint):
    set_options(actor=actor, endpoint=endpoint, options={"log_days": 3})
    endpoint.refresh_from_db()
    written(endpoint, record())
    today = timezone.now().date()
    assert request_log.expire(today + timedelta(days=3)) == 0
    assert request_log.expire(today + timedelta(days=4)) == 1
    written(endpoint, record())
    serving.delete_endpoint(actor=actor, endpoint=endpoint)
    assert not LogDay.objects.exists()


def test_options_are_checked_and_merged(actor, endpoint):
    set_options(actor=actor, endpoint=endpoint, options={"log_rate": 0.5, "pinned": True})
    changed = set_options(actor=actor, endpoint=endpoint, options={"log_rate": 0})
    assert changed.options == {"pinned": True}
    for wrong in ({"log_rate": 2}, {"nonsense": 1}):
        with pytest.raises(EndpointInvalidError):
            set_options(actor=actor, endpoint=endpoint, options=wrong)


def test_a_runtime_logs_what_it_drew_and_answers_with_the_id(runtime, actor, serve, headers):
    name = serve(actor, sample_models.scaler(3.0))
    endpoint = serving.get_endpoint(actor=actor, name=name)
    url = f"{runtime.url}/v2/models/{name}/infer"
    body = {"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 4], "data": [1, 2, 3, 4]}]}
    with httpx.Client(headers=headers(actor)) as client:
        assert "id" not in client.post(url, json=body).json()
        set_options(actor=actor, endpoint=endpoint, options={"log_rate": 1})
        ends_at = time.monotonic() + 8
        while "id" not in (answer := client.post(url, json=body).json()):
            assert time.monotonic() < ends_at
            time.sleep(0.05)
        assert client.post(url, json=body | {"id": "mine"}).json()["id"] == "mine"
    found = {}
    while not {"mine", answer["id"]} <= found.keys():
        assert time.monotonic() < ends_at + 8
        time.sleep(0.1)
        found = {one.id: one for one in request_log.records(endpoint=endpoint, since=LONG_AGO)}
    np.testing.assert_allclose(found["mine"].outputs["y"], [[3, 6, 9, 12]])
    assert (found["mine"].version, found["mine"].alias) == (1, "champion")
    metrics = httpx.get(f"{runtime.url}/metrics").text
    assert 'pentaquark_runtime_logged_requests_total{what="kept"}' in metrics
