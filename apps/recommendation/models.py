"""Tables of the recommendation application: recommenders and the events their users send."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.recommendation import params
from platform_core.accounts.api import OwnedModel
from platform_core.registry import api as registry

MAX_ID_BYTES = 1024
"""Longest user or item id, in UTF-8; keeps an index entry well below PostgreSQL's 2704 bytes."""
MAX_EVENT_ID = 200
ACTIVE_JOB_STATES = frozenset({"queued", "leased", "running", "preempted"})


class Recommender(OwnedModel):
    """A named recommender: what it learns from and how; its versions live in the registry.

    The registry model and the endpoint carry the same name, so nothing of the core is repeated here.

    Attributes:
        dataset_id, dataset_version_id: the interactions, and the version last trained on.
        columns: which column is what: user, item, and where given rating, time.
        items, users: optional feature table as {dataset, dataset_version, id_column}.
        params: checked parameters of the training, all of them.
        job_id: of the latest training.
        job_state, serving_version: of that job, and the number behind the alias
            `champion`; filled by selectors.recommenders, which every read goes through.
    """

    class State(models.TextChoices):
        """What the recommender can do now."""

        TRAINING = "training", _("Training")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")

    name = models.CharField(
        _("name"), max_length=63, validators=[RegexValidator(registry.NAME_GRAMMAR)]
    )
    dataset_id = models.UUIDField()
    dataset_version_id = models.UUIDField()
    columns = models.JSONField(default=dict)
    items = models.JSONField(null=True, blank=True)
    users = models.JSONField(null=True, blank=True)
    params = models.JSONField(default=dict)
    job_id = models.UUIDField(null=True, blank=True)

    job_state: str | None
    serving_version: int | None

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"], name="one_recommender_per_name"
            )
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


class Event(OwnedModel):
    """One thing a user did with an item since training; durable, and counted once per `event_id`."""

    recommender = models.ForeignKey(Recommender, models.CASCADE, related_name="events")
    event_id = models.CharField(max_length=MAX_EVENT_ID)
    user_id = models.CharField(max_length=MAX_ID_BYTES)
    item_id = models.CharField(max_length=MAX_ID_BYTES)
    kind = models.CharField(_("kind"), max_length=40, default="view")
    value = models.FloatField(_("value"), null=True, blank=True)
    occurred_at = models.DateTimeField(_("occurred"), default=timezone.now)
    received_at = models.DateTimeField(_("received"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["-occurred_at"]
        constraints = [
            models.UniqueConstraint(fields=["recommender", "event_id"], name="an_event_counts_once")
        ]
        indexes = [
            models.Index(fields=["recommender", "user_id", "-occurred_at"], name="latest_of_user")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind} {self.item_id}"
