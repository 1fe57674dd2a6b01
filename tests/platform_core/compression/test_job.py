"""A compression from the request to new versions in the registry."""

import numpy as np
import pytest

from apps.recommendation import engine as recommendation
from ml.compression import methods
from ml.runtime.loading import load
from platform_core.compression.errors import CompressionInputError
from platform_core.compression.params import METHODS, CompressionSpec
from platform_core.compression.services import request_compression
from platform_core.jobs import api as jobs
from platform_core.registry import api as registry
from tests import factories
from tests.apps.recommendation import conftest as recommenders
from tests.ml.compression import models
from tests.platform_core.compression.conftest import again, register, run

pytestmark = pytest.mark.django_db


def _choices() -> str:
    """Return what 150 people of varied taste chose among 90 items: few scores are nearly equal."""
    rng = np.random.default_rng(4)
    liking = rng.normal(size=(150, 5)) @ rng.normal(size=(5, 90)) + rng.gumbel(size=(150, 90))
    lines = ["user,item,rating,time,comment"]
    for user, row in enumerate(liking):
        lines += [f"u{user:03},i{item:02},4,1700000000,fine" for item in np.argsort(-row)[:15]]
    return "\n".join(lines) + "\n"


def results(row):
    return {each["method"]: each for each in row.results}


def test_the_names_of_the_methods_are_those_of_the_library():
    assert methods.names() == METHODS


def test_a_compressed_version_is_registered_beside_its_original(actor, version, dataset):
    row = run(
        actor,
        model="digits",
        version=1,
        methods=("int8_dynamic", "fp16"),
        dataset=str(dataset.pk),
        label_column="label",
    )

    made = results(row)
    assert {each["state"] for each in made.values()} == {"registered"}
    child = registry.get_version(actor=actor, model_name="digits", number=2)
    assert child.size_bytes < 0.75 * version.size_bytes
    assert child.parameters["compressed_from"] == 1
    assert child.metrics["parent_quality"] == 1.0
    assert child.metrics["quality"] >= 0.98
    assert [str(each) for each in child.dataset_versions] == [
        str(dataset.versions.get(number=1).pk)
    ]
    answers = load(registry.open_bundle(version=child), {}).predict(
        {"features": models.rows(3)}, {}
    )
    assert answers["probabilities"].shape == (3, models.CLASSES)
    assert registry.aliases(actor=actor, model=version.model) == {}


def test_a_version_that_loses_too_much_is_refused_and_not_registered(actor, version, dataset):
    row = run(
        actor,
        model="digits",
        version=1,
        methods=("distil",),
        tolerance=0.0,
        dataset=dataset.name,
        label_column="label",
    )
    assert row.results[0]["state"] == "refused"
    assert "0 were allowed" in row.results[0]["words"]
    assert version.model.versions.count() == 1


def test_auto_keeps_only_what_nobody_beats(actor, version, dataset):
    row = run(
        actor, model="digits", version=1, tolerance=0.05, dataset=dataset.name, label_column="label"
    )
    made = results(row)
    assert set(made) == set(METHODS)
    assert made["fewer_trees"]["state"] == "not_applicable"
    kept = [each for each in made.values() if each["state"] == "registered"]
    assert 1 <= len(kept) < len(METHODS)
    for one in kept:
        for other in kept:
            assert not (
                other["size_bytes"] < one["size_bytes"]
                and other["p50_ms"] < one["p50_ms"]
                and other["agreement"] > one["agreement"]
            )
    assert version.model.versions.count() == 1 + len(kept)


def test_an_attempt_after_a_killed_one_registers_nothing_twice(actor, version, dataset):
    row = run(
        actor,
        model="digits",
        version=1,
        methods=("fp16", "bf16"),
        dataset=dataset.name,
        label_column="label",
    )
    before = [each["version"] for each in row.results]
    again(actor, row)
    assert [each["version"] for each in row.results] == before
    assert version.model.versions.count() == 3


def test_a_recommender_is_compressed_with_requests_of_its_own(actor):
    data = recommenders.upload(actor, _choices())
    recommender = recommenders.services.create_recommender(
        actor=actor, spec=recommenders.spec(data, params={"model": "als", "factors": 16})
    )
    recommenders.train_now(actor, recommender)

    row = run(actor, model=recommender.name, version=1, methods=("table_fp16", "table_pq"))

    made = results(row)
    assert made["table_fp16"]["state"] == "registered", made["table_fp16"]
    child = registry.get_version(actor=actor, model_name=recommender.name, number=2)
    predictor = recommendation.load_predictor(registry.open_bundle(version=child))
    inputs, parameters = recommendation.sample_requests(
        registry.open_bundle(version=child), count=2, seed=1
    )
    assert predictor.predict(inputs, parameters)["items"].shape[0] == 2


def test_a_model_without_requests_of_its_own_asks_for_data(actor, version):
    row = request_compression(actor=actor, spec=CompressionSpec(model="digits", version=1))
    job = again(actor, row)
    assert job.state == jobs.JobState.FAILED
    assert "real inputs" in job.error["detail"]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"methods": ("zip",)}, "not a method"),
        ({"methods": ()}, "No method"),
        ({"methods": ("auto", "fp16")}, "already"),
        ({"tolerance": 0.9}, "tolerance"),
        ({"tolerance": float("nan")}, "tolerance"),
        ({"columns": ("a",)}, "without a data set"),
        ({"columns": ("a",), "label_column": "a", "dataset": "x"}, "both"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_in_words(asked, words):
    with pytest.raises(CompressionInputError, match=words):
        CompressionSpec(model="digits", version=1, **asked)


def test_unknown_columns_are_named(actor, version, dataset):
    spec = CompressionSpec(model="digits", version=1, dataset=dataset.name, label_column="truth")
    with pytest.raises(CompressionInputError, match="truth"):
        request_compression(actor=actor, spec=spec)


def test_too_few_columns_say_how_many_the_model_takes(actor, version, dataset):
    spec = CompressionSpec(model="digits", version=1, dataset=dataset.name, columns=("f00",))
    job = again(actor, request_compression(actor=actor, spec=spec))
    assert "takes 20 features; 1 columns" in job.error["detail"]


def test_another_organisation_can_compress_neither_model_nor_with_the_data(actor, version, dataset):
    stranger = factories.actor()
    with pytest.raises(registry.ModelNotFoundError):
        request_compression(actor=stranger, spec=CompressionSpec(model="digits", version=1))
    register(stranger, models.network())
    spec = CompressionSpec(model="digits", version=1, dataset=str(dataset.pk))
    with pytest.raises(Exception, match="no data set"):
        request_compression(actor=stranger, spec=spec)
