"""Options that every command has, and the client behind them."""

from typing import Annotated

import typer

from pentaquark.sync.client import Client

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Name = Annotated[str, typer.Option("--name", "-n", help="Its name (or id).")]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Wait for the end, showing progress.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def client() -> Client:
    """Return a client of the settings at hand."""
    made = Client()
    made.settings.require_key()
    return made


def group(about: str) -> typer.Typer:
    """Return a noun of the command line."""
    return typer.Typer(help=about, no_args_is_help=True, rich_markup_mode=None)
