"""Several runtimes: who answers for which endpoint, what happens when one dies, sleep and waking."""

import time

import httpx
import numpy as np
import pytest

from platform_core.serving import api as serving
from platform_core.serving import nodes, runtime_link, runtimes
from platform_core.serving.models import Endpoint, RuntimeNode
from tests.ml.runtime import sample_models
from tests.platform_core.serving import processes

X = {"x": np.ones((1, 4), np.float32)}


def eventually(found, within_s: float = 10.0):
    ends_at = time.monotonic() + within_s
    while not (value := found()):
        assert time.monotonic() < ends_at
        time.sleep(0.05)
    return value


@pytest.fixture
def two(own_runtime, settings, monkeypatch):
    """Two runtimes: one asked over its Unix socket, one over the network with a token."""
    port = processes.free_port()
    started = [
        own_runtime(NODE="one", DISCOVERY="1"),
        own_runtime(NODE="two", DISCOVERY="1", INTERNAL=f"127.0.0.1:{port}"),
    ]
    settings.RUNTIME_DISCOVERY = True
    ready = nodes.ready_nodes  # the runtime that other tests share is up as well
    monkeypatch.setattr(
        nodes, "ready_nodes", lambda: [node for node in ready() if node.name in {"one", "two"}]
    )
    monkeypatch.setattr(runtimes, "_known", (0.0, []))
    monkeypatch.setattr(runtimes, "_down", {})
    eventually(lambda: len(nodes.ready_nodes()) == 2)
    # as if the second one ran on another machine: its socket is out of reach
    row = RuntimeNode.objects.get(name="two")
    monkeypatch.setattr(
        runtimes,
        "_address",
        lambda node: (
            runtimes.Address(host="127.0.0.1", port=port, node="two")
            if node.name == "two"
            else runtimes.Address(node.socket_path, node="one")
        ),
    )
    assert row.internal_url == f"http://127.0.0.1:{port}"
    return dict(zip(("one", "two"), started, strict=True))


def _set_options(name: str, **options) -> None:
    endpoint = Endpoint.objects.get(name=name)
    endpoint.options = options
    endpoint.epoch += 1
    endpoint.save()


def _answering(organisation) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for model in serving.runtime_state(organisation=organisation):
        if model.hits:
            found.setdefault(model.model_name, set()).add(model.node)
    return found


def _refuses_strangers(actor, name: str) -> None:
    """The listener for other machines answers nobody without the platform's token."""
    address = next(one for one in runtimes.all_of_them() if one.node == "two")
    url = f"http://{address.host}:{address.port}"
    asked = {"x-pentaquark-organisation": str(actor.organisation.pk)}
    path = f"/v2/models/{name}/ready"
    for private in ("/internal/state", "/metrics", path):
        assert httpx.get(url + private, headers=asked).status_code == 401
    for another in ("", nodes.make_token("another")):
        refused = httpx.get(url + path, headers=asked | {"x-pentaquark-web": another})
        assert refused.status_code == 401
    assert runtime_link.ask(address, "GET", path, headers=asked, timeout_s=10).status == 200
    assert httpx.get(f"{url}/v2/health/ready").status_code == 200


def test_each_endpoint_has_its_runtime_and_another_takes_over_when_that_dies(two, actor, serve):
    names = [serve(actor, sample_models.scaler(float(n))) for n in range(1, 9)]

    def answers() -> list[float]:
        found = [serving.predict(actor=actor, endpoint=name, inputs=X) for name in names]
        return [float(one.outputs["y"][0, 0]) for one in found]

    assert answers() == [1.0, 2, 3, 4, 5, 6, 7, 8]
    holders = _answering(actor.organisation)
    assert all(len(holders[name]) == 1 for name in names), "one runtime answers for an endpoint"
    assert set().union(*holders.values()) == {"one", "two"}
    _refuses_strangers(actor, names[0])
    two["two"].process.kill()
    two["two"].process.wait()
    began = time.monotonic()
    assert answers() == [1.0, 2, 3, 4, 5, 6, 7, 8]
    assert time.monotonic() - began < 5
    eventually(lambda: [node.name for node in nodes.ready_nodes()] == ["one"])


@pytest.mark.parametrize("token", ["", "x", "9999999999999.ab", "1.ab", "é.é", "99999999999.ab"])
def test_a_token_that_was_not_made_here_proves_nothing(token):
    assert not nodes.is_token(token, "organisation")


def test_a_token_proves_one_organisation_for_a_while(monkeypatch):
    token = nodes.make_token("organisation")
    assert nodes.is_token(token, "organisation")
    assert not nodes.is_token(token, "another")
    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)
    assert not nodes.is_token(token, "organisation")


def test_an_idle_model_is_unloaded_and_the_next_request_wakes_it(runtime, actor, serve):
    name = serve(actor, sample_models.scaler(3.0))
    serving.predict(actor=actor, endpoint=name, inputs=X)
    _set_options(name, idle_unload_s=1)

    def held() -> list[str]:
        rows = serving.runtime_state(organisation=actor.organisation)
        return [row.version for row in rows if row.model_name == name]

    assert held() == ["1"]
    eventually(lambda: held() == [])
    found = serving.predict(actor=actor, endpoint=name, inputs=X)
    assert found.outputs["y"][0, 0] == 3
    assert held() == ["1"]


def test_an_equal_request_is_answered_from_what_was_kept_until_the_version_changes(
    runtime, actor, serve
):
    name = serve(actor, sample_models.scaler(3.0))
    _set_options(name, response_cache_bytes=100_000, pinned=True)

    def kept() -> float:
        lines = httpx.get(f"{runtime.url}/metrics").text.splitlines()
        mine = [x for x in lines if "kept_answers_total" in x and f'model="{name}"' in x]
        return float(mine[0].rpartition(" ")[2]) if mine else 0.0

    def ask(inputs) -> float:
        found = serving.predict(actor=actor, endpoint=name, inputs=inputs)
        return float(found.outputs["y"][0, 0])

    eventually(lambda: ask(X) == 3 and kept() > 0)
    before = kept()
    assert ask({"x": X["x"] * 2}) == 6, "another question is asked of the model"
    assert kept() == before
    serve(actor, sample_models.scaler(5.0), name=name)
    eventually(lambda: ask(X) == 5)
