"""A detector as the scoring path needs it, read again only after a change."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apps.fraud import selectors
from apps.fraud.engine.live.usual import Own, own_normals
from apps.fraud.errors import DetectorNotReadyError, TrainingFailedError
from apps.fraud.models import Detector
from apps.fraud.services.states import Place
from ml.fraud.features.spec import FeatureSet
from platform_core.accounts.api import Actor
from platform_core.vault import api as vault

_REMEMBERED = 256
_known: dict[UUID, "Known"] = {}


@dataclass(frozen=True)
class Known:
    """What stays the same between changes of a detector.

    Attributes:
        sequence: of the detector when this was read.
        normals: name of a feature -> what is usual among honest events.
        own: for each feature, where the customer's own usual value stands.
    """

    detector: Detector
    sequence: int
    features: FeatureSet
    normals: dict[str, dict[str, Any]]
    own: tuple[Own, ...]

    @property
    def place(self) -> Place:
        """Where its states lie."""
        return Place(self.detector.pk, self.detector.generation)

    @property
    def sealer(self) -> vault.Sealer:
        """Seals its states and decisions."""
        return vault.sealer(self.detector.data_key_id)


def ready(*, actor: Actor, name: str) -> Known:
    """Return a detector that has been trained.

    One narrow query, so that a change shows at the next call in every process.

    Raises:
        DetectorNotFoundError: unknown name.
        DetectorNotReadyError: its first training waits or runs; `job` names it.
        TrainingFailedError: its only training ended without a version; repeats the job's words.
    """
    row = (
        Detector.objects.owned_by(actor.organisation)
        .filter(name=name[:63])
        .values_list("pk", "sequence", "generation")
        .first()
    )
    if row is not None:
        known = _known.get(row[0])
        current = known is not None and known.sequence == row[1]
        if known is not None and current and known.detector.generation == row[2]:
            return known
    return _read(actor, name)


def of(detector: Detector) -> Known:
    """Return what is known of a detector that was read in full."""
    features = FeatureSet.from_spec(detector.features)
    normals = dict(detector.normals or {})
    return Known(
        detector, detector.sequence, features, normals, own_normals(features, detector.entities[0])
    )


def _read(actor: Actor, name: str) -> Known:
    detector = selectors.get_detector(actor=actor, name=name)
    if not detector.features or detector.serving_version is None:
        raise _not_ready(actor, detector)
    if len(_known) >= _REMEMBERED:
        _known.clear()
    known = _known[detector.pk] = of(detector)
    return known


def _not_ready(actor: Actor, detector: Detector) -> DetectorNotReadyError | TrainingFailedError:
    where = {"job": str(detector.job_id), "job_url": f"/api/v1/jobs/{detector.job_id}/"}
    if detector.is_training:
        return DetectorNotReadyError(
            f"“{detector.name}” is still in training.",
            remedy="Ask again when its job has ended.",
            **where,
        )
    job = selectors.latest_job(actor=actor, detector=detector)
    error = (job.error if job else None) or {}
    return TrainingFailedError(
        f"“{detector.name}” has no version: {error.get('detail') or 'its training ended early.'}",
        remedy=error.get("remedy") or "Mend the data or the parameters and retrain.",
        **where,
    )
