"""The pages that steer traffic, canaries and roll-back, and what they show."""

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from platform_core.accounts.api import Role
from platform_core.registry import api as registry
from platform_core.serving import api as serving
from platform_core.serving import traffic
from platform_core.serving.models import Canary, Endpoint, ShadowCount, TrafficCount
from platform_core.serving.traffic import Plan
from tests.ml.runtime import sample_models

PAGE = "/endpoints/prices/"


@pytest.fixture
def endpoint(actor, register, settings, tmp_path) -> Endpoint:
    settings.RUNTIME_SOCKET = tmp_path / "nobody.sock"
    register(actor, "scaler", sample_models.scaler(1.0))
    second = register(actor, "scaler", sample_models.scaler(2.0), promote=False)
    registry.set_alias(actor=actor, model=second.model, alias="challenger", version=second)
    return serving.create_endpoint(actor=actor, name="prices", model_name="scaler")


def text(answer) -> str:
    return answer.content.decode()


def test_weights_and_shadow_are_set_on_the_page_and_taken_back_with_one_click(
    actor, page_client, endpoint
):
    client = page_client(actor)
    assert "The traffic was never moved" in text(client.get(PAGE))
    wrong = client.post(f"{PAGE}traffic/", {"traffic-weight_challenger": "101"})
    assert wrong.status_code == 400
    assert 'value="101"' in text(wrong)
    form = {"traffic-weight_challenger": "20", "traffic-shadow": "challenger"}
    assert client.post(f"{PAGE}traffic/", form | {"traffic-copied": "50"}).status_code == 302
    endpoint.refresh_from_db()
    assert (endpoint.weights, endpoint.shadow_alias) == ({"challenger": 20.0}, "challenger")
    assert endpoint.shadow_fraction == 0.5
    shown = text(client.get(PAGE))
    assert "Where requests go" in shown
    assert "Roll back to champion 100 %" in shown
    assert client.post(f"{PAGE}rollback/").status_code == 302
    endpoint.refresh_from_db()
    assert endpoint.weights == {}


def test_a_canary_is_started_watched_and_stopped_on_the_page(actor, page_client, endpoint):
    client = page_client(actor)
    form = {
        "canary-alias": "challenger",
        "canary-steps": "5, 50",
        "canary-min_requests": "100",
        "canary-step_s": "1",
        "canary-errors_percent": "1",
        "canary-max_latency_ratio": "1.5",
    }
    wrong = client.post(f"{PAGE}canary/", form | {"canary-steps": "50, 5"})
    assert wrong.status_code == 400
    assert "growing percentages" in text(wrong)
    assert client.post(f"{PAGE}canary/", form).status_code == 302
    for alias, version, requests in (("champion", 1, 950), ("challenger", 2, 50)):
        TrafficCount.objects.create(
            endpoint=endpoint, epoch=1, node="one", alias=alias, version=version,
            requests=requests, failures=7, latency={"40": requests},
        )  # fmt: skip
    for path in (PAGE, f"{PAGE}state/"):
        shown = text(client.get(path))
        assert "challenger takes 5 % of the requests" in shown
        assert "950" in shown
    assert "Stop the canary" in text(client.get(PAGE))
    client.post(f"{PAGE}rollback/")
    assert Canary.objects.get().state == "stopped"
    assert "The latest canary" in text(client.get(PAGE))


def test_the_comparison_with_the_shadow_says_what_is_missing_and_what_was_found(
    actor, stranger, page_client, endpoint
):
    client = page_client(actor)
    assert "Nothing was compared yet" in text(client.get(f"{PAGE}shadow/"))
    ShadowCount.objects.create(
        endpoint=endpoint, node="one", alias="champion", version=1, shadow_version=2,
        compared=200, agreed=150, failures=3, dropped=4, difference_sum=20.0, difference_max=0.5,
        latency={"40": 200}, shadow_latency={"48": 200},
    )  # fmt: skip
    shown = text(client.get(f"{PAGE}shadow/"))
    assert "75.0" in shown
    assert "2 beside 1" in shown
    assert page_client(stranger).get(f"{PAGE}shadow/").status_code == 404


def test_who_may_not_manage_sees_no_levers(actor, member, stranger, page_client, endpoint):
    traffic.set_traffic(actor=actor, endpoint=endpoint, plan=Plan("champion", {"challenger": 5}))
    viewer = page_client(member(Role.VIEWER))
    shown = text(viewer.get(PAGE))
    assert "Where requests go" in shown
    assert "Send requests elsewhere" not in shown
    assert "Roll back" not in shown
    for path in ("traffic", "canary", "rollback"):
        assert viewer.post(f"{PAGE}{path}/").status_code == 403
        assert page_client(stranger).post(f"{PAGE}{path}/").status_code == 404


def test_the_memory_page_lists_what_is_held_and_says_when_nobody_answers(
    runtime, actor, page_client, serve, settings, tmp_path
):
    name = serve(actor, sample_models.scaler(1.0))
    serving.predict(actor=actor, endpoint=name, inputs={"x": np.ones((1, 4), np.float32)})
    client = page_client(actor)
    part = text(client.get("/endpoints/-/memory/", headers={"HX-Request": "true"}))
    assert name in part
    assert "<html" not in part
    assert "Half of the answers took up to" in text(client.get(f"/endpoints/{name}/"))
    settings.RUNTIME_SOCKET = tmp_path / "nobody.sock"
    assert "does not answer" in text(client.get("/endpoints/-/memory/"))


def test_the_playground_takes_typed_values(runtime, actor, page_client, serve):
    name = serve(actor, sample_models.scaler(3.0))
    client = page_client(actor)
    tried = client.post(f"/endpoints/{name}/try/", {"tensor-input0": "1, 2, 3, 4\n5,6,7,8"})
    assert "24.0" in text(tried)
    refused = client.post(f"/endpoints/{name}/try/", {"tensor-input0": "1, two"})
    assert "Write FP32 values with commas" in text(refused)


def test_pages_read_as_often_for_many_endpoints_as_for_one(
    actor, page_client, endpoint, django_assert_max_num_queries
):
    client = page_client(actor)
    client.get("/endpoints/")
    with CaptureQueriesContext(connection) as one:
        client.get("/endpoints/")
    for number in range(10):
        serving.create_endpoint(actor=actor, name=f"more-{number}", model_name="scaler")
    with django_assert_max_num_queries(len(one)):
        client.get("/endpoints/")
