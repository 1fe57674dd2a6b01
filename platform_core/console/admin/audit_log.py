"""The audit log: read it here, verify it by the button."""

from django.contrib import admin

from platform_core.audit import api as audit
from platform_core.console.owned import ConsoleAdmin


@admin.register(audit.Entry)
class EntryAdmin(ConsoleAdmin):
    """Entries, newest first."""

    view_permission = "audit.view"
    list_display = ("sequence", "created_at", "action", "target", "user_id", "request_id")
    list_filter = ("action",)
    search_fields = ("target", "request_id")
    list_before_template = "console/audit_button.html"
