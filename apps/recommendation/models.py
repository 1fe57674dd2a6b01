"""Tables of the recommendation application: recommenders and the events their users send."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platform_core.accounts.api import OwnedModel

NAME_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,62}\Z"
MAX_ID_BYTES = 1024
"""Longest user or item id, in UTF-8; keeps an index entry well below PostgreSQL's 2704 bytes."""
MAX_EVENT_ID = 200


class Recommender(OwnedModel):
    """A named recommender: what it learns from and how; its versions live in the registry.

    The registry model and the endpoint carry the same name, so nothing of the core is duplicated here.

    Attributes:
        dataset_version_id: the interactions.
        items_version_id, users_version_id: optional tables of item and user features.
        columns: which column is what: user, item, rating, time, items_id, users_id.
        model: name of the algorithm, or `auto`.
        params: what differs from the algorithm's defaults.
        job_id: of the latest training.
    """

    name = models.CharField(_("name"), max_length=63, validators=[RegexValidator(NAME_PATTERN)])
    dataset_version_id = models.UUIDField()
    items_version_id = models.UUIDField(null=True, blank=True)
    users_version_id = models.UUIDField(null=True, blank=True)
    columns = models.JSONField(default=dict)
    model = models.CharField(_("model"), max_length=40)
    params = models.JSONField(default=dict, blank=True)
    seed = models.PositiveIntegerField(_("seed"), default=0)
    job_id = models.UUIDField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"], name="one_recommender_per_name"
            )
        ]

    def __str__(self) -> str:
        return self.name


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
