"""Cases: the queue by expected loss, and bulk closing."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.fraud.models import Case
from apps.fraud.selectors import cases as reads
from apps.fraud.views.chosen import choose, listing
from platform_core.web.api import Page


class Cases(Page):
    """What is to be worked, the largest expected loss first; `state=closed` shows what was."""

    required_permission = {"GET": "case.view"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the queue of one detector, or of all."""
        listed = listing(self.actor)
        name = request.GET.get("detector", "")
        chosen = choose(self.actor, listed, name) if name or not listed else None
        shared = {"detectors": listed, "detector": chosen, "tab": "fraud:cases"}
        if not listed:
            return render(request, "fraud/none.html", shared)
        asked = request.GET.get("show", "")
        found = self._found(asked, name)
        now = timezone.now()
        context = {
            "rows": [(each, _due(each, now)) for each in found[: reads.MAX_QUEUE]],
            "count": found.count(),
            "tabs": self._tabs(asked, name),
            "is_open": asked != "closed",
            "outcomes": Case.Outcome.choices,
            "can_manage": self.actor.can("case.manage"),
        }
        return render(request, "fraud/cases.html", {**shared, **context})

    def _found(self, asked: str, name: str) -> Any:
        if asked == "closed":
            found = reads.cases(actor=self.actor, state=Case.State.CLOSED, detector=name)
            return found.order_by("-closed_at")
        return reads.queue(actor=self.actor, detector=name, mine=asked == "mine")

    def _tabs(self, asked: str, name: str) -> list[dict[str, Any]]:
        base = f"{reverse('fraud:cases')}?detector={name}" if name else f"{reverse('fraud:cases')}?"
        offered = (("", _("To work")), ("mine", _("Mine")), ("closed", _("Closed")))
        return [
            {"title": words, "href": f"{base}&show={key}" if key else base, "active": key == asked}
            for key, words in offered
        ]


class CloseMany(Page):
    """Closes the chosen cases the same way."""

    required_permission = {"POST": "case.manage"}

    def post(self, request: HttpRequest) -> HttpResponse:
        """Close them, all or none; large ones wait for a second person."""
        from apps.fraud.engine.live import casework  # noqa: PLC0415  (numpy: only who labels)

        done = casework.close_many(
            actor=self.actor,
            case_ids=request.POST.getlist("case"),
            outcome=request.POST.get("outcome", ""),
            reason=request.POST.get("reason", ""),
        )
        words = ngettext("%(n)d case was handled.", "%(n)d cases were handled.", len(done))
        messages.success(request, words % {"n": len(done)})
        return redirect("fraud:cases")


def _due(case: Case, now: Any) -> str:
    """Return the tone of when a case is due."""
    return "bad" if case.state != Case.State.CLOSED and case.due_at < now else ""
