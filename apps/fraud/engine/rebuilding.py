"""Builds a detector's states anew on request: the history, then every decision, then every label."""

from django.db import transaction

from apps.fraud.engine import loading, warming
from apps.fraud.models import Detector
from ml.common.progress import Progress, SilentProgress
from platform_core.accounts.api import platform_actor
from platform_core.audit import api as audit
from platform_core.datasets import api as datasets

SILENT = SilentProgress()


def rebuild(detector: Detector, progress: Progress = SILENT) -> int:
    """Rebuild while scoring goes on, and return the new generation.

    Raises:
        FraudDataError, DatasetNotFoundError, DataKeyShreddedError: the history is gone or was changed.
    """
    actor = platform_actor(detector.organisation)
    version = datasets.get_version(actor=actor, version_id=detector.dataset_version_id)
    history = loading.read(detector, version)
    generation = warming.build(progress, detector, history)
    with transaction.atomic():
        warming.switch(
            detector, generation, features=history.features.spec(), normals=detector.normals or {}
        )
        audit.record(
            actor=actor,
            action="detector.rebuilt",
            target=f"detector:{detector.pk}",
            details={"generation": generation},
        )
    warming.forget(detector, generation)
    return generation
