"""The page of the organisation and its members."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
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
        return show(self, form_of(self))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Add a member and show a new person's temporary password in this answer only."""
        form = form_of(self, request.POST)
        if not form.is_valid():
            return show(self, form, status=400)
        try:
            added = members.add_member(actor=self.actor, **form.cleaned_data)
        except REFUSALS as error:
            form.refuse(error)
            return show(self, form, status=error.status)
        return show(self, form_of(self), added=added)


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


class PasswordPage(Page):
    """Gives a member who lost their password a temporary one, shown in this answer only."""

    required_permission = {"POST": "member.manage"}

    def post(self, request: HttpRequest, member_id: str) -> HttpResponse:
        """Reset it, and show it over the list."""
        try:
            reset = members.reset_password(actor=self.actor, member_id=member_id)
        except REFUSALS as error:
            return _back_with(request, error)
        return show(self, form_of(self), reset=reset)


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


def form_of(page: Page, data: QueryDict | None = None) -> MemberForm:
    """Return the form to add a member, as this person may fill it in."""
    return MemberForm(data, may_make_owners=page.actor.can("organisation.manage"))


def show(page: Page, form: MemberForm, status: int = 200, **news: object) -> HttpResponse:
    """Render the list and the form, below what is new: `added` or `reset`, with its password."""
    is_owner = page.actor.can("organisation.manage")
    context = {
        "form": form,
        "members": selectors.members(actor=page.actor)[:SHOWN],
        "manages": page.actor.can("member.manage"),
        "is_owner": is_owner,
        "self_id": page.actor.user.pk if page.actor.user else None,
        "roles": role_choices(may_make_owners=is_owner),
        "organisation_form": OrganisationForm(auto_id="organisation_%s"),
    }
    return render(page.request, "account/members.html", context | news, status=status)


def _back_with(request: HttpRequest, error: PlatformError) -> HttpResponse:
    messages.error(request, refusal(error))
    return HttpResponseRedirect(reverse("accounts:members"))
