"""People: members with their roles, API keys."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from platform_core.accounts import api as accounts
from platform_core.console.owned import ConsoleAdmin
from platform_core.console.site import actor_of


@admin.register(accounts.Membership)
class MembershipAdmin(ConsoleAdmin):
    """Who is in the organisation, as what."""

    view_permission = "member.view"
    change_permission = "member.manage"
    editable = ("role",)
    list_display = ("user", "role", "created_at")
    list_filter = ("role",)
    search_fields = ("user__email",)

    def save_model(
        self, request: HttpRequest, obj: accounts.Membership, form: Any, change: bool
    ) -> None:
        """Change the role through its service."""
        role = form.cleaned_data["role"]
        accounts.change_role(actor=actor_of(request), member_id=str(obj.pk), role=role)


@admin.register(accounts.ApiKey)
class ApiKeyAdmin(ConsoleAdmin):
    """API keys: revoke them; the secret itself is stored nowhere."""

    view_permission = "apikey.view"
    change_permission = "apikey.manage"
    list_display = ("name", "prefix", "user", "scopes", "created_at", "last_used_at", "is_live")
    search_fields = ("name", "user__email", "prefix")
    actions = ("revoke",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Show what the accounts part lets the person see: all keys, or their own."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(pk__in=accounts.api_keys(actor=actor_of(request)).values("pk"))

    @display(description=_("usable"), boolean=True)
    def is_live(self, key: accounts.ApiKey) -> bool:
        """Say whether the key still opens anything."""
        return key.is_usable

    def get_fields(self, request: HttpRequest, obj: object = None) -> list[str]:
        """Leave out the hash."""
        return [
            "name",
            "prefix",
            "user",
            "scopes",
            "created_at",
            "expires_at",
            "revoked_at",
            "last_used_at",
        ]

    @admin.action(description=_("Revoke the selected keys"), permissions=["change"])
    def revoke(self, request: HttpRequest, rows: QuerySet[accounts.ApiKey]) -> None:
        """Revoke each."""
        self.carry_out(
            request,
            rows,
            lambda actor, key: accounts.revoke_api_key(actor=actor, key_id=str(key.pk)),
            _("revoked"),
        )
