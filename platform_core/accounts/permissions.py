"""The permission table: the one place that says which role may take which action."""

from collections.abc import Iterable
from itertools import chain
from types import MappingProxyType

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a member is in one organisation, from most to least powerful."""

    OWNER = "owner", _("Owner")
    ADMIN = "admin", _("Administrator")
    ML_ENGINEER = "ml_engineer", _("ML engineer")
    ANALYST = "analyst", _("Analyst")
    VIEWER = "viewer", _("Viewer")


_OWNERS = frozenset({Role.OWNER})
_ADMINS = _OWNERS | {Role.ADMIN}
_ENGINEERS = _ADMINS | {Role.ML_ENGINEER}
_ANALYSTS = _ENGINEERS | {Role.ANALYST}
_EVERYONE = _ANALYSTS | {Role.VIEWER}

PERMISSIONS = MappingProxyType(
    {
        "profile.view": _EVERYONE,
        "profile.manage": _EVERYONE,
        "organisation.view": _EVERYONE,
        "organisation.manage": _OWNERS,
        "member.view": _EVERYONE,
        "member.manage": _ADMINS,
        "apikey.view": _EVERYONE,
        "apikey.create": _EVERYONE,
        "apikey.manage": _ADMINS,
        "audit.view": _ADMINS,
        "console.use": _ENGINEERS,
        "dataset.view": _EVERYONE,
        "dataset.preview": _ANALYSTS,
        "dataset.download": _ENGINEERS,
        "dataset.upload": _ANALYSTS,
        "dataset.delete": _ENGINEERS,
        "job.view": _EVERYONE,
        "job.submit": _ANALYSTS,
        "job.manage": _ENGINEERS,
        "model.view": _EVERYONE,
        "model.train": _ANALYSTS,
        "model.register": _ENGINEERS,
        "model.promote": _ENGINEERS,
        "model.delete": _ADMINS,
        "endpoint.view": _EVERYONE,
        "endpoint.manage": _ENGINEERS,
        "prediction.call": _EVERYONE,
        "event.write": _ANALYSTS,
        "rule.manage": _ANALYSTS,
        "decision.view": _ANALYSTS,
        "case.view": _ANALYSTS,
        "case.manage": _ANALYSTS,
        "policy.manage": _ANALYSTS,
        "policy.approve": _ENGINEERS,
        "personal.reveal": _ANALYSTS,
    }
)
"""Action -> roles that may take it."""

_WHO_AM_I = frozenset({"profile.view"})

SCOPES = MappingProxyType(
    {
        "all": frozenset(PERMISSIONS) - {"console.use"},
        "read": frozenset(action for action in PERMISSIONS if action.endswith(".view")),
        "predict": _WHO_AM_I | {"prediction.call", "event.write", "endpoint.view", "model.view"},
        "data": _WHO_AM_I
        | {"dataset.view", "dataset.preview", "dataset.download", "dataset.upload"}
        | {"dataset.delete", "job.view"},
        "train": _WHO_AM_I
        | {"dataset.view", "job.view", "job.submit", "job.manage", "model.view", "model.train"},
    }
)
"""API key scope -> actions it opens; a key can never do more than its person's role."""


def allowed_by(scopes: Iterable[str]) -> frozenset[str]:
    """Return the actions that `scopes` open together."""
    return frozenset(chain.from_iterable(SCOPES[scope] for scope in scopes))
