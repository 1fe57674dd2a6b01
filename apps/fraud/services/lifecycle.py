"""Creates, retrains and deletes detectors."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction

from apps.fraud import params, selectors
from apps.fraud.errors import DetectorBusyError, DetectorExistsError
from apps.fraud.models import Detector
from apps.fraud.services import sources
from platform_core.accounts.api import Actor
from platform_core.audit import api as audit
from platform_core.errors import InvalidInputError
from platform_core.jobs import api as jobs
from platform_core.registry import api as registry
from platform_core.serving import api as serving
from platform_core.vault import api as vault

JOB_KIND = "fraud.train"
DEFAULT_DELAY_DAYS, MAX_DELAY_DAYS = 7.0, 365.0


@dataclass(frozen=True)
class DetectorSpec:
    """What a caller asks for.

    Attributes:
        name: follows the name grammar.
        dataset: id or name of the history.
        columns: label, time, amount, id -> name of the column; only time is needed.
        entities: columns that name a customer, card, terminal, …; the customer first.
        label_delay_days: after so long a payment without a fraud label counts as good.
        params: of the training, unchecked; see params.TrainParams.
    """

    name: str
    dataset: str
    columns: Mapping[str, str]
    entities: tuple[str, ...]
    label_delay_days: float = DEFAULT_DELAY_DAYS
    params: Mapping[str, Any] = field(default_factory=dict)


def create_detector(*, actor: Actor, spec: DetectorSpec) -> Detector:
    """Check a request, store the detector and queue its first training.

    Raises:
        InvalidInputError: name or a parameter is malformed.
        DetectorExistsError: the name is taken by a detector or by another model.
        DatasetNotFoundError, DatasetNotReadyError: see datasets.
        ColumnUnknownError, FraudDataError: the data set does not fit the request.
    """
    actor.require("model.train")
    _check_name(actor, spec.name)
    _check_delay(spec.label_delay_days)
    version = sources.history(
        actor=actor, dataset=spec.dataset, columns=spec.columns, entities=spec.entities
    )
    checked = params.as_dict(params.parse(spec.params))
    with transaction.atomic():
        detector = Detector(
            organisation=actor.organisation,
            name=spec.name,
            dataset_id=version.dataset_id,
            dataset_version_id=version.id,
            columns={role: name for role, name in spec.columns.items() if name},
            entities=list(spec.entities),
            label_delay_days=spec.label_delay_days,
            params=checked,
            data_key=vault.create_data_key(
                organisation=actor.organisation, purpose=f"detector {spec.name}"
            ),
        )
        _insert(detector)
        _queue(actor, detector, "detector.created")
    return selectors.get_detector(actor=actor, name=spec.name)


def retrain(*, actor: Actor, name: str, changes: Mapping[str, Any] | None = None) -> Detector:
    """Queue a training on the newest version of the data set; the serving version stays until then.

    Raises:
        DetectorNotFoundError, DetectorBusyError, InvalidInputError, ColumnUnknownError, FraudDataError.
    """
    actor.require("model.train")
    found = selectors.get_detector(actor=actor, name=name)
    checked = params.as_dict(params.parse({**found.params, **(changes or {})}))
    version = sources.history(
        actor=actor,
        dataset=str(found.dataset_id),
        columns=found.columns,
        entities=found.entities,
    )
    with transaction.atomic():
        # the row is locked and its job read again, so two requests at once queue one training
        locked = Detector.objects.select_for_update().get(pk=found.pk)
        job = selectors.latest_job(actor=actor, detector=locked)
        if job is not None and not job.is_ended:
            raise DetectorBusyError(
                f"“{name}” is being trained now.",
                remedy="Wait for that training, or cancel it.",
                job=str(locked.job_id),
            )
        locked.dataset_version_id, locked.params = version.id, checked
        _queue(actor, locked, "detector.retrained")
    return selectors.get_detector(actor=actor, name=name)


def delete_detector(*, actor: Actor, name: str) -> None:
    """Delete a detector with its decisions and endpoint, cancel its training, and shred its key.

    The registered versions stay in the registry, where deleting them destroys their key.

    Raises:
        DetectorNotFoundError: unknown name.
    """
    actor.require("model.delete")
    detector = selectors.get_detector(actor=actor, name=name)
    with transaction.atomic():
        if detector.is_training and detector.job_id:
            jobs.cancel_job(actor=actor, job_id=detector.job_id)
        for endpoint in serving.endpoints(actor=actor).filter(name=name):
            serving.delete_endpoint(actor=actor, endpoint=endpoint)
        target = f"detector:{detector.pk}"
        audit.record(actor=actor, action="detector.deleted", target=target, details={"name": name})
        key = detector.data_key
        detector.delete()
        vault.shred(data_key=key, actor=actor)


def _check_name(actor: Actor, name: str) -> None:
    if not registry.is_model_name(name):
        raise InvalidInputError(
            f"“{name[:80]}” is not a name a detector can have.",
            remedy="Use 1 to 63 lower-case letters, digits, dots, - and _; begin with a letter or digit.",
            field="name",
        )
    if registry.models(actor=actor).filter(name=name).exists():
        # also a deleted detector's: its versions stay registered, and must not answer for another
        raise _taken(name)


def _check_delay(days: float) -> None:
    if not 0 <= days <= MAX_DELAY_DAYS:
        raise InvalidInputError(
            f"Labels cannot come after {days} days.",
            remedy=f"Give 0 to {MAX_DELAY_DAYS:.0f} days.",
            field="label_delay_days",
        )


def _taken(name: str) -> DetectorExistsError:
    return DetectorExistsError(
        f"The name “{name}” is taken by a detector or a registered model.",
        remedy="Choose another name, or retrain the detector that has it.",
        field="name",
    )


def _insert(detector: Detector) -> None:
    try:
        with transaction.atomic():
            detector.save(force_insert=True)
    except IntegrityError:
        raise _taken(detector.name) from None


def _queue(actor: Actor, detector: Detector, action: str) -> None:
    job = jobs.submit(
        actor=actor,
        kind=JOB_KIND,
        params={
            "detector": detector.name,
            "dataset_version": str(detector.dataset_version_id),
            "columns": detector.columns,
            "entities": detector.entities,
            "label_delay_days": detector.label_delay_days,
            "params": detector.params,
        },
        subject=detector.name,
    )
    detector.job_id = job.pk
    detector.save()
    audit.record(
        actor=actor,
        action=action,
        target=f"detector:{detector.pk}",
        details={"name": detector.name, "job": str(job.pk)},
    )
