"""Base of the console's tables: one organisation's rows, changed only through services."""

from typing import Any, ClassVar

from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import Promise
from unfold.admin import ModelAdmin

from platform_core.accounts.api import Actor
from platform_core.console.site import actor_of
from platform_core.errors import PlatformError
from platform_core.sentences import refusal


class ConsoleAdmin(ModelAdmin):
    """Read-only unless a subclass names the permission and the fields.

    Attributes:
        view_permission: action of the permission table needed to see the rows.
        change_permission: action needed to change `editable` fields; empty for none.
        editable: fields the change form offers; `save_model` must hand them to a service.
        organisation_path: how a row leads to its organisation; empty for rows all may see.
        concealed: fields no page shows: secrets, signed bytes, and the owner every row shares.
    """

    view_permission: ClassVar[str] = "console.use"
    change_permission: ClassVar[str] = ""
    editable: ClassVar[tuple[str, ...]] = ()
    organisation_path: ClassVar[str] = "organisation"
    concealed: ClassVar[frozenset[str]] = frozenset(
        {"organisation", "wrapped", "secret_hash", "statement", "signature", "checkpoint_path"}
    )
    list_per_page = 50
    show_full_result_count = False
    compressed_fields = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        """Return the organisation's rows only."""
        rows: QuerySet[Model] = super().get_queryset(request)
        if self.organisation_path:
            rows = rows.filter(**{self.organisation_path: actor_of(request).organisation})
        return rows

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the table in the index to those who may see it."""
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Ask the permission table."""
        return actor_of(request).can(self.view_permission)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Ask the permission table; never without a service behind it."""
        return bool(self.change_permission) and actor_of(request).can(self.change_permission)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Objects are made by services."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Objects are removed by services."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Return every field that is shown and not editable."""
        own = [field.name for field in self.model._meta.fields]  # noqa: SLF001  (Django's documented API)
        kept = self.concealed.union(self.editable)
        return [*(name for name in own if name not in kept), *self.readonly_fields]

    def get_exclude(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Keep what is concealed out of forms too."""
        return sorted(self.concealed)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a service's refusal as a message above the unchanged form."""
        try:
            page: HttpResponse = super().changeform_view(
                request, object_id, form_url, extra_context
            )
        except PlatformError as error:
            self.message_user(request, refusal(error), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
        return page

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponse:
        """Answer 404 for another organisation's row as for none (Django would lead to the index)."""
        raise Http404

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> None:
        """Leave the record to the audit log, which the services write."""

    def carry_out(
        self, request: HttpRequest, rows: QuerySet[Any], call: Any, done: str | Promise
    ) -> None:
        """Call a service for each row; show what was done and each refusal in its own words."""
        actor: Actor = actor_of(request)
        count = 0
        for row in rows:
            try:
                call(actor, row)
                count += 1
            except PlatformError as error:
                words = f"{row}: {refusal(error)}"
                self.message_user(request, words, messages.ERROR)
        if count:
            self.message_user(request, f"{count} × {done}", messages.SUCCESS)
