"""Lists: who is blocked, allowed or watched, until when and why."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.fraud import selectors
from apps.fraud.forms import EntriesForm
from apps.fraud.models import Detector, ListEntry
from apps.fraud.selectors import rules as reads
from apps.fraud.services import lists, masking
from apps.fraud.views.chosen import DetectorPage, listing
from platform_core.errors import PlatformError
from platform_core.web.api import Page

MAX_SHOWN = 200


class Lists(DetectorPage):
    """The entries of one detector's lists; values are masked."""

    template = "fraud/lists.html"
    tab = "fraud:lists"
    required_permission = {"GET": "decision.view", "POST": "rule.manage"}

    def context(self, detector: Detector) -> dict[str, Any]:
        """Return the newest entries of the chosen list, or of all."""
        chosen = self.request.GET.get("list", "")
        name = chosen if chosen in ListEntry.List.values else ""
        found = reads.entries(actor=self.actor, detector=detector, name=name)
        now = timezone.now()
        return {
            "rows": [_row(each, now) for each in found.select_related("made_by")[:MAX_SHOWN]],
            "count": found.count(),
            "tabs": _tabs(detector, name),
            "form": EntriesForm(entities=detector.entities),
            "can_manage": self.actor.can("rule.manage"),
        }

    def post(self, request: HttpRequest) -> HttpResponse:
        """Put values on a list."""
        name = request.GET.get("detector", "")
        detector = selectors.get_detector(actor=self.actor, name=name)
        form = EntriesForm(request.POST, entities=detector.entities)
        if form.is_valid():
            try:
                entries = form.entries()
                made = lists.add_entries(actor=self.actor, detector=detector, entries=entries)
            except PlatformError as error:
                form.refuse(error)
            else:
                words = ngettext("%(n)d value was added.", "%(n)d values were added.", len(made))
                messages.success(request, words % {"n": len(made)})
                return back(name)
        shared = {"detectors": listing(self.actor), "detector": detector, "tab": self.tab}
        context = {**shared, **self.context(detector), "form": form}
        return render(request, self.template, context, status=422)


class Remove(Page):
    """Takes a value off its list."""

    required_permission = {"POST": "rule.manage"}

    def post(self, request: HttpRequest, name: str, entry_id: str) -> HttpResponse:
        """Remove it."""
        detector = selectors.get_detector(actor=self.actor, name=name)
        entry = reads.get_entry(actor=self.actor, detector=detector, entry_id=entry_id)
        lists.remove_entry(actor=self.actor, entry=entry)
        messages.success(request, _("The value stands on the list no more."))
        return back(name)


class RemoveExpired(Page):
    """Forgets what has no effect any more."""

    required_permission = {"POST": "rule.manage"}

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """Remove the expired entries."""
        detector = selectors.get_detector(actor=self.actor, name=name)
        gone = lists.remove_expired(actor=self.actor, detector=detector)
        words = ngettext("%(n)d entry was removed.", "%(n)d entries were removed.", gone)
        messages.success(request, words % {"n": gone})
        return back(name)


def back(name: str) -> HttpResponse:
    """Go to the lists of a detector."""
    return redirect(f"{reverse('fraud:lists')}?detector={name}")


def _row(entry: ListEntry, now: Any) -> dict[str, Any]:
    tones = {"block": ("bad", "ban"), "allow": ("good", "check"), "watch": ("warn", "eye")}
    tone, icon = tones[entry.list]
    words = entry.get_list_display().partition(":")[0].partition("：")[0]
    return {
        "entry": entry,
        "value": masking.masked(entry.value),
        "is_expired": entry.expires_at is not None and entry.expires_at <= now,
        "outcome": {"tone": tone, "icon": icon, "words": words},
    }


def _tabs(detector: Detector, name: str) -> list[dict[str, Any]]:
    base = f"{reverse('fraud:lists')}?detector={detector.name}"
    offered = [("", _("Every list")), *ListEntry.List.choices]
    return [
        {"title": words, "href": f"{base}&list={key}" if key else base, "active": key == name}
        for key, words in offered
    ]
