"""The console's site: who may enter, its front page and the pages that belong to no table."""

from typing import Any, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from unfold.sites import UnfoldAdminSite

from platform_core.accounts.api import PERMISSIONS, Actor, Role
from platform_core.audit import api as audit
from platform_core.console import figures, recent


def actor_of(request: HttpRequest) -> Actor:
    """Return the signed-in person's actor."""
    return cast("Actor", request.actor)  # type: ignore[attr-defined]


class ConsoleSite(UnfoldAdminSite):
    """Open to members whose role has `console.use`; shows their organisation only."""

    index_template = "console/index.html"
    enable_nav_sidebar = True

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Take the platform's own tables only.

        The libraries' (groups, e-mail addresses, second factors) know neither organisations nor
        the permission table.
        """
        if hasattr(admin_class, "organisation_path"):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Ask the permission table, not Django's staff flag."""
        return bool(request.actor) and actor_of(request).can("console.use")  # type: ignore[attr-defined]

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Use the one log-in page; a person without the permission is told so by the home page."""
        if request.user.is_authenticated:
            return HttpResponseRedirect(reverse("web:home"))
        return redirect_to_login(request.GET.get("next", reverse("admin:index")))

    def extra_urls(self) -> list[URLPattern]:
        """Add the pages without a table."""
        return [
            path("runtime/", self.admin_view(self.runtime), name="runtime"),
            path("permissions/", self.admin_view(self.permissions), name="permissions"),
            path("audit/verify/", self.admin_view(self.verify_audit), name="verify_audit"),
        ]

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Show the state of the organisation's machinery."""
        page: TemplateResponse = super().index(
            request,
            {
                "title": _("Overview"),
                "tiles": figures.tiles(actor_of(request)),
                "recent": recent.tables(actor_of(request)),
            },
        )
        return page

    def runtime(self, request: HttpRequest) -> HttpResponse:
        """Show what the runtime holds: versions, state, memory, warm-up."""
        held = figures.runtime(actor_of(request))
        table = figures.runtime_table(held["models"])
        return self._page(
            request, "console/runtime.html", _("Model cache"), down=held["down"], table=table
        )

    def permissions(self, request: HttpRequest) -> HttpResponse:
        """Show the permission table."""
        rows = [
            (action, [role in allowed for role in Role]) for action, allowed in PERMISSIONS.items()
        ]
        return self._page(
            request,
            "console/permissions.html",
            _("Roles and permissions"),
            rows=rows,
            roles=list(Role),
        )

    def verify_audit(self, request: HttpRequest) -> HttpResponse:
        """Recompute the audit chain (POST) and show whether it holds."""
        actor = actor_of(request)
        if not actor.can("audit.view"):
            raise PermissionDenied
        outcome = None
        if request.method == "POST":
            given = request.POST.get("after", "")
            after = int(given) if given.isdecimal() and len(given) < 16 else 0
            outcome = audit.verify_and_sign(actor=actor, after=after)
        return self._page(
            request, "console/audit_verify.html", _("Verify the audit log"), outcome=outcome
        )

    def _page(
        self, request: HttpRequest, template: str, title: str, **context: Any
    ) -> HttpResponse:
        return TemplateResponse(
            request, template, {**self.each_context(request), "title": title, **context}
        )
