"""Which versions stay in memory, memory given back, exact answers kept, and recordings to warm up with."""

import asyncio
import gc
import time

import numpy as np
import pytest

from ml.runtime import memory
from platform_core.registry import api as registry
from platform_core.serving import api as serving
from platform_core.serving.engine import LoadOptions, WarmUp, load_predictor
from platform_core.serving.protocol.incoming import InferRequest
from platform_core.serving.runtime.cache import ModelCache
from platform_core.serving.runtime.database import DatabaseThreads
from platform_core.serving.runtime.filling import Filler
from platform_core.serving.runtime.forecast import MemoryForecast
from platform_core.serving.runtime.refusals import Refusal
from platform_core.serving.runtime.response_cache import ResponseCache, key_of
from platform_core.serving.runtime.versions import READY, VersionKey
from platform_core.serving.warm_up import recorded_bodies
from platform_core.vault import api as vault
from tests import factories
from tests.ml.runtime import sample_models


def key(name: str, organisation: str = "a") -> VersionKey:
    return VersionKey(f"id-{name}", organisation, name, "1")


def cache_of(costs: dict[str, tuple[int, float]], budget: int = 100) -> ModelCache:
    """A cache whose loads take (bytes, seconds) by name; the predictor is the name's own."""

    async def fill(entry, make_room):
        size, seconds = costs[entry.key.model_name]
        await make_room(size)
        entry.load_s = seconds
        entry.become_ready(object(), WarmUp(0.001))

    return ModelCache(fill, budget_bytes=budget, slots=1)


def held(cache: ModelCache) -> set[str]:
    return {entry.key.model_name for entry in cache.entries if entry.state is READY}


def in_order(cache: ModelCache, *names: str) -> set[str]:
    async def work():
        for name in names:
            entry = await cache.load(key(name))
            entry.last_used_at = time.time()
        return held(cache)

    return asyncio.run(work())


def test_what_is_quick_to_load_again_goes_before_what_is_slow():
    costs = {"slow": (40, 5.0), "quick": (40, 0.1), "new": (40, 0.1)}
    assert in_order(cache_of(costs), "slow", "quick", "new") == {"slow", "new"}


def test_large_ones_go_before_small_ones_of_the_same_cost():
    costs = {"large": (60, 1.0), "small": (20, 1.0), "new": (40, 1.0)}
    assert in_order(cache_of(costs), "small", "large", "new") == {"small", "new"}


def test_what_nobody_uses_goes_in_the_end_however_slow_its_load():
    costs = {"slow": (40, 1.0), **{f"m{i}": (40, 0.4) for i in range(8)}}
    assert "slow" not in in_order(cache_of(costs), "slow", *(f"m{i}" for i in range(8)))


def test_pinned_versions_stay_and_a_budget_full_of_them_is_refused(monkeypatch):
    monkeypatch.setattr("platform_core.serving.runtime.cache._WAIT_FOR_ROOM_S", 0.05)
    costs = {"pinned": (60, 0.01), "a": (40, 1.0), "b": (40, 1.0), "c": (90, 1.0), "d": (90, 1.0)}
    cache = cache_of(costs)
    cache.pin(["id-pinned"])
    assert in_order(cache, "pinned", "a", "b") == {"pinned", "b"}
    with pytest.raises(Refusal, match="taken by models"):
        in_order(cache, "c")
    cache.pin([])
    assert in_order(cache, "d") == {"d"}


def test_loads_are_measured_and_their_memory_is_returned_to_the_system():
    bundle = sample_models.network((1500, 2000, 1500))
    load_predictor(sample_models.network(), {}, LoadOptions())
    gc.collect()
    memory.give_back()
    before = memory.resident_bytes()
    loaded = [load_predictor(bundle, {}, LoadOptions()) for _ in range(3)]
    weights = bundle.size_bytes
    assert all(weights <= each.size_bytes < 1.1 * weights for each in loaded), (
        "held once, as measured"
    )
    for each in loaded:
        each.predictor.predict({"x": np.ones((8, 1500), dtype=np.float32)}, {})
    assert memory.resident_bytes() - before > 2.5 * weights
    del loaded, each
    gc.collect()
    memory.give_back()
    assert memory.resident_bytes() - before < 0.3 * weights


def test_exact_answers_are_kept_by_organisation_version_and_every_bit_of_the_question():
    def asked(x, **parameters):
        return InferRequest({"x": np.asarray(x, dtype=np.float32)}, parameters)

    keys = {
        key_of(version, request)
        for version in (key("m"), key("m2"), key("m", "b"))
        for request in (asked([1, 2]), asked([1, 3]), asked([[1, 2]]), asked([1, 2], k=1))
    }
    assert len(keys) == 12
    assert key_of(key("m"), asked([1, 2], a=1, b=2)) == key_of(key("m"), asked([1, 2], b=2, a=1))
    texts = [np.array(each, dtype=object) for each in ([b"ab", b"c"], [b"a", b"bc"])]
    assert len({key_of(key("m"), InferRequest({"x": each})) for each in texts}) == 2


def test_kept_answers_are_bounded_in_bytes_and_nobody_can_change_them():
    cache = ResponseCache(10_000)
    whole = np.arange(100_000, dtype=np.float32)
    for number in range(50):
        cache.put(bytes([number]), {"y": whole[:100]})
        cache.get(b"\0")
    assert cache.used_bytes <= 10_000
    assert cache.get(b"\0") is not None, "the one used most recently"
    assert cache.get(b"\1") is None
    with pytest.raises(ValueError, match="read-only"):
        cache.get(b"\0")["y"][0] = 7
    cache.put(b"large", {"y": whole})
    assert cache.get(b"large") is None
    cache.resize(0)
    assert cache.used_bytes == 0


@pytest.fixture
def version(db):
    actor = factories.actor()
    return registry.register_version(
        actor=actor,
        model=registry.ModelSpec(name="net", application="test", task="test"),
        bundle=sample_models.network((4, 3)),
        metrics={},
        parameters={},
        lineage=registry.Lineage(),
    )


def record(version, count: int = 2, rows: int = 1) -> None:
    requests = [
        serving.WarmUpRequest({"x": np.full((rows, 4), 1234.5, dtype=np.float32)})
        for _ in range(count)
    ]
    serving.record_warm_up(
        organisation=version.organisation,
        model="net",
        version=str(version.number),
        requests=requests,
    )


def test_recorded_requests_lie_encrypted_and_are_bounded(version):
    assert recorded_bodies(version) == []
    record(version, 2)
    record(version, 3)
    assert len(recorded_bodies(version)) == 3, "the last recording replaces the one before"
    with pytest.raises(serving.WarmUpTooLargeError):
        record(version, 17)
    with pytest.raises(serving.WarmUpTooLargeError):
        record(version, 2, rows=200_000)
    vault.shred(data_key=version.data_key, actor=factories.actor())
    with pytest.raises(vault.DataKeyShreddedError):
        recorded_bodies(version)


@pytest.mark.django_db(transaction=True)
def test_a_version_is_warmed_up_with_what_was_recorded(version, monkeypatch):
    record(version)
    seen = []
    monkeypatch.setattr(
        "platform_core.serving.runtime.filling.warm_up",
        lambda predictor, requests: seen.extend(requests) or WarmUp(0.001),
    )

    async def load():
        threads = DatabaseThreads("test")
        filler = Filler(threads, LoadOptions(), budget_bytes=2**30)
        cache = ModelCache(filler.fill, budget_bytes=2**30, slots=1)
        name = VersionKey(str(version.pk), str(version.organisation_id), "net", str(version.number))
        entry = await cache.load(name)
        threads.close()
        return entry

    entry = asyncio.run(load())
    assert entry.size_bytes < 4 * 2**20
    assert [inputs["x"][0, 0] for inputs, _ in seen] == [1234.5, 1234.5]


def test_what_small_bundles_take_is_not_foreseen_for_large_ones():
    forecast = MemoryForecast(budget_bytes=4096 * 2**20)
    forecast.learn("native", 20_000, 12 * 2**20)
    assert forecast.bytes_of("native", 28 * 2**20, 28 * 2**20) == 28 * 2**20
    forecast.learn("native", 28 * 2**20, 84 * 2**20)
    assert forecast.bytes_of("native", 100 * 2**20, 100 * 2**20) == 300 * 2**20
    assert forecast.bytes_of("onnx", 100 * 2**20, 101 * 2**20) == 101 * 2**20


def test_what_others_took_turns_nothing_away():
    forecast = MemoryForecast(budget_bytes=4096 * 2**20)
    forecast.learn("native", 10 * 2**20, 1000 * 2**20)
    assert forecast.bytes_of("native", 100 * 2**20, 100 * 2**20) == 4096 * 2**20
    assert forecast.bytes_of("native", 5000 * 2**20, 5000 * 2**20) == 5000 * 2**20
