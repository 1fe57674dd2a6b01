"""Traces from the page through the socket to the model, as a collector receives them."""

import os
import subprocess
import sys

import httpx
import pytest
from django.conf import settings as django_settings

from platform_core.web import tracing
from tests.ml.runtime import sample_models
from tests.platform_core.serving import processes
from tests.platform_core.serving.collector import collector

BODY = {"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 4], "data": [1, 2, 3, 4]}]}
GIVEN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
MIDDLEWARE = "platform_core.web.tracing.TracingMiddleware"


@pytest.fixture
def traced(child_environment, transactional_db, settings, tmp_path_factory, monkeypatch):
    """A runtime that sends its spans to a collector, and web requests that do."""
    with collector() as (url, collected):
        variables = {"PENTAQUARK_OTLP_URL": url, "PENTAQUARK_TRACE_RATIO": "0"}
        runtime = processes.RuntimeProcess(
            tmp_path_factory.mktemp("rt"), child_environment | variables
        )
        settings.RUNTIME_SOCKET, settings.OTLP_URL = runtime.socket, url
        settings.TRACE_RATIO = 0.0
        settings.MIDDLEWARE = [MIDDLEWARE, *settings.MIDDLEWARE]
        monkeypatch.setattr(tracing, "_tracing", None)
        yield runtime.start(), collected
        runtime.stop()
        if tracing._tracing is not None:
            tracing._tracing.stop()


def test_a_trace_goes_from_the_web_through_the_runtime_to_the_model(
    traced, actor, serve, headers, rest_client
):
    runtime, collected = traced
    name = serve(actor, sample_models.scaler(2.0))
    predict = f"/api/v1/endpoints/{name}/predict/"
    answer = rest_client(actor).post(
        predict, {"inputs": {"x": [[1, 2, 3, 4]]}}, HTTP_TRACEPARENT=GIVEN
    )
    assert answer.status_code == 200, answer.content
    assert answer["traceparent"].split("-")[1] == GIVEN.split("-")[1]
    route = "POST api/v1/endpoints/<str:name>/predict/"
    found = collected.of_trace(GIVEN.split("-")[1], route, "infer", "decode", "model", "encode")
    assert [found[n][0] for n in (route, "infer", "model")] == [
        "pentaquark-web", "pentaquark-runtime", "pentaquark-runtime",
    ]  # fmt: skip
    spans = {key: span for key, (_service, span) in found.items()}
    assert spans[route].parent_span_id.hex() == GIVEN.split("-")[2]
    assert spans["infer"].parent_span_id == spans[route].span_id
    for stage in ("decode", "model", "encode"):
        assert spans[stage].parent_span_id == spans["infer"].span_id
    said = {a.key: a.value.string_value for a in spans["model"].attributes}
    assert (said["pentaquark.endpoint"], said["pentaquark.version"]) == (name, "1")
    assert spans["infer"].start_time_unix_nano <= spans["model"].start_time_unix_nano
    assert spans["model"].end_time_unix_nano <= spans["infer"].end_time_unix_nano

    # over TCP too; who does not sample is not recorded, and is answered all the same
    url = f"{runtime.url}/v2/models/{name}/infer"
    other = "1" * 32
    key = headers(actor)
    silent = httpx.post(url, json=BODY, headers=key | {"traceparent": f"00-{other}-{'2' * 16}-00"})
    assert silent.headers["traceparent"].split("-")[1::2] == [other, "00"]
    mine = "3" * 32
    direct = httpx.post(url, json=BODY, headers=key | {"traceparent": f"00-{mine}-{'4' * 16}-01"})
    assert direct.headers["traceparent"].split("-")[1::2] == [mine, "01"]
    collected.of_trace(mine, "infer", "model")
    assert not [span for _service, span in collected.spans if span.trace_id.hex() == other]
    metrics = httpx.get(f"{runtime.url}/metrics").text
    for stage in ("decode", "model", "encode"):
        assert f'stage="{stage}"' in metrics


def test_without_an_address_opentelemetry_is_not_imported(runtime):
    assert MIDDLEWARE not in django_settings.MIDDLEWARE
    assert tracing.carried(given := {"a": "b"}) is given
    check = (
        "import django, sys; django.setup()\n"
        "from platform_core.serving.runtime import process, tracing\n"
        "from platform_core.serving.runtime.rest import RestApplication\n"
        "assert tracing.parts('', 1.0).application is RestApplication\n"
        "assert not [name for name in sys.modules if name.startswith('opentelemetry')]\n"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    environment.pop("PENTAQUARK_OTLP_URL", None)
    subprocess.run([sys.executable, "-c", check], check=True, env=environment, cwd=processes.ROOT)
