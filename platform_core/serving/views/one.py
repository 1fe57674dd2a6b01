"""Base of the pages of one endpoint."""

from django.http import HttpResponseRedirect
from django.urls import reverse

from platform_core.serving import overview, selectors
from platform_core.serving.models import Endpoint
from platform_core.serving.overview import EndpointView
from platform_core.web.api import Page


class OneEndpoint(Page):
    """Finds the endpoint of the address in the person's organisation."""

    def endpoint(self, name: str) -> Endpoint:
        """Return the row.

        Raises:
            EndpointNotFoundError: absent, or another organisation's.
        """
        return selectors.get_endpoint(actor=self.actor, name=name)

    def view(self, name: str) -> EndpointView:
        """Return the row joined with what the runtimes hold."""
        return overview.look_at(actor=self.actor, endpoints=[self.endpoint(name)])[0]

    def back(self, name: str) -> HttpResponseRedirect:
        """Go to the endpoint's page."""
        return HttpResponseRedirect(reverse("serving:detail", args=[name]))
