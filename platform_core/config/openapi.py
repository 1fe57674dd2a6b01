"""Tells the OpenAPI description how callers authenticate."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[misc]
    """`Authorization: Bearer pq_...`."""

    target_class = "platform_core.accounts.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return the scheme in OpenAPI's words."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "pq_..."}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[misc]
    """The session of a signed-in person; writes need the `X-CSRFToken` header."""

    target_class = "platform_core.accounts.authentication.SessionActorAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return the scheme in OpenAPI's words."""
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
