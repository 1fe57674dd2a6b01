"""`/data/`: the data sets of the organisation, and one data set in five tabs."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from platform_core.datasets import selectors, services
from platform_core.datasets.models import Dataset, DatasetVersion
from platform_core.datasets.pages import plots, showing
from platform_core.datasets.pages.forms import RuleForm, SplitForm, UploadForm
from platform_core.datasets.pages.showing import Shown
from platform_core.errors import InvalidInputError, PlatformError
from platform_core.web.api import Page

MAX_LISTED = 200
PREVIEW_ROWS = 50


class DatasetListPage(Page):
    """All data sets."""

    required_permission = {"GET": "dataset.view"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the newest data sets."""
        listed = selectors.datasets_with_versions(actor=self.actor)
        context = {"datasets": listed[:MAX_LISTED], "may_upload": self.actor.can("dataset.upload")}
        return render(request, "datasets/list.html", context)


class UploadPage(Page):
    """The upload form; it is sent to the REST route."""

    required_permission = {"GET": "dataset.upload"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return render(request, "datasets/upload.html", {"form": UploadForm()})


class DatasetPage(Page):
    """Base of the tabs of one data set; also shows the states in which there is nothing to show.

    Attributes:
        tab: URL name of the tab.
        template: shown when there is a ready version.
    """

    required_permission = {"GET": "dataset.view"}
    tab = "detail"
    template = "datasets/profile.html"

    def get(self, request: HttpRequest, dataset_id: uuid.UUID) -> HttpResponse:
        """Show the tab."""
        return self.show(self.shown(dataset_id))

    def shown(self, dataset_id: uuid.UUID) -> Shown:
        """Return the data set and the version the address chooses."""
        dataset = selectors.get_dataset(actor=self.actor, key=dataset_id)
        wanted = self.request.GET.get("version", "")
        if wanted.isdecimal() and len(wanted) < 10:
            version = selectors.numbered_version(dataset=dataset, number=int(wanted))
            return Shown(dataset, version)
        return Shown(dataset, selectors.newest_ready(dataset=dataset))

    def show(self, shown: Shown, **extra: Any) -> HttpResponse:
        """Render the tab, or the state the data set is in."""
        context = {
            "dataset": shown.dataset,
            "version": shown.version,
            "waiting": selectors.being_made(dataset=shown.dataset),
            "tabs": showing.tabs(shown, self.tab, self.actor) if shown.version else [],
            "figures": showing.figures(shown.version) if shown.version else [],
            "may_upload": self.actor.can("dataset.upload"),
            "may_delete": self.actor.can("dataset.delete"),
        }
        if shown.version is None:
            return render(self.request, "datasets/state.html", context)
        context |= self.context(shown.dataset, shown.version) | extra
        return render(self.request, self.template, context)

    def context(self, dataset: Dataset, version: DatasetVersion) -> dict[str, Any]:
        """Return what the tab shows of a ready version."""
        profile = version.profile
        return {
            "profile": profile,
            "columns": showing.columns(profile),
            "charts": plots.charts(profile),
        }


class PreviewPage(DatasetPage):
    """The first rows."""

    required_permission = {"GET": "dataset.preview"}
    tab = "preview"
    template = "datasets/preview.html"

    def context(self, dataset: Dataset, version: DatasetVersion) -> dict[str, Any]:
        """Return the rows; the audit log says who looked."""
        return {"preview": services.preview(actor=self.actor, version=version, rows=PREVIEW_ROWS)}


class IssuesPage(DatasetPage):
    """Quality issues, and cleaning into a new version."""

    required_permission = {"GET": "dataset.view", "POST": "dataset.upload"}
    tab = "issues"
    template = "datasets/issues.html"

    def context(self, dataset: Dataset, version: DatasetVersion) -> dict[str, Any]:
        """Return issues and the form of one further rule."""
        names = [column["name"] for column in version.columns]
        newest = dataset.versions.order_by("-number").values_list("number", flat=True)[0]
        return {
            "issues": showing.issues(version),
            "rule_form": RuleForm(columns=names),
            "next_number": newest + 1,
            "chosen": [],
        }

    def post(self, request: HttpRequest, dataset_id: uuid.UUID) -> HttpResponse:
        """Clean into a new version by the rules ticked, and the further one."""
        shown = self.shown(dataset_id)
        if shown.version is None:
            return self.show(shown)
        names = [column["name"] for column in shown.version.columns]
        form = RuleForm(request.POST, columns=names)
        chosen = request.POST.getlist("issue")
        try:
            rules = self._rules(shown.version, chosen, form)
            services.create_version(
                actor=self.actor, dataset=shown.dataset, cleaning=rules, base=shown.version.number
            )
        except PlatformError as error:
            response = self.show(shown, error=error, rule_form=form, chosen=chosen)
            response.status_code = error.status
            return response
        return redirect("datasets:versions", dataset_id)

    def _rules(
        self, version: DatasetVersion, chosen: list[str], form: RuleForm
    ) -> list[dict[str, Any]]:
        """Return the rules of the ticked issues, and the further one."""
        if not form.is_valid():
            raise InvalidInputError(_("The further rule is incomplete."))
        suggestions = [issue["suggestion"] for issue in version.issues]
        offered = {str(at): rule for at, rule in enumerate(suggestions) if rule}
        rules = [offered[at] for at in chosen if at in offered] + form.as_json()
        if not rules:
            raise InvalidInputError(
                _("No cleaning rule is chosen."),
                remedy=_("Tick at least one suggestion, or fill in a further rule."),
            )
        return rules


class VersionsPage(DatasetPage):
    """All versions, and what made them."""

    tab = "versions"
    template = "datasets/versions.html"

    def context(self, dataset: Dataset, version: DatasetVersion) -> dict[str, Any]:
        """Return the versions with their history."""
        rows = selectors.versions(dataset=dataset)[:MAX_LISTED]
        return {"rows": [(row, showing.history(row)) for row in rows]}


class SplitsPage(DatasetPage):
    """Splits of the version shown."""

    required_permission = {"GET": "dataset.view", "POST": "dataset.upload"}
    tab = "splits"
    template = "datasets/splits.html"

    def context(self, dataset: Dataset, version: DatasetVersion) -> dict[str, Any]:
        """Return the splits and the form of a further one."""
        names = [column["name"] for column in version.columns]
        found = list(selectors.splits(dataset=dataset)[:MAX_LISTED])
        return {
            "splits": found,
            "is_waiting": any(split.state == split.State.PREPARING for split in found),
            "form": SplitForm(columns=names),
        }

    def post(self, request: HttpRequest, dataset_id: uuid.UUID) -> HttpResponse:
        """Fix a split of the version shown."""
        shown = self.shown(dataset_id)
        if shown.version is None:
            return self.show(shown)
        names = [column["name"] for column in shown.version.columns]
        form = SplitForm(request.POST, columns=names)
        try:
            if not form.is_valid():
                return self.show(shown, form=form)
            services.create_split(actor=self.actor, version=shown.version, spec=form.spec())
        except PlatformError as error:
            response = self.show(shown, form=form, error=error)
            response.status_code = error.status
            return response
        messages.success(request, _("The split is being made."))
        return redirect(f"{request.path}{shown.query}")


class LiveState(Page):
    """What polls while a version is made; tells the page to reload when that is over."""

    required_permission = {"GET": "dataset.view"}

    def get(self, request: HttpRequest, dataset_id: uuid.UUID) -> HttpResponse:
        """Show progress."""
        dataset = selectors.get_dataset(actor=self.actor, key=dataset_id)
        waiting = selectors.being_made(dataset=dataset)
        if waiting is None:
            return HttpResponse(headers={"HX-Refresh": "true"})
        context = {"dataset": dataset, "waiting": waiting}
        return render(request, "datasets/live.html", context)


class DeletePage(Page):
    """Deletion, confirmed by the name."""

    required_permission = {"POST": "dataset.delete"}

    def post(self, request: HttpRequest, dataset_id: uuid.UUID) -> HttpResponse:
        """Delete the data set when its name was typed."""
        dataset = selectors.get_dataset(actor=self.actor, key=dataset_id)
        if request.POST.get("confirm_name", "") != dataset.name:
            raise InvalidInputError(
                _("The name typed is not the name of the data set; nothing was deleted."),
                remedy=_("Go back and type it exactly."),
            )
        services.delete_dataset(actor=self.actor, dataset=dataset)
        words = _("“{name}” was deleted and its keys were destroyed.")
        messages.success(request, words.format(name=dataset.name))
        return redirect("datasets:list")
