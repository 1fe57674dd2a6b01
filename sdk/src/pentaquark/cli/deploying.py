"""`pq deploy -f endpoint.yaml`."""

import re
from pathlib import Path
from typing import Annotated

import typer

from pentaquark.cli import output
from pentaquark.cli.shared import Json, client
from pentaquark.core.errors import PentaquarkError


def deploy(
    *,
    file: Annotated[Path, typer.Option("--file", "-f", help="The endpoint as YAML or JSON.")],
    name: Annotated[str, typer.Option("--name", "-n", help="Else metadata.name of the file.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    json: Json = False,
) -> None:
    """Make an endpoint what a document says; applied twice it changes nothing."""
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PentaquarkError(f"{file} cannot be read: {error}.") from error
    with client() as made:
        done = made.endpoints.deploy(name or name_in(text, file), text, dry_run=dry_run)
    if json:
        output.as_json(done)
        return
    words = {"create": "created", "change": "changed", "nothing": "as it was"}
    output.out.print(("would be " if dry_run else "") + words.get(done["action"], done["action"]))
    listed = [{"member": path, **each} for path, each in done["differences"].items()]
    if listed:
        output.rows(listed, ["member", "now", "wanted"], is_json=False)


def name_in(text: str, file: Path) -> str:
    """Return the endpoint's name, without a YAML library: the platform parses the document.

    Raises:
        PentaquarkError: no `name` in a `metadata` block.
    """
    for pattern in (
        r'"metadata"\s*:\s*\{[^}]*?"name"\s*:\s*"([^"]+)"',
        r"^metadata:[ \t]*\{[^}\n]*?\bname:[ \t]*[\"']?([\w.-]+)",
        r"^metadata:[ \t]*(?:#.*)?\n(?:[ \t]+.*\n|[ \t]*\n)*?[ \t]+name:[ \t]*[\"']?([\w.-]+)",
    ):
        if found := re.search(pattern, text, re.MULTILINE):
            return found.group(1)
    raise PentaquarkError(
        f"{file} names no endpoint.", remedy="Write metadata.name, or give -n NAME."
    )
