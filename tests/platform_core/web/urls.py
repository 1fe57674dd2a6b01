"""A small set of addresses: the web part, log-in, and pages that fail in each way."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from platform_core.web import refusals


def boom(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("planted")


def secret(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


urlpatterns = [
    path("", include("platform_core.web.urls")),
    path("accounts/", include("allauth.urls")),
    path("account/", include("platform_core.accounts.urls")),
    path("boom/", boom),
    path("secret/", secret),
    path("api/boom/", boom),
]
handler400 = refusals.bad_request
handler403 = refusals.forbidden
handler404 = refusals.not_found
handler500 = refusals.server_error
