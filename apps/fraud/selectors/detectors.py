"""Reads of detectors, their trainings and versions."""

from collections.abc import Sequence
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from apps.fraud.errors import DetectorNotFoundError
from apps.fraud.models import Detector
from platform_core.accounts.api import Actor
from platform_core.datasets import api as datasets
from platform_core.jobs import api as jobs
from platform_core.registry import api as registry

APPLICATION = "fraud"
MAX_CHOICES = 500


def detectors(*, actor: Actor) -> QuerySet[Detector]:
    """Return the organisation's detectors with what their `state` is derived from."""
    owner = actor.organisation
    # not through the doors' own lists: a key that may only predict sees neither jobs nor models there
    job = jobs.Job.objects.owned_by(owner).filter(id=OuterRef("job_id"))
    champion = registry.Alias.objects.owned_by(owner).filter(
        name="champion", model__application=APPLICATION, model__name=OuterRef("name")
    )
    derived = {
        "job_state": Subquery(job.values("state")[:1]),
        "serving_version": Subquery(champion.values("version__number")[:1]),
    }
    return Detector.objects.owned_by(owner).annotate(**derived)


def get_detector(*, actor: Actor, name: str) -> Detector:
    """Return one detector.

    Raises:
        DetectorNotFoundError: unknown name, or another organisation's.
    """
    found = detectors(actor=actor).filter(name=name[:63]).first()
    if found is None:
        raise DetectorNotFoundError(f"There is no detector “{name[:63]}” in your organisation.")
    return found


def latest_job(*, actor: Actor, detector: Detector) -> jobs.Job | None:
    """Return the latest training of a detector; needs no permission beyond seeing the detector."""
    if detector.job_id is None:
        return None
    return jobs.Job.objects.owned_by(actor.organisation).filter(id=detector.job_id).first()


def versions(*, actor: Actor, detector: Detector) -> QuerySet[registry.ModelVersion]:
    """Return the trained versions of a detector, newest first."""
    model = registry.models(actor=actor).filter(name=detector.name).first()
    if model is None:
        return registry.ModelVersion.objects.none()
    return registry.versions(actor=actor, model=model)


def champion_metrics(*, actor: Actor, detectors: Sequence[Detector]) -> dict[str, dict[str, Any]]:
    """Return name -> figures of the serving version, for those that have one."""
    champions = registry.Alias.objects.owned_by(actor.organisation).filter(
        name="champion",
        model__application=APPLICATION,
        model__name__in=[each.name for each in detectors if each.serving_version is not None],
    )
    return dict(champions.values_list("model__name", "version__metrics"))


def dataset_choices(*, actor: Actor) -> list[tuple[str, str]]:
    """Return (id, name) of the data sets that can be trained on, newest first."""
    ready = datasets.datasets(actor=actor).filter(state=datasets.Dataset.State.READY)
    return [(str(pk), name) for pk, name in ready.values_list("pk", "name")[:MAX_CHOICES]]
