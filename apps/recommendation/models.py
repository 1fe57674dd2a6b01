"""Tables of the recommendation application: recommenders, and what reaches them between trainings."""

from datetime import datetime
from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.recommendation import params
from platform_core.accounts.api import OwnedModel
from platform_core.registry import api as registry
from platform_core.vault.api import EncryptedJSONField

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
        rules_sequence, live_sequence: raised by one, under the row's lock, with every change of the rules
            or of the live items: who remembers a number knows what it has missed.
        has_live_users: so that most answers need not look for any.
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
    rules_sequence = models.BigIntegerField(default=0, editable=False)
    live_sequence = models.BigIntegerField(default=0, editable=False)
    has_live_users = models.BooleanField(default=False, editable=False)

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
            models.Index(fields=["recommender", "user_id", "-occurred_at"], name="latest_of_user"),
            models.Index(fields=["recommender", "item_id", "-occurred_at"], name="latest_of_item"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind} {self.item_id}"


class Rule(OwnedModel):
    """A business rule that every answer of a recommender follows while it is active.

    Attributes:
        body: what the action needs, as `ml.recommendation.rules` reads it: `items` or `filter` that it
            is about, `strength`, `position`, `attribute`, `limit`.
    """

    class Action(models.TextChoices):
        """What a rule does with the items it is about."""

        BOOST = "boost", _("Boost")
        BURY = "bury", _("Bury")
        PIN = "pin", _("Pin")
        CAP = "cap", _("Cap per category")
        HIDE = "hide", _("Hide")

    recommender = models.ForeignKey(Recommender, models.CASCADE, related_name="rules")
    name = models.CharField(_("name"), max_length=80)
    action = models.CharField(_("action"), max_length=10, choices=Action.choices)
    body = models.JSONField(default=dict)
    starts_at = models.DateTimeField(_("starts"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["recommender", "name"], name="one_rule_per_name")
        ]

    def __str__(self) -> str:
        return self.name

    def told(self) -> dict[str, Any]:
        """Return the rule as `ml.recommendation.rules` reads it."""
        return {"action": self.action, "name": self.name, **self.body}

    def is_active(self, now: datetime) -> bool:
        """Say whether the rule holds at a time: from its start until before its end."""
        return (self.starts_at is None or self.starts_at <= now) and (
            self.ends_at is None or now < self.ends_at
        )


class LiveItem(OwnedModel):
    """An item told to the recommender since training: new, or with attributes that have changed.

    Attributes:
        attributes: name -> text, number, truth value or list of texts; empty for an item that is known
            only because an event named it.
        sequence: the recommender's `live_sequence` of the last change.
        touches: events counted while the item was new; beyond a few they teach nothing more about it.
        is_deleted: kept for a while, so that runtimes learn of it.
    """

    recommender = models.ForeignKey(Recommender, models.CASCADE, related_name="live_items")
    item_id = models.CharField(max_length=MAX_ID_BYTES)
    attributes = models.JSONField(default=dict)
    sequence = models.BigIntegerField()
    touches = models.PositiveIntegerField(default=0)
    is_deleted = models.BooleanField(default=False)

    class Meta:
        ordering = ["sequence"]
        constraints = [
            models.UniqueConstraint(
                fields=["recommender", "item_id"], name="one_live_item_per_item"
            )
        ]
        indexes = [models.Index(fields=["recommender", "sequence"], name="live_items_since")]

    def __str__(self) -> str:
        return self.item_id


class LiveUser(OwnedModel):
    """What was told about a user since training; serves people of whom no choice is known."""

    recommender = models.ForeignKey(Recommender, models.CASCADE, related_name="live_users")
    user_id = models.CharField(max_length=MAX_ID_BYTES)
    attributes = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["recommender", "user_id"], name="one_live_user_per_user"
            )
        ]

    def __str__(self) -> str:
        return self.user_id


class Evaluation(OwnedModel):
    """Versions of a recommender measured on the same held-out choices, beside each other.

    Attributes:
        versions: numbers of the versions.
        protocol: how choices were kept back: `kind`, `fraction`, `seed`, `ks`, `most_users`.
        dataset_version_id: the interactions they are measured on.
        result: what the job found (see engine.evaluation); names values of users and items, so it is sealed.
        job_state: of the job; filled by selectors.evaluations.
    """

    recommender = models.ForeignKey(Recommender, models.CASCADE, related_name="evaluations")
    versions = models.JSONField(default=list)
    protocol = models.JSONField(default=dict)
    dataset_version_id = models.UUIDField()
    job_id = models.UUIDField(null=True, blank=True)
    result = EncryptedJSONField(null=True, blank=True, editable=False)

    job_state: str | None

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.recommender_id} {self.versions}"

    @property
    def is_measuring(self) -> bool:
        """True while its job waits or runs."""
        return self.job_state in ACTIVE_JOB_STATES


class Experiment(OwnedModel):
    """Two aliases of a recommender before real users, each user always before the same one.

    Attributes:
        share_b: part of the users that alias B answers.
        salt: of the users' hashes: the same user falls differently in another experiment.
        kinds: kinds of event that count as success; none means every kind.
        window_s: how long after being shown an item its event still counts.
        version_a, version_b: numbers behind the aliases when it started.
        planned_days, planned_end: when the result may be read without caution; fixed before it starts.
        settled_at: events received until then were compared with what was shown.
        is_full: no more impressions are kept; assignment goes on.
        result: the last one counted, once impressions are forgotten.
    """

    class State(models.TextChoices):
        """Where an experiment stands."""

        DRAFT = "draft", _("Draft")
        RUNNING = "running", _("Running")
        ENDED = "ended", _("Ended")

    recommender = models.ForeignKey(Recommender, models.CASCADE, related_name="experiments")
    name = models.CharField(_("name"), max_length=80)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.DRAFT)
    alias_a = models.CharField(max_length=20, default="champion")
    alias_b = models.CharField(max_length=20, default="challenger")
    share_b = models.FloatField(default=0.5)
    salt = models.CharField(max_length=64, editable=False)
    kinds = models.JSONField(default=list, blank=True)
    window_s = models.PositiveIntegerField(default=7 * 86_400)
    version_a = models.PositiveIntegerField(null=True, blank=True, editable=False)
    version_b = models.PositiveIntegerField(null=True, blank=True, editable=False)
    started_at = models.DateTimeField(null=True, blank=True, editable=False)
    planned_days = models.PositiveSmallIntegerField(default=14)
    planned_end = models.DateTimeField(null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    settled_at = models.DateTimeField(null=True, blank=True, editable=False)
    promoted = models.CharField(max_length=1, blank=True, editable=False)
    is_full = models.BooleanField(default=False, editable=False)
    result = models.JSONField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["recommender", "name"], name="one_experiment_per_name"),
            models.UniqueConstraint(
                fields=["recommender"],
                condition=models.Q(state="running"),
                name="one_running_experiment",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Impression(OwnedModel):
    """One answer that an experiment showed; its id is the `recommendation_id` of the answer.

    Attributes:
        user_hash: keyed with the experiment's salt; the user's id is not kept here.
        created_at: when it was shown.
    """

    experiment = models.ForeignKey(Experiment, models.CASCADE, related_name="impressions")
    variant = models.CharField(max_length=1)
    user_hash = models.CharField(max_length=32)
    items = models.JSONField(default=list)

    class Meta:
        indexes = [
            models.Index(fields=["experiment", "user_hash", "created_at"], name="shown_to_user")
        ]


class Outcome(OwnedModel):
    """What followed an impression: an event that names an item shown, or what a program told.

    Attributes:
        key: of the event or of the caller; counted once per experiment.
        created_at: when it happened.
    """

    experiment = models.ForeignKey(Experiment, models.CASCADE, related_name="outcomes")
    impression = models.ForeignKey(Impression, models.CASCADE, related_name="outcomes")
    key = models.CharField(max_length=MAX_EVENT_ID)
    kind = models.CharField(max_length=40)
    item_id = models.CharField(max_length=MAX_ID_BYTES, blank=True)
    value = models.FloatField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["experiment", "key"], name="an_outcome_counts_once")
        ]
