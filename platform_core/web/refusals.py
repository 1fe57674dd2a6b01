"""Django's own refusals in the house's words: 400, 403, 404, 500 and a failed CSRF check."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy

from platform_core.web.rest.problems import CONTENT_TYPE, document

EXPIRED_FORM = 419
"""Not an HTTP status of any standard: the key of a failed CSRF check, answered as 403."""

_ERRORS = {
    400: (
        gettext_lazy("The request could not be understood"),
        gettext_lazy("The browser sent something this page cannot read."),
        gettext_lazy("Go back and try again."),
    ),
    403: (
        gettext_lazy("Not permitted"),
        gettext_lazy("Your role does not allow this page."),
        gettext_lazy("Ask an owner or administrator of your organisation."),
    ),
    404: (
        gettext_lazy("Page not found"),
        gettext_lazy(
            "There is nothing at this address in your organisation."
            " It may have been deleted or renamed."
        ),
        gettext_lazy("Check the address, or use search."),
    ),
    EXPIRED_FORM: (
        gettext_lazy("The form has expired"),
        gettext_lazy("Its security token no longer matches this session. Nothing was changed."),
        gettext_lazy("Go back, reload the page and send the form again; allow cookies if they are blocked."),
    ),
}  # fmt: skip


def _is_program(request: HttpRequest) -> bool:
    """True for the REST interface, where every refusal is a problem document."""
    return request.path.startswith("/api/")


def _problem(request: HttpRequest, status: int, detail: str = "") -> HttpResponse:
    body = document(status=status, detail=detail, request_id=getattr(request, "request_id", ""))
    return JsonResponse(body, status=status, content_type=CONTENT_TYPE)


def _refuse(request: HttpRequest, kind: int, status: int) -> HttpResponse:
    title, detail, remedy = _ERRORS[kind]
    if _is_program(request):
        return _problem(request, status, str(detail))
    error = {"title": title, "detail": detail, "remedy": remedy}
    fragment = bool(request.headers.get("HX-Request"))
    template = "components/error.html" if fragment else "error.html"
    return render(request, template, {"error": error}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that cannot be read."""
    return _refuse(request, 400, HTTPStatus.BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a refusal raised as Django's PermissionDenied."""
    return _refuse(request, 403, HTTPStatus.FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an address that does not exist."""
    return _refuse(request, 404, HTTPStatus.NOT_FOUND)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose token does not match (settings.CSRF_FAILURE_VIEW)."""
    return _refuse(request, EXPIRED_FORM, HTTPStatus.FORBIDDEN)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a failure of ours: a page that needs neither database nor session nor actor."""
    if _is_program(request):
        return _problem(request, HTTPStatus.INTERNAL_SERVER_ERROR)
    request_id = getattr(request, "request_id", "")
    return HttpResponse(
        render_to_string("500.html", {"id_of_request": request_id}),
        status=HTTPStatus.INTERNAL_SERVER_ERROR,
    )
