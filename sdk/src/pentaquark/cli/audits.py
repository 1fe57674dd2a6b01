"""`pq audit ...`."""

from typing import Annotated

import typer

from pentaquark.cli import output, shared
from pentaquark.cli.shared import Json, client

group = shared.group("Who did what to which object.")


@group.command("list")
def list_all(
    *,
    action: Annotated[str | None, typer.Option()] = None,
    target: Annotated[str | None, typer.Option(help="As dataset:ID.")] = None,
    since: Annotated[str | None, typer.Option(help="As 2026-01-31T00:00:00Z.")] = None,
    limit: Annotated[int, typer.Option(min=1)] = 50,
    json: Json = False,
) -> None:
    """List the newest entries."""
    with client() as made:
        entries = made.audit.entries(action=action, target=target, since=since)
        found = [entry for entry, _ in zip(entries, range(limit), strict=False)]
    output.rows(found, ["created_at", "user", "action", "target", "details"], is_json=json)


@group.command()
def verify(*, json: Json = False) -> None:
    """Check the chain of the log; ends with 1 when it is broken."""
    with client() as made:
        found = made.audit.verify()
    output.one(found, is_json=json)
    if not found["ok"]:
        raise typer.Exit(1)
