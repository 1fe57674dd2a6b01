"""The audit log: who did what to which object."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pentaquark.aio.client import Client


class Audit:
    """The organisation's log; needs the role of an administrator."""

    def __init__(self, client: "Client") -> None:
        self._client = client

    async def entries(
        self,
        *,
        action: str | None = None,
        target: str | None = None,
        user_id: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> AsyncIterator[dict[str, Any]]:
        """Yield the entries, newest first; what is not given does not narrow."""
        wanted = {"action": action, "target": target, "user_id": user_id}
        async for row in self._client.pages("/api/v1/audit/", **wanted, since=since, until=until):
            yield row

    async def verify(self) -> dict[str, Any]:
        """Check the chain from its first entry to its head; return the last answer."""
        checked = 0
        while True:
            body = {"after": checked}
            found = await self._client.request("POST", "/api/v1/audit/verify/", body=body)
            if not found["ok"] or not found["rest"]:
                return dict(found)
            checked = found["checked"]
