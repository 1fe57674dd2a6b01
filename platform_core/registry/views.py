"""Pages of the registry: models, one model, one version, two versions compared."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from platform_core.errors import InvalidInputError
from platform_core.registry import (
    approvals,
    comparison,
    figures,
    lineage,
    selectors,
    services,
    statements,
)
from platform_core.registry.errors import BundleInvalidError
from platform_core.registry.forms import (
    ImportForm,
    NotesForm,
    PromotionForm,
    ReasonForm,
    alias_words,
)
from platform_core.registry.models import ALIASES, Model, ModelVersion, PromotionRequest
from platform_core.web.api import Page

_PER_PAGE = 25
_HISTORY = 30
_METRIC_COLUMNS = 4


class ModelListPage(Page):
    """`/models/`."""

    required_permission = {"GET": "model.view"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the organisation's models."""
        rows = Paginator(selectors.models_with_aliases(actor=self.actor), _PER_PAGE)
        context = _paged(request, rows) | {
            "can_import": self.actor.can("model.register"),
            "can_rule": self.actor.can("organisation.manage"),
            "second_person": approvals.needs_second_person(organisation=self.actor.organisation),
        }
        return render(request, "registry/list.html", context)


class ImportPage(Page):
    """`/models/import/`."""

    required_permission = {"GET": "model.register"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form; the file itself is sent to the REST route, which encrypts it on the way in."""
        return render(request, "registry/import.html", {"form": ImportForm()})


class ModelPage(Page):
    """`/models/<name>/`: versions and the history of the aliases."""

    required_permission = {"GET": "model.view"}

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        """Show one model."""
        model = selectors.get_model(actor=self.actor, name=name)
        versions = selectors.versions(actor=self.actor, model=model)
        shown = _paged(request, Paginator(versions, _PER_PAGE))
        targets = selectors.aliases(actor=self.actor, model=model)
        newest = versions.first()
        metrics = list(comparison.headline(newest, _METRIC_COLUMNS)) if newest else []
        context = shown | {
            "model": model,
            "metrics": metrics,
            "rows": [(row, _cells(row, metrics), _form(row)) for row in shown["page"]],
            "figures": figures.of_model(newest, targets, versions.count()),
            "history": selectors.alias_history(actor=self.actor, model=model)[:_HISTORY],
            "previous_target": selectors.previous_target(model=model, alias=ALIASES[0]),
            "champion": targets.get(ALIASES[0]),
            "can_promote": self.actor.can("model.promote"),
            "requests": approvals.requests(actor=self.actor, model=model)[:_HISTORY],
            "own_id": self.actor.user.pk if self.actor.user else None,
            "reason_form": ReasonForm(auto_id="rollback-%s"),
        }
        return render(request, "registry/model.html", context)


class VersionPage(Page):
    """`/models/<name>/versions/<number>/`."""

    required_permission = {"GET": "model.view"}

    def get(self, request: HttpRequest, name: str, number: int) -> HttpResponse:
        """Show one version: metrics, signature, parameters, lineage, card."""
        version = selectors.get_version(actor=self.actor, model_name=name, number=number)
        context = {
            "model": version.model,
            "version": version,
            "aliases": [alias.name for alias in version.aliases.all()],
            "metrics": comparison.pairs(version.metrics),
            "parameters": comparison.pairs(version.parameters),
            "manifest": version.manifest,
            "tensors": figures.tensors(version.manifest),
            "sources": lineage.sources(version),
            "problem": _problem(version),
            "card": [{"language": "markdown", "title": "Markdown", "text": version.card}],
            "compare": _comparison_with_previous(version),
            "can_register": self.actor.can("model.register"),
            "can_promote": self.actor.can("model.promote"),
            "form": _form(version),
            "notes_form": NotesForm(initial={"notes": version.notes}),
        }
        return render(request, "registry/version.html", context)


class ComparisonPage(Page):
    """`/models/<name>/compare/?v=1&v=2`."""

    required_permission = {"GET": "model.view"}

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        """Show two versions side by side; without a choice, the champion beside the newest other."""
        model = selectors.get_model(actor=self.actor, name=name)
        versions = selectors.versions(actor=self.actor, model=model)
        context: dict[str, Any] = {
            "model": model,
            "numbers": list(versions.values_list("number", flat=True)[:500]),
        }
        chosen = self._chosen(request, model)
        context["selects"] = _selects(chosen)
        if len(chosen) == 2:
            left, right = sorted(chosen, key=lambda version: version.number)
            context |= {"left": left, "right": right, "tables": comparison.compare(left, right)}
            context["columns"] = [_("Version %d") % one.number for one in (left, right)]
        return render(request, "registry/compare.html", context)

    def _chosen(self, request: HttpRequest, model: Model) -> list[ModelVersion]:
        words = [word for word in request.GET.getlist("v") if word.isdecimal() and len(word) < 10]
        if wanted := [int(word) for word in words[:2]]:
            return [
                selectors.get_version(actor=self.actor, model_name=model.name, number=number)
                for number in dict.fromkeys(wanted)
            ]
        newest = list(selectors.versions(actor=self.actor, model=model)[:2])
        champion = selectors.aliases(actor=self.actor, model=model).get(ALIASES[0])
        others = [version for version in newest if version != champion]
        return [champion, others[0]] if champion and others else newest


class PromotionDecision(Page):
    """`POST /models/<name>/promotions/<id>/`: approve, decline or withdraw."""

    required_permission = {"POST": "model.promote"}

    def post(self, request: HttpRequest, name: str, request_id: UUID) -> HttpResponseBase:
        """Decide a request."""
        model = selectors.get_model(actor=self.actor, name=name)
        if request.POST.get("decision") == "approve":
            approvals.approve(actor=self.actor, model=model, request_id=request_id)
            messages.success(request, _("Approved: the version is the champion now"))
        else:
            approvals.decline(actor=self.actor, model=model, request_id=request_id)
            messages.success(request, _("The request is closed; nothing changed"))
        return redirect("registry:model", name)


class PromotionRulePage(Page):
    """`POST /models/rule/`: whether a change of champion takes a second person."""

    required_permission = {"POST": "organisation.manage"}

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Set the rule."""
        asked = request.POST.get("second_person") == "on"
        approvals.set_rule(actor=self.actor, second_person=asked)
        words = _("Changes of champion take a second person now")
        messages.success(request, words if asked else _("One person can change a champion now"))
        return redirect("registry:list")


class Notes(Page):
    """`POST /models/<name>/versions/<number>/notes/`."""

    required_permission = {"POST": "model.register"}

    def post(self, request: HttpRequest, name: str, number: int) -> HttpResponseBase:
        """Replace what people say of the version."""
        version = selectors.get_version(actor=self.actor, model_name=name, number=number)
        services.write_notes(
            actor=self.actor, version=version, **_fields_of(NotesForm(request.POST))
        )
        messages.success(request, _("Notes saved"))
        return redirect("registry:version", name, number)


class Promotion(Page):
    """`POST /models/<name>/versions/<number>/promote/`."""

    required_permission = {"POST": "model.promote"}

    def post(self, request: HttpRequest, name: str, number: int) -> HttpResponseBase:
        """Point an alias at the version."""
        wanted = _fields_of(PromotionForm(request.POST))
        version = selectors.get_version(actor=self.actor, model_name=name, number=number)
        before = selectors.aliases(actor=self.actor, model=version.model).get(wanted["alias"])
        row = approvals.promote(actor=self.actor, version=version, **wanted)
        if isinstance(row, PromotionRequest):
            messages.info(request, _("Asked for. A colleague who may promote approves it here."))
            return redirect("registry:model", name)
        words = {"model": name, "number": number, "alias": alias_words(wanted["alias"])}
        undo = reverse("registry:rollback", args=[name, wanted["alias"]])
        can_undo = before is not None and before != version
        text = _("Version %(number)d is the %(alias)s of %(model)s now") % words
        messages.success(request, text, extra_tags=undo if can_undo else "")
        return redirect("registry:model", name)


class RollBack(Page):
    """`POST /models/<name>/aliases/<alias>/rollback/`."""

    required_permission = {"POST": "model.promote"}

    def post(self, request: HttpRequest, name: str, alias: str) -> HttpResponseBase:
        """Point the alias back at its previous version."""
        wanted = _fields_of(ReasonForm(request.POST))
        model = selectors.get_model(actor=self.actor, name=name)
        row = services.roll_back_alias(actor=self.actor, model=model, alias=alias, **wanted)
        words = {"model": name, "number": row.version.number, "alias": alias_words(alias)}
        text = _("Rolled back: version %(number)d is the %(alias)s of %(model)s again") % words
        messages.success(request, text)
        return redirect("registry:model", name)


def _paged(request: HttpRequest, rows: "Paginator[Any]") -> dict[str, Any]:
    page = rows.get_page(request.GET.get("page"))
    return {
        "page": page,
        "previous": f"?page={page.previous_page_number()}" if page.has_previous() else "",
        "next": f"?page={page.next_page_number()}" if page.has_next() else "",
    }


def _cells(version: ModelVersion, metrics: list[str]) -> list[Any]:
    flat = comparison.flatten(version.metrics)
    return [flat.get(name) for name in metrics]


def _selects(chosen: list[ModelVersion]) -> list[tuple[int | None, str]]:
    """Return what the two selects show, lower number first, with their labels."""
    numbers: list[int | None] = [*sorted(version.number for version in chosen), None, None]
    return list(zip(numbers, (_("First version"), _("Second version")), strict=False))


def _form(version: ModelVersion) -> PromotionForm:
    """Return the promotion dialog's form; its ids are unique on a page of many versions."""
    return PromotionForm(auto_id=f"promote-{version.number}-%s")


def _comparison_with_previous(version: ModelVersion) -> str:
    """Return the address that compares with the version before; empty for the first."""
    if version.number == 1:
        return ""
    address = reverse("registry:compare", args=[version.model.name])
    return f"{address}?v={version.number - 1}&v={version.number}"


def _problem(version: ModelVersion) -> BundleInvalidError | None:
    """Return why the version's signature does not hold, or None."""
    try:
        statements.check(version)
    except BundleInvalidError as error:
        return error
    return None


def _fields_of(form: Form) -> dict[str, Any]:
    if form.is_valid():
        return form.cleaned_data
    name, words = next(iter(form.errors.items()))
    raise InvalidInputError(f"{name}: {words[0]}", remedy=_("Go back and mend it."), field=name)
