"""`pq study ...`."""

import json as jsons
from pathlib import Path
from typing import Annotated, Any

import typer

from pentaquark.cli import output, shared
from pentaquark.cli.shared import Json, Wait, client
from pentaquark.core.errors import PentaquarkError

group = shared.group("Searches of the best settings of a training.")
Id = Annotated[str, typer.Argument(help="Id of the study.")]
_COUNTS = ["complete", "pruned", "failed"]
_SHOWN = ["id", "name", "state", "progress", "message", "error", "metric", "direction", *_COUNTS]
_SHOWN += ["best", "importance", "training", "version", "job"]


@group.command("list")
def list_all(
    *,
    name: Annotated[str | None, typer.Option("--name", "-n", help="Of one model.")] = None,
    limit: Annotated[int, typer.Option(min=1)] = 30,
    json: Json = False,
) -> None:
    """List the newest studies."""
    with client() as made:
        found = (
            study for study, _ in zip(made.studies.list(name=name), range(limit), strict=False)
        )
        output.rows(found, ["id", "name", "state", "metric", *_COUNTS], is_json=json)


@group.command()
def show(study: Id, *, json: Json = False) -> None:
    """Show a study, its best trial and which settings matter."""
    with client() as made:
        output.one(made.studies.get(study), _SHOWN, is_json=json)


@group.command()
def create(
    *,
    file: Annotated[Path, typer.Option("--file", "-f", help="JSON: training, space, options.")],
    name: Annotated[str, typer.Option("--name", "-n", help="Else name of the file.")] = "",
    trials: Annotated[int | None, typer.Option(min=1, help="At most.")] = None,
    wait: Wait = True,
    json: Json = False,
) -> None:
    """Search the best settings of a training, as a document says."""
    asked = _document(file)
    asked |= {"name": name} if name else {}
    asked |= {"trials": trials} if trials else {}
    if missing := [key for key in ("name", "training", "space") if not asked.get(key)]:
        raise PentaquarkError(
            f"{file} has no {missing[0]}.", remedy='{"name": "...", "training": {}, "space": {}}'
        )
    with client() as made:
        output.one(made.studies.create(wait=wait, **asked), _SHOWN, is_json=json)


@group.command()
def trials(study: Id, *, json: Json = False) -> None:
    """List the trials that have ended, newest first."""
    with client() as made:
        found = made.studies.get(study).trials()
        output.rows(found, ["number", "state", "value", "parameters", "seconds"], is_json=json)


def _document(file: Path) -> dict[str, Any]:
    try:
        found = jsons.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise PentaquarkError(f"{file} cannot be read: {error}.") from error
    if not isinstance(found, dict) or "wait" in found:
        raise PentaquarkError(f"{file} is no study.", remedy="Write the body of POST /studies/.")
    return found
