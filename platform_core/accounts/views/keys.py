"""The page of API keys."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from platform_core.accounts import selectors
from platform_core.accounts.forms import KeyForm
from platform_core.accounts.models import ApiKey
from platform_core.accounts.services import keys
from platform_core.errors import ConflictError, InvalidInputError
from platform_core.web.api import Page

SHOWN = 200
"""Keys on the page; REST pages through all of them."""


class KeysPage(Page):
    """The keys one may see, and the form of a new one."""

    required_permission = {"GET": "apikey.view", "POST": "apikey.create"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the keys."""
        return self._show(KeyForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make a key and show its secret in this answer only."""
        form = KeyForm(request.POST)
        if not form.is_valid():
            return self._show(form, status=400)
        try:
            made = self._create(form)
        except (InvalidInputError, ConflictError) as error:
            form.refuse(error)
            return self._show(form, status=error.status)
        return self._show(KeyForm(), made=made)

    def _create(self, form: KeyForm) -> keys.NewApiKey:
        chosen = dict(form.cleaned_data)
        days = chosen.pop("days")
        expires_at = timezone.now() + timedelta(days=days) if days else None
        return keys.create_api_key(actor=self.actor, **chosen, expires_at=expires_at)

    def _show(
        self, form: KeyForm, made: keys.NewApiKey | None = None, status: int = 200
    ) -> HttpResponse:
        context = {
            "form": form,
            "made": made,
            "samples": self._samples(made) if made else [],
            "rows": [(key, _state(key)) for key in selectors.api_keys(actor=self.actor)[:SHOWN]],
            "shows_others": self.actor.can("apikey.manage"),
        }
        return render(self.request, "account/keys.html", context, status=status)

    def _samples(self, made: keys.NewApiKey) -> list[dict[str, str]]:
        """Return the key alone, and a request to try it with."""
        address = self.request.build_absolute_uri(reverse("api-me"))
        curl = f'curl -H "Authorization: Bearer {made.secret}" {address}'
        return [
            {"language": "text", "title": _("Key"), "text": made.secret},
            {"language": "bash", "title": "curl", "text": curl},
        ]


class KeyRevocationPage(Page):
    """Revokes a key; the page asks before."""

    required_permission = {"POST": "apikey.create"}

    def post(self, request: HttpRequest, key_id: str) -> HttpResponse:
        """Revoke, and go back to the list."""
        key = keys.revoke_api_key(actor=self.actor, key_id=key_id)
        words = _("The key “%(name)s” is revoked: requests with it are refused from now on.")
        messages.success(request, words % {"name": key.name})
        return HttpResponseRedirect(reverse("accounts:api-keys"))


def _state(key: ApiKey) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "active" if key.is_usable else "expired"
