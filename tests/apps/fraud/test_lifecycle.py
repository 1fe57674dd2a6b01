"""Detectors: what is refused before a job is queued, who sees them, and what a training leaves behind."""

import pytest

from apps.fraud import errors, selectors
from apps.fraud.engine import rebuilding, warming
from apps.fraud.engine.live import knowing
from apps.fraud.models import Detector, EntityState
from apps.fraud.services import lifecycle
from platform_core.accounts.api import Actor, Role
from platform_core.errors import InvalidInputError, PermissionDeniedError
from platform_core.registry import api as registry
from platform_core.serving import api as serving
from tests.apps.fraud.conftest import COLUMNS, event, payments, spec, train_now, upload


@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [
        ({"name": "Not A Name"}, InvalidInputError, "name"),
        ({"columns": {**COLUMNS, "time": ""}}, InvalidInputError, "time_column"),
        ({"columns": {**COLUMNS, "label": "frod"}}, errors.ColumnUnknownError, "label_column"),
        ({"entities": ()}, InvalidInputError, "entity_columns"),
        ({"entities": ("customer", "customer")}, InvalidInputError, "entity_columns"),
        ({"entities": ("amount",)}, InvalidInputError, "entity_columns"),
        ({"label_delay_days": -1.0}, InvalidInputError, "label_delay_days"),
        ({"params": {"trees": 0}}, InvalidInputError, "trees"),
        ({"params": {"treez": 5}}, InvalidInputError, "treez"),
    ],
)
def test_a_request_that_does_not_fit_is_refused_by_name(actor: Actor, changes, error, field):
    asked = spec(upload(actor, payments(20)), **changes)
    with pytest.raises(error) as refused:
        lifecycle.create_detector(actor=actor, spec=asked)
    assert refused.value.extra["field"] == field
    assert not Detector.objects.exists()


def test_a_name_is_taken_once(actor: Actor, detector: Detector):
    again = spec(upload(actor, payments(20)), name=detector.name)
    with pytest.raises(errors.DetectorExistsError):
        lifecycle.create_detector(actor=actor, spec=again)


def test_a_viewer_cannot_train(member, detector: Detector):
    with pytest.raises(PermissionDeniedError):
        lifecycle.retrain(actor=member(Role.VIEWER), name=detector.name)


def test_another_organisation_sees_no_detector(stranger: Actor, detector: Detector):
    for act in (lifecycle.retrain, lifecycle.delete_detector):
        with pytest.raises(errors.DetectorNotFoundError):
            act(actor=stranger, name=detector.name)
    assert not selectors.detectors(actor=stranger)


def test_one_training_at_a_time(actor: Actor, detector: Detector):
    with pytest.raises(errors.DetectorBusyError):
        lifecycle.retrain(actor=actor, name=detector.name)


def test_a_training_serves_a_version_and_leaves_states_sealed(actor: Actor, trained: Detector):
    version = selectors.versions(actor=actor, detector=trained).get()
    assert registry.open_bundle(version=version).manifest.loader == "fraud"
    assert serving.get_endpoint(actor=actor, name=trained.name).alias == "champion"
    assert trained.state == Detector.State.READY
    rows = EntityState.objects.filter(detector=trained)
    assert rows.count() == 18  # 12 customers and 6 terminals
    clear = warming.computed(knowing.of(trained))
    assert not any(clear[row.key] in bytes(row.value) for row in rows)
    plain = {key.partition(":")[2] for key in knowing.of(trained).features.state_keys(event(1))}
    assert not plain & {row.key for row in rows}  # names need the key too


def test_a_second_training_is_a_challenger(actor: Actor, trained: Detector):
    again = lifecycle.retrain(actor=actor, name=trained.name)
    assert train_now(actor, again).state == "succeeded"
    aliases = {
        each.number: [a.name for a in each.aliases.all()]
        for each in selectors.versions(actor=actor, detector=again)
    }
    assert aliases == {1: ["champion"], 2: ["challenger"]}


def test_a_rebuild_gives_the_same_states(trained: Detector):
    before = warming.computed(knowing.of(trained))
    generation = rebuilding.rebuild(trained)
    trained.refresh_from_db()
    assert trained.generation == generation
    assert warming.computed(knowing.of(trained)) == before
    assert set(EntityState.objects.values_list("generation", flat=True)) == {generation}


def test_a_deleted_detector_takes_its_key_along(actor: Actor, trained: Detector):
    key = trained.data_key
    lifecycle.delete_detector(actor=actor, name=trained.name)
    key.refresh_from_db()
    assert key.wrapped is None
    assert not EntityState.objects.exists()
