"""allauth's forms in the house's words: sentence-case labels, no placeholder that repeats the label."""

from typing import Any, ClassVar

from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as CodeForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from platform_core.accounts.adapter import note_refusal
from platform_core.accounts.models import User


class PlainWords:
    """Sets the labels a form names and takes its placeholders away."""

    labels: ClassVar[dict[str, str | Promise]] = {}
    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = self.labels.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)


class LogIn(PlainWords, LoginForm):  # type: ignore[misc]
    """E-mail and password."""

    labels = {"login": _("E-mail"), "password": _("Password")}


class ChangePassword(PlainWords, ChangePasswordForm):  # type: ignore[misc]
    """The present password and, twice, the new one."""

    labels = {
        "oldpassword": _("Present password"),
        "password1": _("New password"),
        "password2": _("New password again"),
    }


class ConfirmPassword(PlainWords, ReauthenticateForm):  # type: ignore[misc]
    """The password, before something that protects the account changes."""


class JournalledCode:
    """Journals a wrong code; the throttle bounds how many."""

    user: User

    def clean_code(self) -> str:
        """Return the code, if it is right."""
        try:
            code: str = super().clean_code()  # type: ignore[misc]
        except ValidationError as refusal:
            if refusal.code == "incorrect_code":
                note_refusal(self.user, "session.refuse_code")
            raise
        return code


class EnterCode(JournalledCode, PlainWords, AuthenticateForm):  # type: ignore[misc]
    """The second factor's code at log-in."""


class ConfirmCode(JournalledCode, PlainWords, CodeForm):  # type: ignore[misc]
    """A code, before something that protects the account changes."""


class FirstCode(PlainWords, ActivateTOTPForm):  # type: ignore[misc]
    """The first code of a new authenticator app."""

    labels = {"code": _("Code the app shows now")}
