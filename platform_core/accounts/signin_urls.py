"""Addresses of log-in and second factor, mounted under /accounts/: allauth's views, only those in use.

Sign-up, e-mail management and password reset are closed: an administrator adds people. The names that
allauth's own code looks up stay, with nothing behind them.
"""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path

from platform_core.accounts.signin import in_words


def closed(request: HttpRequest) -> HttpResponse:
    """Answer as if the address did not exist."""
    raise Http404


closed.is_public = True  # type: ignore[attr-defined]  # nothing to protect

urlpatterns = [
    path("login/", in_words(account.login), name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", in_words(account.reauthenticate), name="account_reauthenticate"),
    path("password/change/", in_words(account.password_change), name="account_change_password"),
    path("2fa/", mfa.index, name="mfa_index"),
    path("2fa/authenticate/", in_words(mfa.authenticate), name="mfa_authenticate"),
    path("2fa/reauthenticate/", in_words(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("2fa/totp/activate/", totp.activate_totp, name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "2fa/recovery-codes/generate/",
        recovery_codes.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path(
        "2fa/recovery-codes/download/",
        recovery_codes.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
    path("signup/", closed, name="account_signup"),
    path("email/", closed, name="account_email"),
    path("password/set/", closed, name="account_set_password"),
]
