"""Every address of the web process, found from the URL configuration itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver

from platform_core.web.api import ApiView, Page

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
FOREIGN = {
    "allauth": "signed-out pages, or the person's own account",
    "drf_spectacular": "the public description of the interface",
    "django.contrib.admin": "guarded by ConsoleSite.has_permission; see test_console",
    "unfold": "guarded by ConsoleSite.has_permission; see test_console",
    "django.views.i18n": "public",
}
"""Packages whose views carry no declaration of ours, and what guards them instead."""


@dataclass(frozen=True)
class Route:
    """One pattern with the view behind it."""

    pattern: str
    view: Any
    converters: dict[str, Any]

    @property
    def view_class(self) -> Any:
        """The class of a class-based view, else None."""
        return getattr(self.view, "view_class", None) or getattr(self.view, "cls", None)

    @property
    def permissions(self) -> dict[str, str]:
        """HTTP method -> action, as declared."""
        return dict(getattr(self.view_class, "required_permission", {}))

    @property
    def methods(self) -> list[str]:
        """The methods the view carries out."""
        return [method for method in METHODS if hasattr(self.view_class, method.lower())]

    @property
    def is_ours(self) -> bool:
        """True for a page or REST view with a declaration to check."""
        return isinstance(self.view_class, type) and issubclass(self.view_class, Page | ApiView)

    @property
    def is_public(self) -> bool:
        """True where strangers may call."""
        return bool(
            getattr(self.view, "is_public", False) or getattr(self.view_class, "is_public", False)
        )

    @property
    def is_foreign(self) -> bool:
        """True for a view of a library named in FOREIGN."""
        module = getattr(self.view_class or self.view, "__module__", "") or ""
        return any(module.startswith(package) for package in FOREIGN)


def every_route() -> list[Route]:
    """Return all routes but the console's tables, which one site object guards."""
    return [route for route in _walk(get_resolver(), "", {}) if not _is_console(route)]


def _is_console(route: Route) -> bool:
    return route.pattern.startswith("console/")


def _walk(resolver: URLResolver, prefix: str, converters: dict[str, Any]) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        pattern = prefix + str(entry.pattern)
        known = converters | entry.pattern.converters
        if isinstance(entry, URLPattern):
            yield Route(pattern, entry.callback, known)
        elif entry.app_name != "admin":
            yield from _walk(entry, pattern, known)
        else:
            assert admin.site.is_registered is not None
