"""Divided, shadowed and sticky traffic, canaries and roll-back, as callers of a real runtime see them."""

import time
from collections import Counter

import httpx
import numpy as np
import pytest

from platform_core.registry import api as registry
from platform_core.serving import api as serving
from platform_core.serving import canaries, comparing, rollback, traffic
from platform_core.serving.canaries import Rules
from platform_core.serving.models import Canary, RuntimeNode, ShadowCount
from platform_core.serving.traffic import Plan
from tests.ml.runtime import sample_models
from tests.platform_core.serving import native_models

X = {"x": np.ones((1, 4), np.float32)}


@pytest.fixture
def divided(runtime, actor, register, serve):
    """Version 1 multiplies by 1 and is champion, version 2 by 2 and is challenger."""
    name = serve(actor, sample_models.scaler(1.0))
    _challenge(actor, register, name, sample_models.scaler(2.0))
    return serving.get_endpoint(actor=actor, name=name)


def _challenge(actor, register, name, bundle):
    version = register(actor, name, bundle, promote=False)
    registry.set_alias(actor=actor, model=version.model, alias="challenger", version=version)


def eventually(found, within_s: float = 8.0):
    ends_at = time.monotonic() + within_s
    while not (value := found()):
        assert time.monotonic() < ends_at
        time.sleep(0.05)
    return value


def ask(actor, endpoint, **wish):
    return serving.predict(actor=actor, endpoint=endpoint.name, inputs=X, **wish)


def test_requests_are_divided_by_weight_and_each_answer_names_who_gave_it(
    runtime, actor, divided, headers
):
    plan = Plan("champion", {"challenger": 30})
    traffic.set_traffic(actor=actor, endpoint=divided, plan=plan)
    eventually(lambda: ask(actor, divided).alias == "challenger")
    found = [ask(actor, divided) for _ in range(400)]
    shares = Counter(one.alias for one in found)
    assert 70 <= shares["challenger"] <= 170
    for one in found:
        expected = {"champion": ("1", 1.0), "challenger": ("2", 2.0)}[one.alias]
        assert (one.version, one.outputs["y"][0, 0]) == expected
    url, key = f"{runtime.url}/v2/models/{divided.name}/infer", headers(actor)
    body = {"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 4], "data": [1, 1, 1, 1]}]}
    answer = httpx.post(url, json=body, headers=key)
    named = answer.headers["x-pentaquark-version"], answer.headers["x-pentaquark-alias"]
    assert named in {("1", "champion"), ("2", "challenger")}
    assert named[0] == answer.json()["model_version"]
    divided.refresh_from_db()
    eventually(lambda: sum(c.requests for c in comparing.counts(divided)) > 400)


def test_a_key_sticks_in_header_and_parameter_alike(runtime, actor, divided, headers):
    plan = Plan("champion", {"challenger": 50})
    traffic.set_traffic(actor=actor, endpoint=divided, plan=plan)
    eventually(lambda: ask(actor, divided).alias == "challenger")
    url, key = f"{runtime.url}/v2/models/{divided.name}/infer", headers(actor)
    tensor = {"name": "x", "datatype": "FP32", "shape": [1, 4], "data": [1, 1, 1, 1]}
    aliases = set()
    for number in range(12):
        user = f"user-{number}"
        own = {ask(actor, divided, sticky_key=user).alias for _ in range(3)}
        assert len(own) == 1
        body = {"inputs": [tensor], "parameters": {"sticky_key": user}}
        answer = httpx.post(url, json=body, headers=key)
        assert {answer.headers["x-pentaquark-alias"]} == own
        aliases |= own
    assert aliases == {"champion", "challenger"}


def test_a_rollback_is_followed_at_once(actor, divided):
    traffic.set_traffic(actor=actor, endpoint=divided, plan=Plan("champion", {"challenger": 100}))
    eventually(lambda: ask(actor, divided).alias == "challenger")
    began = time.monotonic()
    rollback.roll_back(actor=actor, endpoint=divided)
    eventually(lambda: {ask(actor, divided).alias for _ in range(3)} == {"champion"})
    assert time.monotonic() - began < 1.0


def test_a_canary_that_fails_is_rolled_back_and_one_that_does_well_is_promoted(
    runtime, actor, register, serve
):
    name = serve(actor, sample_models.scaler(1.0))
    endpoint = serving.get_endpoint(actor=actor, name=name)
    _challenge(actor, register, name, sample_models.network((5, 2)))
    rules = Rules(min_requests=60, step_s=0)

    def run() -> Canary:
        canary = canaries.start_canary(
            actor=actor, endpoint=endpoint, alias="challenger", steps=(40,), rules=rules
        )

        def ended() -> bool:
            for _ in range(40):
                try:
                    ask(actor, endpoint)
                except serving.PredictionRefusedError:
                    continue
            canary.refresh_from_db()
            return canary.state != "running"

        eventually(ended, 30)
        return canary

    failed = run()
    assert failed.state == "rolled_back"
    assert "It failed on" in failed.reason
    _challenge(actor, register, name, sample_models.scaler(3.0))
    assert run().state == "finished"
    eventually(lambda: ask(actor, endpoint).outputs["y"][0, 0] == 3)


def test_a_shadow_is_compared_and_neither_its_failure_nor_its_slowness_is_felt(
    runtime, actor, register, serve
):
    name = serve(actor, native_models.sleeper())
    endpoint = serving.get_endpoint(actor=actor, name=name)
    _challenge(actor, register, name, native_models.sleeper())
    plan = Plan("champion", shadow_alias="challenger")
    traffic.set_traffic(actor=actor, endpoint=endpoint, plan=plan)
    held = lambda: {m.version for m in serving.runtime_state() if m.state == "ready"}  # noqa: E731
    eventually(lambda: {"1", "2"} <= held())
    time.sleep(0.4)  # the poll
    for _ in range(30):
        found = serving.predict(actor=actor, endpoint=name, inputs={"seconds": np.full(1, 0.002)})
        assert found.alias == "champion"
    report = eventually(lambda: comparing.reports(actor=actor, endpoint=endpoint))[0]
    report = eventually(
        lambda: next(
            (r for r in comparing.reports(actor=actor, endpoint=endpoint) if r.compared >= 20), None
        )
    )
    assert (report.version, report.shadow_version) == (1, 2)
    assert report.compared + report.dropped <= 30
    assert report.shadow_p50_ms >= 2
    assert ShadowCount.objects.get().failures == 0


def test_a_runtime_announces_itself_and_is_gone_when_it_stops(actor, own_runtime):
    made = own_runtime(NODE="one", MEMORY_MB="64")
    node = eventually(lambda: RuntimeNode.objects.filter(name="one", state="ready").first())
    assert node.capacity_bytes == 64 * 2**20
    metrics = httpx.get(f"{made.url}/metrics").text
    assert "pentaquark_runtime_desired_replicas 1.0" in metrics
    assert "pentaquark_runtime_utilisation" in metrics
    made.terminate()
    assert not RuntimeNode.objects.filter(name="one").exists()
