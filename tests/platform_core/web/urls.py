"""A small set of addresses: the web part, log-in, and pages that fail in each way."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path

from platform_core.web import refusals


def boom(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("planted")


def secret(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def upload(request: HttpRequest) -> HttpResponse:
    names = [file.name for file in request.FILES.getlist("files")]
    if names == ["bad.csv"]:
        problem = {"title": "Invalid file", "detail": "Line 3 has 2 columns.", "status": 400}
        return JsonResponse(problem, status=400, content_type="application/problem+json")
    return JsonResponse({"id": "+".join(names)}, status=202)


urlpatterns = [
    path("upload/", upload),
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
