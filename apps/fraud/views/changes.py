"""Changes that wait for a second person."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.fraud import selectors
from apps.fraud.models import Change
from apps.fraud.services import changes
from platform_core.web.api import Page


class Approve(Page):
    """Carries a change out, as another person than who asked for it."""

    required_permission = {"POST": "policy.approve"}

    def post(self, request: HttpRequest, name: str, change_id: str) -> HttpResponse:
        """Approve it."""
        detector = selectors.get_detector(actor=self.actor, name=name)
        change = changes.approve(actor=self.actor, detector=detector, change_id=change_id)
        messages.success(request, _("Approved; it decides from now on."))
        return _back(change, name)


class Decline(Page):
    """Ends a change without carrying it out; who asked for it withdraws it."""

    required_permission = {"POST": "policy.manage"}

    def post(self, request: HttpRequest, name: str, change_id: str) -> HttpResponse:
        """Decline or withdraw it."""
        detector = selectors.get_detector(actor=self.actor, name=name)
        change = changes.decline(actor=self.actor, detector=detector, change_id=change_id)
        messages.success(request, _("The change is not carried out."))
        return _back(change, name)


def _back(change: Change, name: str) -> HttpResponse:
    page = "fraud:policy" if change.kind == Change.Kind.POLICY else "fraud:rules"
    return redirect(f"{reverse(page)}?detector={name}")
