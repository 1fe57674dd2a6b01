"""Requests answered as one batch."""

import itertools

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from ml.common.bundle import Bundle, BundleError, TensorSpec, build
from ml.runtime.loading import load
from ml.runtime.predictor import PredictionInputError
from ml.runtime.rows import predict_each, rows_are_independent, rule_of
from tests.ml.runtime import sample_models


def graph_of(nodes, inputs, outputs, **attributes) -> Bundle:
    kinds = {"FP32": TensorProto.FLOAT, "INT64": TensorProto.INT64}
    infos = [
        [helper.make_tensor_value_info(n, kinds[d], [None] * len(s)) for n, d, s in side]
        for side in (inputs, outputs)
    ]
    graph = helper.make_graph(nodes, "graph", *infos)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return build(
        flavour="onnx",
        inputs=tuple(TensorSpec(*each) for each in inputs),
        outputs=tuple(TensorSpec(*each) for each in outputs),
        files={"model.onnx": model.SerializeToString()},
        attributes=attributes,
    )


def cumulative(**batching) -> Bundle:
    """y = running sum of every sequence: FP32 (N, L) -> (N, L)."""
    axis = helper.make_node("Constant", [], ["axis"], value_int=1)
    nodes = [axis, helper.make_node("CumSum", ["x", "axis"], ["y"])]
    return graph_of(nodes, [("x", "FP32", (-1, -1))], [("y", "FP32", (-1, -1))], batching=batching)


def test_batched_answers_are_the_single_ones():
    predictor = load(sample_models.network((6, 5, 3)), {})
    random = np.random.default_rng(0)
    requests = [{"x": random.random((rows, 6), dtype=np.float32)} for rows in (1, 3, 1, 2)]
    answers = predict_each(predictor, rule_of(predictor.manifest), requests)
    for request, answer in zip(requests, answers, strict=True):
        np.testing.assert_allclose(
            answer["y"], predictor.predict(request, {})["y"], rtol=1e-5, atol=1e-6
        )


def test_one_bad_row_fails_only_its_own_request():
    predictor = load(sample_models.network((6, 5, 3)), {})
    good = {"x": np.ones((1, 6), dtype=np.float32)}
    bad = [{"x": np.ones((1, 5), dtype=np.float32)}, {"x": np.ones((1, 6))}, {"z": good["x"]}, {}]
    for place in itertools.product([0, 1, 2]):
        for wrong in bad:
            requests = [good, good, good]
            requests.insert(place[0], wrong)
            answers = predict_each(predictor, rule_of(predictor.manifest), requests)
            assert isinstance(answers.pop(place[0]), PredictionInputError)
            assert all(answer["y"].shape == (1, 3) for answer in answers)


def test_a_batch_that_fails_is_tried_one_by_one():
    predictor = load(sample_models.scaler(2.0), {})
    whole = predictor.predict

    def breaks_on_13(inputs, parameters):
        if np.any(inputs["x"] == 13):
            raise RuntimeError("unlucky")
        return whole(inputs, parameters)

    predictor.predict = breaks_on_13
    requests = [{"x": np.full((1, 4), value, dtype=np.float32)} for value in (1, 13, 2)]
    one, unlucky, two = predict_each(predictor, rule_of(predictor.manifest), requests)
    assert one["y"][0, 0] == 2
    assert two["y"][0, 0] == 4
    assert isinstance(unlucky, RuntimeError)


def test_sequences_are_padded_and_every_request_gets_its_own_length_back():
    predictor = load(cumulative(pad={"x": 0.0}, cut=["y"]), {})
    rule = rule_of(predictor.manifest)
    assert rows_are_independent(predictor, rule, [])
    requests = [{"x": np.ones((2, length), dtype=np.float32)} for length in (3, 1, 7)]
    for request, answer in zip(requests, predict_each(predictor, rule, requests), strict=True):
        np.testing.assert_array_equal(answer["y"], np.cumsum(request["x"], axis=1))


def test_sequences_whose_padding_changes_the_answer_are_not_joined():
    nodes = [helper.make_node("ReduceMean", ["x"], ["y"], axes=[1], keepdims=0)]
    signature = [("x", "FP32", (-1, -1))], [("y", "FP32", (-1,))]
    predictor = load(graph_of(nodes, *signature, batching={"pad": {"x": 0.0}}), {})
    assert not rows_are_independent(predictor, rule_of(predictor.manifest), [])


def test_a_model_whose_rows_depend_on_each_other_is_not_joined():
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["mean"], axes=[0], keepdims=1),
        helper.make_node("Sub", ["x", "mean"], ["y"]),
    ]
    signature = [("x", "FP32", (-1, 4))], [("y", "FP32", (-1, 4))]
    predictor = load(graph_of(nodes, *signature), {})
    assert not rows_are_independent(predictor, rule_of(predictor.manifest), [])
    assert rows_are_independent(
        *(lambda p: (p, rule_of(p.manifest)))(load(sample_models.network(), {})), []
    )


def test_manifests_say_how_requests_are_joined():
    assert rule_of(sample_models.network().manifest).max_rows == 64
    own = rule_of(cumulative(max_rows=8, latency_ms=2).manifest)
    assert (own.max_rows, own.latency_s) == (8, 0.002)
    assert own.limited({"max_rows": 4}).max_rows == 4
    assert own.limited({"max_rows": 0, "latency_ms": 7}).latency_s == 0.007
    never = graph_of(
        [helper.make_node("Identity", ["x"], ["y"])],
        [("x", "FP32", (-1, 4))],
        [("y", "FP32", (-1, 4))],
        batching=False,
    )
    assert rule_of(never.manifest) is None
    with pytest.raises(BundleError, match="'z', which has no second axis"):
        rule_of(cumulative(pad={"z": 0}).manifest)
    with pytest.raises(BundleError, match="cannot be used"):
        rule_of(cumulative(max_rows="many").manifest)
