"""Every method on models whose answers are known."""

import numpy as np
import onnx
import pytest

from ml.common import arrays
from ml.compression import dense, measure, methods
from ml.compression.contract import Material, NotApplicableError
from ml.compression.networks import MODEL_FILE, open_network
from ml.runtime.loading import load
from tests.ml.compression import models

ON_NETWORKS = {
    # method: (largest share of the parent's size, least agreement)
    "fp16": (0.75, 0.99),
    "bf16": (0.75, 0.97),
    "int8_dynamic": (0.75, 0.97),
    "int8_static": (0.85, 0.95),
    "int8_per_channel": (0.90, 0.95),
    "prune": (0.65, 0.95),
    "distil": (0.80, 0.90),
}


@pytest.fixture(scope="module")
def material():
    return Material(inputs={"features": models.rows(1000)}, seed=5)


@pytest.fixture(scope="module")
def unseen():
    return {"features": models.rows(400, seed=1)}


def _compare(parent, child, unseen):
    _, before = measure.measure(parent, unseen)
    return measure.measure(child, unseen, parent=before)[0]


@pytest.mark.parametrize("name", ON_NETWORKS)
def test_a_network_becomes_smaller_and_answers_the_same(name, material, unseen):
    parent = models.network(hidden=256)

    child = methods.get(name)(parent, material)

    size, least = ON_NETWORKS[name]
    figures = _compare(parent, child, unseen)
    assert figures.size_bytes < size * parent.size_bytes
    assert figures.agreement >= least
    assert child.manifest.inputs == parent.manifest.inputs
    assert child.manifest.outputs == parent.manifest.outputs


def test_a_simplified_graph_answers_exactly_the_same(material, unseen):
    parent = models.network()
    child = methods.get("graph")(parent, material)
    before, after = (load(each, {}).predict(unseen, {}) for each in (parent, child))
    np.testing.assert_allclose(before["probabilities"], after["probabilities"], atol=1e-6)
    assert len(open_network(child).graph.node) < len(open_network(parent).graph.node)


def test_pruning_drops_the_units_that_do_nothing(material):
    child = methods.get("prune")(models.network(hidden=64), material)
    assert dense.read(open_network(child)).widths == [models.FEATURES, 32, models.CLASSES]


def test_a_student_of_boosted_trees_is_a_network_with_their_signature(material, unseen):
    parent = models.booster()
    child = methods.get("distil")(parent, material)
    figures = _compare(parent, child, unseen)
    assert child.manifest.flavour == "onnx"
    assert load(child, {}).predict(unseen, {})["score"].shape == (400,)
    assert figures.size_bytes < 0.2 * parent.size_bytes
    assert figures.agreement > 0.9


def test_half_of_the_trees_keep_most_of_the_answer(unseen):
    parent = models.booster()
    child = methods.get("fewer_trees")(parent, Material())
    figures = _compare(parent, child, unseen)
    assert 0.4 < figures.size_bytes / parent.size_bytes < 0.6
    assert figures.agreement > 0.98


@pytest.mark.parametrize(
    ("name", "share", "error"),
    [
        ("table_fp16", 0.6, 1e-2),
        ("table_int8", 0.4, 0.1),
        ("table_low_rank", 0.4, 0.5),
        ("table_pq", 0.75, 4),
    ],
)
def test_a_compressed_table_comes_back_when_it_is_loaded(name, share, error):
    parent = models.tables()
    child = methods.get(name)(parent, Material(seed=2))
    before, after = (arrays.load(each.files["model.safetensors"]) for each in (parent, child))
    assert child.size_bytes < share * parent.size_bytes
    assert after["items"].dtype == np.float32
    assert np.abs(before["items"] - after["items"]).max() < error
    assert np.array_equal(before["bias"], after["bias"])


def test_low_rank_finds_the_rank_of_the_table():
    child = methods.get("table_low_rank")(models.tables(), Material())
    stored = arrays.load_as_stored(child.files["model.safetensors"])
    assert stored["items@lowrank.left"].shape[1] <= 6


def test_the_same_seed_gives_the_same_bundle(material):
    for name in ("distil", "int8_static"):
        one, two = (methods.get(name)(models.network(), material) for _ in range(2))
        assert one.manifest.files == two.manifest.files, name


@pytest.mark.parametrize(
    ("name", "bundle", "words"),
    [
        ("int8_dynamic", models.booster, "ONNX"),
        ("table_pq", models.network, "tables of vectors"),
        ("fewer_trees", models.network, "XGBoost"),
        ("prune", lambda: models.network(branch=True), "Mul"),
    ],
)
def test_a_method_that_does_not_apply_says_why(name, bundle, words, material):
    with pytest.raises(NotApplicableError, match=words):
        methods.get(name)(bundle(), material)


def test_learning_methods_refuse_too_few_rows():
    with pytest.raises(NotApplicableError, match="at least 200 rows"):
        methods.get("distil")(models.network(), Material(inputs={"features": models.rows(20)}))


def test_a_student_refuses_missing_values(material):
    broken = material.inputs["features"].copy()
    broken[3, 3] = np.nan
    with pytest.raises(NotApplicableError, match="missing values"):
        methods.get("distil")(models.network(), Material(inputs={"features": broken}))


def test_no_file_is_written_while_compressing(material, monkeypatch, tmp_path):
    """Plaintext of models never touches disk: the temporary folder stays empty and unused."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "absent"))
    for name in ("int8_dynamic", "int8_static", "graph", "fp16"):
        methods.get(name)(models.network(), material)


def test_a_dense_network_survives_reading_and_writing(unseen):
    network = open_network(models.network())
    layers = dense.read(network)
    again = dense.write(layers, models.INPUT, models.OUTPUT.shape)
    onnx.checker.check_model(again)
    bundle = models.network()
    copy = {**bundle.files, MODEL_FILE: again.SerializeToString()}
    child = type(bundle)(manifest=bundle.manifest, files=copy)
    before, after = (load(each, {}).predict(unseen, {}) for each in (bundle, child))
    np.testing.assert_allclose(before["probabilities"], after["probabilities"], atol=1e-5)
