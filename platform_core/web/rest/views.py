"""Base of every REST view."""

from collections.abc import Mapping
from typing import ClassVar, cast

from rest_framework.views import APIView

from platform_core.accounts.api import Actor


class ApiView(APIView):
    """A view whose methods declare the action they need.

    Attributes:
        required_permission: HTTP method -> action of the permission table.
    """

    required_permission: ClassVar[Mapping[str, str]] = {}

    @property
    def actor(self) -> Actor:
        """The authenticated caller."""
        return cast("Actor", self.request.auth)
