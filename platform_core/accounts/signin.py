"""What this platform adds around allauth's views: 429 when throttled, words for members of nothing."""

import functools
from collections.abc import Callable
from http import HTTPStatus

from django.forms import BaseForm
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

_WAIT_S = 300
"""The longest of the windows in settings.ACCOUNT_RATE_LIMITS["login_failed"]."""

View = Callable[..., HttpResponseBase]


def in_words(view: View) -> View:
    """Wrap a view that checks a password or code.

    allauth answers a throttled attempt with its form and status 200; here the same page has status 429,
    so that programs notice. A signed-in person who is a member of no organisation would be sent round
    in circles between the home page and the log-in page; they are told instead.
    """

    @functools.wraps(view)
    def careful(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if request.user.is_authenticated and not request.actor:  # type: ignore[attr-defined]
            return render(request, "account/no_organisation.html", status=HTTPStatus.FORBIDDEN)
        response = view(request, *args, **kwargs)
        form = (getattr(response, "context_data", None) or {}).get("form")
        if isinstance(form, BaseForm) and _is_throttled(form):
            response.status_code = HTTPStatus.TOO_MANY_REQUESTS
        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            response.headers["Retry-After"] = str(_WAIT_S)
        return response

    return careful


def _is_throttled(form: BaseForm) -> bool:
    found = (error for errors in form.errors.as_data().values() for error in errors)
    return any(error.code == "too_many_login_attempts" for error in found)
