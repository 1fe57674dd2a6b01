"""The tree of commands, and what they end with."""

import sys
from typing import Annotated

import typer

from pentaquark.cli import (
    apps,
    audits,
    datasets,
    deploying,
    doctor,
    endpoints,
    jobs,
    login,
    models,
    studies,
)
from pentaquark.cli.output import err
from pentaquark.core import version
from pentaquark.core.errors import PentaquarkError

INTERRUPTED = 130

app = typer.Typer(
    name="pq",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="""Data sets, training, models and predictions of Pentaquark.

    Ends with 0 done, 1 failed, 2 bad input, 3 no or bad key, 4 not found, 5 conflict, 6 the job failed,
    7 the platform cannot be reached or cannot answer, 8 waited too long, 130 interrupted.
    """,
)
app.command("login")(login.login)
app.command("logout")(login.logout)
app.command("whoami")(login.whoami)
app.command("deploy")(deploying.deploy)
app.command("doctor")(doctor.doctor)
app.add_typer(datasets.group, name="dataset")
app.add_typer(jobs.group, name="job")
app.add_typer(models.group, name="model")
app.add_typer(endpoints.group, name="endpoint")
app.add_typer(studies.group, name="study")
app.add_typer(apps.group, name="app")
app.add_typer(audits.group, name="audit")


def _version(*, asked: bool) -> None:
    if asked:
        typer.echo(f"pq {version.VERSION}")
        raise typer.Exit


@app.callback()
def options(
    *,
    asked: Annotated[
        bool, typer.Option("--version", callback=lambda asked: _version(asked=asked), is_eager=True)
    ] = False,
) -> None:
    """Take what stands before the noun."""


def run() -> None:
    """Run `pq`; errors of the platform become words and an exit code."""
    try:
        app(standalone_mode=True)
    except PentaquarkError as error:
        err.print(f"Error: {error.detail}", style="red", markup=False, highlight=False)
        if error.remedy:
            err.print(f"Remedy: {error.remedy}", markup=False, highlight=False)
        if request_id := getattr(error, "request_id", ""):
            err.print(f"Request: {request_id}", style="dim", markup=False, highlight=False)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        err.print("Interrupted; what runs on the platform goes on.", markup=False)
        sys.exit(INTERRUPTED)
