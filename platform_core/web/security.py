"""Security headers: a strict content policy for our pages, a looser one for pages a library renders."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

_EMPTY_STYLE = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
"""Plotly makes an empty style element and fills it through the CSSOM."""
_STYLE_OF_MAPS = "'sha256-ji27qzEtxXZW+7dun6UwjHXJ18e6WAin1VvNtkzIE/o='"
"""The style of Plotly's maps, written when the library loads; browser tests tell when it changes."""

_BASE = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": f"'self' {_EMPTY_STYLE} {_STYLE_OF_MAPS}",
    # Plotly writes style attributes on the shapes it draws; style elements with text stay forbidden.
    "style-src-attr": "'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
_LOOSE = {
    # Alpine (the console's library) compiles expressions; Unfold and Swagger write inline scripts and styles
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
}
LIBRARY_PAGES = frozenset({"docs"})
"""URL names of pages a library renders."""

PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
)


def _policy(members: dict[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in members.items())


STRICT_POLICY = _policy(_BASE)
LOOSE_POLICY = _policy(_BASE | _LOOSE)


class SecurityHeadersMiddleware:
    """Sets Content-Security-Policy, Permissions-Policy and Cache-Control; what a view set itself stays.

    An answer is for the person who asked: it is stored by no browser and no proxy, so that "back" after
    logging out shows nothing. What is the same for everybody (static files) says so itself.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add the headers to the answer."""
        response = self._get_response(request)
        found = request.resolver_match
        loose = found is not None and (
            "admin" in found.namespaces or found.url_name in LIBRARY_PAGES
        )
        response.headers.setdefault(
            "Content-Security-Policy", LOOSE_POLICY if loose else STRICT_POLICY
        )
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cache-Control", "no-store")
        return response
