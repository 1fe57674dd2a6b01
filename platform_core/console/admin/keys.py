"""Keys: that they exist and whether they are gone; never what they are."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from platform_core.console.owned import ConsoleAdmin
from platform_core.vault import api as vault


@admin.register(vault.DataKey)
class DataKeyAdmin(ConsoleAdmin):
    """Data keys of the organisation; shredding is done by deleting what they protect."""

    list_display = ("purpose", "id", "created_at", "is_live", "shredded_at")

    @display(description=_("live"), boolean=True)
    def is_live(self, key: vault.DataKey) -> bool:
        """Say whether data under this key can still be read."""
        return not key.is_shredded

    def get_fields(self, request: HttpRequest, obj: object = None) -> list[str]:
        """Leave out even the wrapped key."""
        return ["id", "purpose", "created_at", "shredded_at"]
