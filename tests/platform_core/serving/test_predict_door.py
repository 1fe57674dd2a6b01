import os
import subprocess
import sys

import numpy as np
import pytest

from platform_core.errors import PermissionDeniedError
from platform_core.registry import api as registry
from platform_core.serving import api as serving
from tests.ml.runtime import sample_models
from tests.platform_core.serving import native_models, processes

X_NF = np.ones((2, 4), dtype=np.float32)


def test_arrays_and_lists_are_answered_with_arrays_and_the_version(runtime, actor, serve):
    name = serve(actor, sample_models.scaler(4.0))
    found = serving.predict(actor=actor, endpoint=name, inputs={"x": X_NF})
    assert found.model_version == "1"
    np.testing.assert_array_equal(found.outputs["y"], X_NF * 4)
    again = serving.predict(actor=actor, endpoint=name, inputs={"x": [[1, 1, 1, 1]]})
    assert again.outputs["y"].tolist() == [[4, 4, 4, 4]]


def test_the_predictors_words_reach_the_caller(runtime, actor, serve):
    name = serve(actor, sample_models.scaler())
    with pytest.raises(serving.PredictionRefusedError, match="'x' is FP64; the model takes FP32"):
        serving.predict(actor=actor, endpoint=name, inputs={"x": X_NF.astype(np.float64)})


def test_parameters_reach_the_predictor(runtime, actor, serve):
    name = serve(actor, native_models.sleeper())
    with pytest.raises(serving.PredictionRefusedError, match="not to my taste"):
        serving.predict(
            actor=actor,
            endpoint=name,
            inputs={"seconds": np.zeros(1)},
            parameters={"operation": "refuse"},
        )


def test_a_slow_answer_is_given_up_and_the_next_one_is_right(runtime, actor, serve):
    slow, name = serve(actor, native_models.sleeper()), serve(actor, sample_models.scaler(2.0))
    with pytest.raises(serving.PredictionTimeoutError):
        serving.predict(
            actor=actor, endpoint=slow, inputs={"seconds": np.full(1, 0.6)}, timeout_s=0.1
        )
    found = serving.predict(actor=actor, endpoint=name, inputs={"x": X_NF})
    assert found.outputs["y"][0, 0] == 2


def test_second_organisation_cannot_predict(runtime, actor, stranger, serve):
    name = serve(actor, sample_models.scaler())
    with pytest.raises(serving.EndpointNotFoundError):
        serving.predict(actor=stranger, endpoint=name, inputs={"x": X_NF})
    assert serving.runtime_state(organisation=stranger.organisation) == []


def test_an_actor_without_the_permission_is_refused(runtime, actor, serve):
    narrowed = type(actor)(actor.organisation, actor.user, actor.role, frozenset({"read"}))
    with pytest.raises(PermissionDeniedError):
        serving.predict(actor=narrowed, endpoint="any", inputs={"x": X_NF})


def test_the_state_tells_what_is_in_memory(runtime, actor, serve):
    name = serve(actor, sample_models.scaler())
    serving.predict(actor=actor, endpoint=name, inputs={"x": X_NF})
    (held,) = serving.runtime_state(organisation=actor.organisation)
    assert (held.state, held.version, held.endpoints, held.hits) == ("ready", "1", (name,), 1)
    assert held.size_bytes > 0
    assert held.load_s > 0
    assert held.p50_ms > 0


def test_a_runtime_that_is_down_is_a_503_with_a_remedy(actor, settings, tmp_path):
    settings.RUNTIME_SOCKET = tmp_path / "nobody.sock"
    with pytest.raises(serving.RuntimeDownError) as caught:
        serving.predict(actor=actor, endpoint="any", inputs={"x": X_NF})
    assert caught.value.status == 503
    assert "manage.py runtime" in caught.value.remedy
    with pytest.raises(serving.RuntimeDownError):
        serving.runtime_state()


def test_web_modules_of_serving_import_neither_numpy_nor_a_model_library():
    code = (
        "import sys, django; django.setup(); before = set(sys.modules)\n"
        "from platform_core.serving import api, urls, rest_urls\n"
        "heavy = {'numpy', 'onnxruntime', 'xgboost', 'torch', 'grpc', 'uvicorn'}\n"
        "assert not heavy & (set(sys.modules) - before), heavy & set(sys.modules)\n"
    )
    subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        cwd=processes.ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
    )


def test_a_prediction_names_the_alias_and_takes_a_certain_one(runtime, actor, register, serve):
    name = serve(actor, sample_models.scaler(1.0))
    second = register(actor, name, sample_models.scaler(2.0), promote=False)
    registry.set_alias(actor=actor, model=second.model, alias="challenger", version=second)
    ones = {"x": np.ones((1, 4), np.float32)}

    def ask(**wish: str) -> tuple[str, str, float]:
        found = serving.predict(actor=actor, endpoint=name, inputs=ones, **wish)
        return found.alias, found.version, float(found.outputs["y"][0, 0])

    assert ask() == ("champion", "1", 1.0)
    assert ask(alias="challenger") == ("challenger", "2", 2.0)
    assert ask(alias="champion", sticky_key="客户 1") == ("champion", "1", 1.0)
    assert ask(version="2") == ("", "2", 2.0)
    for wish in ({"alias": "nobody"}, {"alias": "2"}, {"version": "3"}):
        with pytest.raises(serving.EndpointNotFoundError, match="has no"):
            ask(**wish)
