"""Django registration of the audit part."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Append-only, hash-chained log of who did what to which object."""

    name = "platform_core.audit"
    label = "audit"
