import math
import threading
import uuid

import numpy as np
import pytest
from django.db import connections

from platform_core.accounts.api import Role
from platform_core.errors import PermissionDeniedError
from platform_core.registry import api
from platform_core.registry.api import Lineage, ModelSpec
from platform_core.registry.models import Model, ModelVersion
from platform_core.vault import api as vault
from tests import factories
from tests.platform_core.registry.bundles import SPEC, bundle, register


def test_a_version_comes_back_as_it_was_registered(actor):
    made = bundle(b"\x00\x01 weights")
    version = api.register_version(
        actor=actor,
        model=SPEC,
        bundle=made,
        metrics={"auc": 0.9},
        parameters={"factors": 8},
        lineage=Lineage(code_version="abc", seed=7),
    )
    opened = api.open_bundle(version=version)
    assert opened.manifest == made.manifest
    assert dict(opened.files) == dict(made.files)
    assert (version.number, version.flavour, version.size_bytes) == (1, "native", made.size_bytes)
    assert version.manifest["loader"] == "recommendation"


def test_files_lie_encrypted_one_object_each(version):
    names = sorted(vault.list_objects(f"{version.organisation_id}/models/{version.pk}"))
    assert [name.rpartition("/")[2] for name in names] == ["ids.json", "weights.safetensors"]


def test_numbers_count_up_per_model(actor):
    other = ModelSpec("books", "recommendation", "recommendation")
    numbers = [register(actor).number, register(actor).number, register(actor, other).number]
    assert numbers == [1, 2, 1]


def test_versions_registered_at_the_same_moment_get_different_numbers(transactional_db):
    actor = factories.actor()
    gate, numbers = threading.Barrier(4), []

    def work():
        gate.wait()
        numbers.append(register(actor).number)
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == [1, 2, 3, 4]


def test_every_registration_is_noticed_by_the_runtime(actor):
    before = api.alias_generation()
    register(actor)
    assert api.alias_generation() > before


@pytest.mark.parametrize("name", ["", "Films", "-films", "fi lms", "films\n", "f" * 64, "../films"])
def test_names_outside_the_grammar_are_refused(actor, name):
    with pytest.raises(api.ModelNameInvalidError):
        register(actor, ModelSpec(name, "a", "b"))
    assert list(vault.list_objects(str(actor.organisation.pk))) == []


def test_a_name_stays_with_its_application(actor, version):
    with pytest.raises(api.ModelNameInvalidError, match="recommendation"):
        register(actor, ModelSpec("films", "fraud", "scoring"))


def test_two_organisations_may_use_the_same_name(actor, stranger):
    register(actor)
    assert register(stranger).number == 1


def test_numbers_of_numpy_are_recorded_and_undefined_ones_become_null(actor):
    version = register(
        actor, auc=np.float32(0.5), n=np.int64(3), bad=math.nan, worse=math.inf, curve=(1, 2)
    )
    assert version.metrics == {"auc": 0.5, "n": 3, "bad": None, "worse": None, "curve": [1, 2]}


def test_a_metric_that_cannot_be_written_down_is_refused_by_name(actor):
    with pytest.raises(api.FactsInvalidError, match=r"metrics\.when"):
        register(actor, when=object())


def test_a_failed_registration_leaves_no_files(actor, monkeypatch):
    def fail(_):
        raise RuntimeError

    monkeypatch.setattr("platform_core.registry.card.write", fail)
    with pytest.raises(RuntimeError):
        register(actor)
    assert list(vault.list_objects(str(actor.organisation.pk))) == []
    assert not ModelVersion.objects.exists()
    assert not Model.objects.exists()


def test_those_who_train_may_register_and_viewers_may_not(member):
    assert register(member(Role.ANALYST)).number == 1
    with pytest.raises(PermissionDeniedError):
        register(member(Role.VIEWER))


def test_lineage_is_kept_and_signed(actor):
    lineage = Lineage((uuid.uuid4(),), "abc", 3, uuid.uuid4())
    version = ModelVersion.objects.get(pk=register(actor, lineage=lineage).pk)
    assert version.dataset_versions == [str(lineage.dataset_versions[0])]
    assert (version.code_version, version.seed, version.job_id) == ("abc", 3, lineage.job_id)
    assert str(lineage.job_id) in version.statement
