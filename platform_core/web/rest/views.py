"""Base of every REST view."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from rest_framework.views import APIView

from platform_core.accounts.api import Actor
from platform_core.web.rest.idempotency import idempotent


class ApiView(APIView):
    """A view whose methods declare the action they need; POST honours `Idempotency-Key`.

    Attributes:
        required_permission: HTTP method -> action of the permission table.
        answer_is_secret: True where the answer must not be kept for repetition.
    """

    required_permission: ClassVar[Mapping[str, str]] = {}
    answer_is_secret: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Wrap the subclass's own `post`."""
        super().__init_subclass__(**kwargs)
        if "post" in cls.__dict__:
            cls.post = idempotent(cls.__dict__["post"])  # type: ignore[attr-defined]

    @property
    def actor(self) -> Actor:
        """The authenticated caller."""
        return cast("Actor", self.request.auth)
