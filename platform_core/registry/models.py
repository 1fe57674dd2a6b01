"""Tables of the registry: models, signed versions, aliases and their history."""

import json
import re
from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from platform_core.accounts.api import OwnedModel, User
from platform_core.vault.api import DataKey

NAME_GRAMMAR = r"^[a-z0-9][a-z0-9._-]{0,62}\Z"
"""Names of models, recommenders and endpoints."""
ALIASES = ("champion", "challenger")
"""Aliases every model may have and applications know; others are named freely."""
ALIAS_GRAMMAR = r"^[a-z][a-z0-9_-]{0,19}\Z"
MAX_ALIASES = 20


class Model(OwnedModel):
    """A line of versions that answer the same question."""

    name = models.CharField(_("name"), max_length=63, validators=[RegexValidator(NAME_GRAMMAR)])
    application = models.CharField(_("application"), max_length=40)
    task = models.CharField(_("task"), max_length=40)
    description = models.TextField(_("description"), blank=True, max_length=2000)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="one_model_per_name")
        ]

    def __str__(self) -> str:
        return self.name


class ModelVersion(OwnedModel):
    """One trained bundle; its files lie encrypted in the object store, one object per file.

    Attributes:
        card: written from recorded facts when the version was registered.
        notes: written by people: intended use, limits, who to ask. Not signed.
        statement: canonical JSON of everything signed: who, which version, the bundle's manifest, lineage,
            parameters, metrics. The columns beside it are copies for lists and filters.
        signature: {"key_id", "value" (base64)} over `statement`.
    """

    class State(models.TextChoices):
        """Whether the files and their key still exist."""

        READY = "ready", _("Ready")
        DELETED = "deleted", _("Deleted")

    model = models.ForeignKey(Model, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    flavour = models.CharField(max_length=20)
    statement = models.TextField()
    signature = models.JSONField()
    metrics = models.JSONField(blank=True, default=dict)
    parameters = models.JSONField(blank=True, default=dict)
    dataset_versions = models.JSONField(blank=True, default=list)
    code_version = models.CharField(max_length=80, blank=True)
    seed = models.BigIntegerField(blank=True, null=True)
    job_id = models.UUIDField(blank=True, null=True)
    size_bytes = models.BigIntegerField()
    card = models.TextField(blank=True)
    notes = models.TextField(_("notes"), blank=True, max_length=20_000)
    data_key = models.ForeignKey(DataKey, models.RESTRICT, related_name="+")
    registered_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.READY)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["model", "number"], name="one_model_version_per_number")
        ]

    def __str__(self) -> str:
        return f"{self.model} v{self.number}"

    @property
    def manifest(self) -> dict[str, Any]:
        """The bundle's manifest as signed: flavour, inputs, outputs, files."""
        return dict(json.loads(self.statement)["manifest"])

    @property
    def is_ready(self) -> bool:
        """True while the version can be loaded."""
        return self.state == self.State.READY


class Alias(OwnedModel):
    """A movable name of a version: `champion` is served, `challenger` is tried beside it."""

    model = models.ForeignKey(Model, models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=20)
    version = models.ForeignKey(ModelVersion, models.RESTRICT, related_name="aliases")

    class Meta:
        ordering = ["-name"]  # the champion first
        constraints = [models.UniqueConstraint(fields=["model", "name"], name="one_alias_per_name")]

    def __str__(self) -> str:
        return f"{self.model}@{self.name}"


class AliasChange(OwnedModel):
    """One move of an alias; never changed afterwards."""

    class Kind(models.TextChoices):
        """How the alias came to its target."""

        SET = "set", _("Promoted")
        ROLLED_BACK = "rolled_back", _("Rolled back")
        REMOVED = "removed", _("Removed")

    id: Any = models.BigAutoField(primary_key=True)
    model = models.ForeignKey(Model, models.CASCADE, related_name="alias_changes")
    alias = models.CharField(max_length=20)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    previous = models.ForeignKey(ModelVersion, models.RESTRICT, null=True, related_name="+")
    version = models.ForeignKey(ModelVersion, models.RESTRICT, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    changed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    changed_by_label = models.CharField(max_length=254)

    class Meta:
        ordering = ["-id"]


class PromotionRule(OwnedModel):
    """What an organisation asks of a change of champion.

    Attributes:
        second_person: another person than who asks must approve it.
    """

    second_person = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"], name="one_promotion_rule_per_organisation"
            )
        ]


class PromotionRequest(OwnedModel):
    """A change of champion that waits for a second person, or how that ended."""

    class State(models.TextChoices):
        """How far it has come."""

        OPEN = "open", _("Waiting for approval")
        APPROVED = "approved", _("Approved")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    model = models.ForeignKey(Model, models.CASCADE, related_name="promotion_requests")
    alias = models.CharField(max_length=20)
    version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]


class Generation(models.Model):
    """One row counting every change a runtime must notice."""

    SINGLETON = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=SINGLETON, editable=False)
    value = models.PositiveBigIntegerField(default=0)


def is_model_name(name: str) -> bool:
    """Say whether `name` follows the grammar."""
    return re.match(NAME_GRAMMAR, name) is not None


def is_alias_name(name: str) -> bool:
    """Say whether an alias may have this name."""
    return re.match(ALIAS_GRAMMAR, name) is not None
