"""Table of the serving part: endpoints."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platform_core.accounts.api import OwnedModel

NAME_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,62}$"
"""Grammar of endpoint names, the same as of model names."""


class Endpoint(OwnedModel):
    """A name programs call; the runtime answers it with the version its model's alias points to."""

    name = models.CharField(_("name"), max_length=63, validators=[RegexValidator(NAME_PATTERN)])
    model_name = models.CharField(_("model"), max_length=63)
    alias = models.CharField(_("alias"), max_length=63, default="champion")
    changed_at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"], name="endpoint_name_once_per_organisation"
            )
        ]

    def __str__(self) -> str:
        return self.name
