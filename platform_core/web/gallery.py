"""Every component with its states on one page, to be looked at and tested."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from platform_core.web.pages import Page


class GalleryPage(Page):
    """The gallery at /ui/."""

    required_permission = {"GET": "console.use"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show all components."""
        return render(request, "web/gallery.html", {})
