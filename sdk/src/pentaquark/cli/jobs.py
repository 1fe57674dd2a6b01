"""`pq job ...`."""

from typing import Annotated

import typer

from pentaquark.cli import output, shared
from pentaquark.cli.shared import Json, client

group = shared.group("Work on the queue.")
Id = Annotated[str, typer.Argument(help="Id of the job.")]
_SHOWN = ["id", "title", "subject", "state", "progress", "message", "metrics", "error", "result"]


@group.command("list")
def list_all(
    *,
    state: Annotated[str | None, typer.Option(help="queued, running, succeeded, ...")] = None,
    kind: Annotated[str | None, typer.Option()] = None,
    limit: Annotated[int, typer.Option(min=1)] = 30,
    json: Json = False,
) -> None:
    """List the newest jobs."""
    columns = ["id", "title", "subject", "state", "progress", "created_at"]
    with client() as made:
        found = (
            job
            for job, _ in zip(made.jobs.list(state=state, kind=kind), range(limit), strict=False)
        )
        output.rows(found, columns, is_json=json)


@group.command()
def show(job: Id, *, json: Json = False) -> None:
    """Show a job."""
    with client() as made:
        output.one(made.jobs.get(job), _SHOWN, is_json=json)


@group.command()
def watch(
    job: Id,
    *,
    timeout: Annotated[float | None, typer.Option(help="Seconds to wait at most.")] = None,
    json: Json = False,
) -> None:
    """Show progress until a job has ended; ends with 6 when it failed."""
    with client() as made:
        output.one(made.jobs.get(job).wait(timeout_s=timeout), _SHOWN, is_json=json)


@group.command()
def logs(
    job: Id,
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Until it ends.")] = False,
) -> None:
    """Print the log."""
    with client() as made:
        for line in made.jobs.get(job).logs(follow=follow):
            output.out.print(line, markup=False, highlight=False, soft_wrap=True)


@group.command()
def cancel(job: Id, *, json: Json = False) -> None:
    """Cancel a job."""
    with client() as made:
        output.one(made.jobs.get(job).cancel(), _SHOWN, is_json=json)


@group.command()
def retry(job: Id, *, wait: shared.Wait = False, json: Json = False) -> None:
    """Queue a failed or cancelled job again."""
    with client() as made:
        found = made.jobs.get(job).retry()
        output.one(found.wait() if wait else found, _SHOWN, is_json=json)
