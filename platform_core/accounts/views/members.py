"""The page of the organisation and its members."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from platform_core.accounts import selectors
from platform_core.accounts.errors import OwnerRoleError
from platform_core.accounts.forms import MemberForm, OrganisationForm, role_choices
from platform_core.accounts.middleware import SESSION_ORGANISATION
from platform_core.accounts.services import members, organisations
from platform_core.accounts.views.profile import safe_next
from platform_core.errors import ConflictError, InvalidInputError, PlatformError
from platform_core.sentences import refusal
from platform_core.web.api import Page

SHOWN = 500
"""Members on the page; REST pages through all of them."""
REFUSALS = (ConflictError, InvalidInputError, OwnerRoleError)
"""Shown beside the form, or as a notice over the list, rather than as a page of its own."""


class MembersPage(Page):
    """Who belongs to the organisation, and the form to add somebody."""

    required_permission = {"GET": "member.view", "POST": "member.manage"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the members."""
        return self._show(self._form())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Add a member and show a new person's temporary password in this answer only."""
        form = self._form(request)
        if not form.is_valid():
            return self._show(form, status=400)
        try:
            added = members.add_member(actor=self.actor, **form.cleaned_data)
        except REFUSALS as error:
            form.refuse(error)
            return self._show(form, status=error.status)
        return self._show(self._form(), added=added)

    def _form(self, request: HttpRequest | None = None) -> MemberForm:
        data = request.POST if request else None
        return MemberForm(data, may_make_owners=self.actor.can("organisation.manage"))

    def _show(
        self, form: MemberForm, added: members.AddedMember | None = None, status: int = 200
    ) -> HttpResponse:
        is_owner = self.actor.can("organisation.manage")
        context = {
            "form": form,
            "added": added,
            "members": selectors.members(actor=self.actor)[:SHOWN],
            "manages": self.actor.can("member.manage"),
            "is_owner": is_owner,
            "roles": role_choices(may_make_owners=is_owner),
            "organisation_form": OrganisationForm(auto_id="organisation_%s"),
        }
        response = render(self.request, "account/members.html", context, status=status)
        response.headers["Cache-Control"] = "no-store"
        return response


class RolePage(Page):
    """Changes a member's role."""

    required_permission = {"POST": "member.manage"}

    def post(self, request: HttpRequest, member_id: str) -> HttpResponse:
        """Change the role, and go back to the list."""
        selectors.get_member(actor=self.actor, member_id=member_id)
        try:
            changed = members.change_role(
                actor=self.actor, member_id=member_id, role=request.POST.get("role", "")
            )
        except REFUSALS as error:
            return _back_with(request, error)
        words = _("%(email)s is now: %(role)s.")
        messages.success(
            request,
            words % {"email": changed.user.email, "role": changed.get_role_display()},
        )
        return HttpResponseRedirect(reverse("accounts:members"))


class RemovalPage(Page):
    """Removes a member; the page asks before."""

    required_permission = {"POST": "member.manage"}

    def post(self, request: HttpRequest, member_id: str) -> HttpResponse:
        """Remove, and go back to the list."""
        member = selectors.get_member(actor=self.actor, member_id=member_id)
        try:
            members.remove_member(actor=self.actor, member_id=member_id)
        except REFUSALS as error:
            return _back_with(request, error)
        words = _("%(email)s is no longer a member; their API keys here are revoked.")
        messages.success(request, words % {"email": member.user.email})
        return HttpResponseRedirect(reverse("accounts:members"))


class SwitchPage(Page):
    """`POST /account/organisation/`: act in another of one's organisations."""

    required_permission = {"POST": "organisation.view"}

    def post(self, request: HttpRequest) -> HttpResponse:
        """Switch, and go to `next` or the home page."""
        moved = organisations.switch_organisation(
            actor=self.actor, organisation_id=request.POST.get("organisation", "")
        )
        request.session[SESSION_ORGANISATION] = str(moved.organisation.pk)
        return HttpResponseRedirect(safe_next(request))


class NewOrganisationPage(Page):
    """Founds an organisation and goes there."""

    required_permission = {"POST": "organisation.manage"}

    def post(self, request: HttpRequest) -> HttpResponse:
        """Found it; the person is its owner."""
        try:
            made = organisations.create_organisation(
                actor=self.actor, name=request.POST.get("name", "")
            )
        except REFUSALS as error:
            return _back_with(request, error)
        request.session[SESSION_ORGANISATION] = str(made.pk)
        messages.success(request, _("You are now in %(name)s.") % {"name": made.name})
        return HttpResponseRedirect(reverse("accounts:members"))


def _back_with(request: HttpRequest, error: PlatformError) -> HttpResponse:
    messages.error(request, refusal(error))
    return HttpResponseRedirect(reverse("accounts:members"))
