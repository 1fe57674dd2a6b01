"""Detectors: what they learn from and how."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.fraud import params
from platform_core.accounts.api import OwnedModel
from platform_core.registry import api as registry
from platform_core.vault.api import DataKey, EncryptedJSONField

ACTIVE_JOB_STATES = frozenset({"queued", "leased", "running", "preempted"})


class Detector(OwnedModel):
    """A named detector; its versions live in the registry, its trainings in the queue.

    The registry model and the endpoint carry the same name, so nothing of the core is repeated here.

    Attributes:
        dataset_id, dataset_version_id: the history, and the version last trained on.
        columns: label, time, amount and optionally id -> name of the column.
        entities: names of the columns that name a customer, card, terminal, device, …; the first is whose
            own normal values stand beside the reasons.
        label_delay_days: after so long a payment without a fraud label counts as good.
        params: checked parameters of the training, all of them.
        features: the feature set (`ml.fraud.features`) as JSON; None before the first training.
        normals: name of a feature -> its words and ranges for the reasons; from the training.
        generation: of the states; raised when they are built anew.
        sequence: raised with every change of rules, lists or policy: who remembers a number knows what
            it has missed.
        data_key: seals states and decisions; shredded with the detector.
        job_id: of the latest training.
        job_state, serving_version: of that job, and the number behind the alias `champion`; filled by
            selectors.detectors, which every read goes through.
    """

    class State(models.TextChoices):
        """What the detector can do now."""

        TRAINING = "training", _("Training")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")

    name = models.CharField(
        _("name"), max_length=63, validators=[RegexValidator(registry.NAME_GRAMMAR)]
    )
    dataset_id = models.UUIDField()
    dataset_version_id = models.UUIDField()
    columns = models.JSONField(default=dict)
    entities = models.JSONField(default=list)
    label_delay_days = models.FloatField(default=7.0)
    params = models.JSONField(default=dict)
    features = EncryptedJSONField(null=True, blank=True)
    normals = EncryptedJSONField(null=True, blank=True)
    generation = models.BigIntegerField(default=0, editable=False)
    sequence = models.BigIntegerField(default=0, editable=False)
    data_key = models.ForeignKey(DataKey, models.PROTECT, related_name="+")
    job_id = models.UUIDField(null=True, blank=True)

    job_state: str | None
    serving_version: int | None

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="one_detector_per_name")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def model_label(self) -> str:
        """The algorithm in words."""
        chosen = str(self.params.get("model", ""))
        return str(params.MODEL_LABELS.get(chosen, chosen))

    @property
    def is_training(self) -> bool:
        """True while the latest training waits or runs."""
        return self.job_state in ACTIVE_JOB_STATES

    @property
    def state(self) -> State:
        """`ready` once a version serves, also while a newer one trains."""
        if self.serving_version is not None:
            return self.State.READY
        return self.State.TRAINING if self.is_training else self.State.FAILED
