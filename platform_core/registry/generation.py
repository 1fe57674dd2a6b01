"""Counts changes, so that a runtime learns by one cheap read whether anything moved."""

from django.db.models import F

from platform_core.registry.models import Generation


def alias_generation() -> int:
    """Return a counter that grows with every change of a version or alias, in any organisation."""
    row = Generation.objects.filter(pk=Generation.SINGLETON).first()
    return row.value if row else 0


def bump() -> None:
    """Count one change, in the caller's transaction."""
    Generation.objects.get_or_create(pk=Generation.SINGLETON)
    Generation.objects.filter(pk=Generation.SINGLETON).update(value=F("value") + 1)
