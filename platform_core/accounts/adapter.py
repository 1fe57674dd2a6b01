"""How allauth behaves here: people are invited, security changes are journalled, log-in is throttled."""

import fcntl
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from platform_core.accounts import journal, sealing
from platform_core.accounts.actor import Actor
from platform_core.accounts.models import User
from platform_core.accounts.services.organisations import first_organisation

_NOTICES = {
    "account/email/password_changed": "password.change",
    "mfa/email/totp_activated": "second_factor.activate",
    "mfa/email/totp_deactivated": "second_factor.deactivate",
    "mfa/email/recovery_codes_generated": "recovery_codes.generate",
}
"""allauth's notice to the person -> action of the journal."""


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Closed sign-up, a journal of log-ins and security changes, the person's own language."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _(
            "The e-mail address and the password do not belong together. Check both."
        ),
        "too_many_login_attempts": _(
            "Too many failed attempts. Wait five minutes, then try again; nobody can log in to this "
            "account meanwhile."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse: an administrator adds members."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Send a person with a temporary password to choose their own."""
        if getattr(request.user, "password_is_temporary", False):
            return reverse("account_change_password")
        return str(super().get_login_redirect_url(request))

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Return to the profile, where the change was asked for."""
        return reverse("accounts:profile")

    def login(self, request: HttpRequest, user: User) -> None:
        """Start the session and journal it."""
        super().login(request, user)
        _note(user, "session.open")

    def post_login(self, request: HttpRequest, user: User, **hooks: Any) -> HttpResponse:
        """Show the pages in the person's language from now on."""
        response: HttpResponse = super().post_login(request, user, **hooks)
        if user.language:
            set_language_cookie(response, user.language)
        return response

    def set_password(self, user: User, password: str) -> None:
        """Keep the password the person chose."""
        user.password_is_temporary = False
        super().set_password(user, password)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count an attempt; one at a time, because allauth's counter reads, then writes."""
        with _counting():
            super().pre_authenticate(request, **credentials)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Journal a wrong password; the throttle lets five through in five minutes per account."""
        note_refusal(User.objects.filter(email=str(credentials.get("email", "")).lower()).first())

    def reauthenticate(self, user: User, password: str) -> bool:
        """Say whether the password is the person's; counted like a log-in."""
        found = self.authenticate(context.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def send_notification_mail(
        self, template_prefix: str, user: User, *args: Any, **kwargs: Any
    ) -> None:
        """Journal a change of what protects the account, and tell the person if mail is set up."""
        if template_prefix in _NOTICES:
            _note(user, _NOTICES[template_prefix])
        super().send_notification_mail(template_prefix, user, *args, **kwargs)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count failed attempts per account alone: a caller chooses the port in the Host header."""
        return str(credentials.get("email", "")).lower()


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Seals second-factor secrets before they reach the database."""

    def build_totp_svg(self, url: str) -> str:
        """Draw the QR code on white: a scanner does not read it on the dark theme's ground."""
        import qrcode  # type: ignore[import-untyped]  # noqa: PLC0415  (as allauth does: only this page needs it)
        from qrcode.image.svg import SvgPathFillImage  # type: ignore[import-untyped]  # noqa: PLC0415

        drawn = io.BytesIO()
        qrcode.make(url, image_factory=SvgPathFillImage).save(drawn)
        return drawn.getvalue().decode()

    def encrypt(self, text: str) -> str:
        """Seal a secret."""
        return sealing.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Open a sealed secret."""
        return sealing.unseal(encrypted_text)


def set_language_cookie(response: HttpResponse, language: str) -> None:
    """Make Django's LocaleMiddleware show this browser's pages in a language."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=365 * 86_400,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


@contextmanager
def _counting() -> Iterator[None]:
    """Let the web processes of this machine count one attempt after another."""
    folder = settings.HOME / "run"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "log-in.lock"
    path.touch(mode=0o600)
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def note_refusal(user: User | None, action: str = "session.refuse") -> None:
    """Journal a failed attempt to log in; of an address nobody has, there is no journal to write to."""
    if user is not None:
        _note(user, action)


def _note(user: User, action: str) -> None:
    organisation = first_organisation(user)
    if organisation is not None:
        request_id = getattr(context.request, "request_id", "")
        actor = Actor(organisation=organisation, user=user, request_id=request_id)
        journal.record(actor=actor, action=action, target=f"user:{user.pk}")
