"""The audit log: read it here, verify it by the button."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from platform_core.accounts.api import User
from platform_core.audit import api as audit
from platform_core.console.owned import ConsoleAdmin


@admin.register(audit.Entry)
class EntryAdmin(ConsoleAdmin):
    """Entries, newest first."""

    view_permission = "audit.view"
    list_display = ("sequence", "created_at", "action", "target", "shown_person", "request_id")
    list_filter = ("action",)
    search_fields = ("target", "request_id")
    list_before_template = "console/audit_button.html"

    @display(description=_("person"))
    def shown_person(self, entry: Any) -> str:
        """Return who it was; empty for the platform itself."""
        return entry.email or "—"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Fetch the e-mail addresses with the rows."""
        person = User.objects.filter(pk=OuterRef("user_id"))
        rows: QuerySet[Any] = super().get_queryset(request)
        named: QuerySet[Any] = rows.annotate(email=Subquery(person.values("email")[:1]))
        return named
