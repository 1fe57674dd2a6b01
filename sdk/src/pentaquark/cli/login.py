"""`pq login`, `pq logout`, `pq whoami`."""

import sys
from typing import Annotated

import typer

from pentaquark.cli import output
from pentaquark.cli.shared import Json, client
from pentaquark.core.settings import credentials_file, load_credentials, resolve, save_credentials
from pentaquark.sync.client import Client


def login(
    url: Annotated[str, typer.Option("--url", help="Address of the platform.")] = "",
    runtime_url: Annotated[
        str, typer.Option(help="Address of inference, if not the next port.")
    ] = "",
) -> None:
    """Keep a key and an address for this user; the key is asked for, or read from standard input."""
    settings = resolve()
    address = url or (
        typer.prompt("Address", settings.base_url) if _is_person() else settings.base_url
    )
    key = typer.prompt("API key", hide_input=True) if _is_person() else sys.stdin.readline().strip()
    with Client(api_key=key, base_url=address) as made:
        person = made.me()
    kept = load_credentials() | {"api_key": key, "base_url": address}
    path = save_credentials(kept | ({"runtime_url": runtime_url} if runtime_url else {}))
    where = person["organisation"]["name"]
    output.out.print(
        f"{person.get('email', 'A program')} in {where}; kept in {path}.", markup=False
    )


def logout() -> None:
    """Forget the key and the address."""
    credentials_file().unlink(missing_ok=True)
    output.out.print("Forgotten. The key itself is still valid; revoke it on the platform.")


def whoami(*, json: Json = False) -> None:
    """Show who calls, where, and what this key may do."""
    with client() as made:
        found = made.me() | {"base_url": made.settings.base_url}
    if json:
        output.as_json(found)
        return
    shown = found | {"organisation": found["organisation"]["name"]}
    output.one(shown, ["email", "organisation", "role", "scopes", "base_url"], is_json=False)


def _is_person() -> bool:
    return sys.stdin.isatty()
