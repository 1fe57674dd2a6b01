"""What the runtimes hold in memory, live."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from platform_core.errors import PlatformError
from platform_core.sentences import refusal
from platform_core.serving import nodes, runtime_link
from platform_core.serving.answers import LoadedModel
from platform_core.serving.views.shown import moment
from platform_core.web.api import Page, filesize


class MemoryPage(Page):
    """The organisation's versions in memory, and how full the runtimes are."""

    required_permission = {"GET": "endpoint.view"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the page; a polling fragment gets the part that changes."""
        part = request.headers.get("HX-Request")
        template = "serving/memory_live.html" if part else "serving/memory.html"
        return render(request, template, self._context())

    def _context(self) -> dict[str, Any]:
        try:
            held = runtime_link.state(organisation_id=str(self.actor.organisation.pk))
        except PlatformError as error:
            return {"problem": refusal(error), "rows": [], "figures": []}
        rows = sorted(held, key=lambda one: (-one.last_used_at, one.model_name))
        return {"rows": [_row(one) for one in rows], "figures": _figures(held)}


def _row(held: LoadedModel) -> dict[str, Any]:
    return {"held": held, "last_used": moment(held.last_used_at if held.hits else 0)}


def _figures(held: list[LoadedModel]) -> list[dict[str, Any]]:
    runtimes = nodes.ready_nodes()
    capacity, used = (sum(getattr(n, f"{k}_bytes") for n in runtimes) for k in ("capacity", "used"))
    busy = max((node.utilisation for node in runtimes), default=0.0)
    own = sum(one.size_bytes for one in held)
    ready = sum(one.state == "ready" for one in held)
    return [
        {
            "label": _("Versions in memory"),
            "value": ready,
            "compare": _("%d on their way or failed") % (len(held) - ready),
        },
        {"label": _("Memory of yours"), "value": filesize(own), "compare": _("as measured")},
        {
            "label": _("Memory budget"),
            "value": filesize(capacity) if capacity else "–",
            "compare": _("%s taken by everybody") % filesize(used),
        },
        {
            "label": _("Runtimes"),
            "value": len(runtimes),
            "compare": _("the busiest at %d %%") % round(100 * busy),
        },
    ]
