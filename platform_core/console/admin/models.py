"""Model versions, and aliases with promote, roll back and history."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from platform_core.console.owned import ConsoleAdmin
from platform_core.console.site import actor_of
from platform_core.registry import api as registry
from platform_core.serving import api as serving


@admin.register(registry.ModelVersion)
class ModelVersionAdmin(ConsoleAdmin):
    """Signed versions; promote one to an alias of its model."""

    view_permission = "model.view"
    change_permission = "model.promote"
    list_display = (
        "model",
        "number",
        "flavour",
        "state",
        "shown_aliases",
        "size_bytes",
        "created_at",
    )
    list_filter = ("state", "flavour", "model__application")
    search_fields = ("model__name",)
    actions = ("make_champion", "make_challenger")

    @display(description=_("aliases"))
    def shown_aliases(self, version: registry.ModelVersion) -> str:
        """Return the aliases that point here."""
        return ", ".join(alias.name for alias in version.aliases.all()) or "—"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Fetch models and aliases with the rows."""
        rows = super().get_queryset(request)
        return rows.select_related("model").prefetch_related("aliases")

    @admin.action(description=_("Promote to champion"), permissions=["change"])
    def make_champion(self, request: HttpRequest, rows: QuerySet[registry.ModelVersion]) -> None:
        """Serve the version."""
        self._point("champion", request, rows)

    @admin.action(description=_("Make challenger"), permissions=["change"])
    def make_challenger(self, request: HttpRequest, rows: QuerySet[registry.ModelVersion]) -> None:
        """Try the version beside the champion."""
        self._point("challenger", request, rows)

    def _point(self, alias: str, request: HttpRequest, rows: QuerySet[Any]) -> None:
        self.carry_out(
            request,
            rows,
            lambda actor, version: registry.set_alias(
                actor=actor, model=version.model, alias=alias, version=version, reason="console"
            ),
            _("now %(alias)s") % {"alias": alias},
        )


class AliasForm(forms.ModelForm):  # type: ignore[type-arg]  # Django has it generic in stubs only
    """Moves an alias to another version of the same model, with a reason for the history."""

    reason = forms.CharField(max_length=500, required=False, label=_("reason"))

    class Meta:
        model = registry.Alias
        fields = ("version",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "version" in self.fields:
            choices = registry.ModelVersion.objects.filter(model=self.instance.model, state="ready")
            self.fields["version"].queryset = choices  # type: ignore[attr-defined]


@admin.register(registry.Alias)
class AliasAdmin(ConsoleAdmin):
    """Where each alias points; promote by choosing a version, or roll back."""

    form = AliasForm
    view_permission = "model.view"
    change_permission = "model.promote"
    editable = ("version",)
    fields = ("model", "name", "version", "reason")
    list_display = ("model", "name", "version", "created_at")
    actions = ("roll_back",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Offer the reason only to those who may promote."""
        names = ["model", "name", "version"]
        return [*names, "reason"] if self.has_change_permission(request) else names

    def save_model(
        self, request: HttpRequest, obj: registry.Alias, form: Any, change: bool
    ) -> None:
        """Promote through the service."""
        registry.set_alias(
            actor=actor_of(request),
            model=obj.model,
            alias=obj.name,
            version=form.cleaned_data["version"],
            reason=form.cleaned_data.get("reason", ""),
        )

    @admin.action(description=_("Roll back to the previous version"), permissions=["change"])
    def roll_back(self, request: HttpRequest, rows: QuerySet[registry.Alias]) -> None:
        """Return each alias to where it pointed before."""
        self.carry_out(
            request,
            rows,
            lambda actor, alias: registry.roll_back_alias(
                actor=actor, model=alias.model, alias=alias.name, reason="console"
            ),
            _("rolled back"),
        )


@admin.register(registry.AliasChange)
class AliasChangeAdmin(ConsoleAdmin):
    """Every move of every alias."""

    view_permission = "model.view"
    list_display = (
        "created_at",
        "model",
        "alias",
        "kind",
        "previous",
        "version",
        "changed_by_label",
        "reason",
    )
    list_filter = ("kind", "alias")


@admin.register(serving.Endpoint)
class EndpointAdmin(ConsoleAdmin):
    """The names programs call."""

    view_permission = "endpoint.view"
    list_display = ("name", "model_name", "alias", "changed_at")
