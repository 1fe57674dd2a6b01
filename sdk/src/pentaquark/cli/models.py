"""`pq model ...`."""

from pathlib import Path
from typing import Annotated

import typer

from pentaquark.cli import output, shared
from pentaquark.cli.shared import Json, Name, Wait, client

group = shared.group("Registered models.")
Which = Annotated[
    str | None, typer.Option("--version", "-v", help="Number or alias; else the newest.")
]
_COLUMNS = ["number", "flavour", "aliases", "metrics", "size_bytes", "created_at"]


@group.command("list")
def list_all(*, json: Json = False) -> None:
    """List the models."""
    with client() as made:
        output.rows(made.models.list(), ["name", "task", "latest_version", "aliases"], is_json=json)


@group.command()
def show(*, name: Name, json: Json = False) -> None:
    """Show a model and its versions."""
    with client() as made:
        model = made.models.get(name)
        if json:
            output.as_json(model.raw | {"versions": output.plain(list(model.versions()))})
            return
        output.one(model, is_json=False)
        output.rows(model.versions(), _COLUMNS, is_json=False)


@group.command()
def compare(versions: list[str], *, name: Name, json: Json = False) -> None:
    """Show the metrics of versions side by side."""
    with client() as made:
        found = made.models.get(name).compare(*versions)
    if json:
        output.as_json(found)
        return
    columns = ["metric", *dict.fromkeys(number for row in found.values() for number in row)]
    output.rows(
        [{"metric": metric, **row} for metric, row in found.items()], columns, is_json=False
    )


@group.command()
def promote(
    version: int,
    *,
    name: Name,
    alias: Annotated[str, typer.Option()] = "champion",
    reason: Annotated[str, typer.Option()] = "",
    json: Json = False,
) -> None:
    """Point an alias at a version."""
    with client() as made:
        answer = made.models.get(name).set_alias(alias, version, reason=reason)
    output.one(answer, is_json=json)


@group.command()
def rollback(*, name: Name, alias: str = "champion", reason: str = "", json: Json = False) -> None:
    """Point an alias back at its previous version."""
    with client() as made:
        output.one(made.models.get(name).roll_back(alias, reason=reason), is_json=json)


@group.command()
def download(
    to: Annotated[Path, typer.Argument(help="File or folder.")] = Path(),
    *,
    name: Name,
    version: Which = None,
) -> None:
    """Save the signed bundle of a version as a tar."""
    with client() as made:
        path = made.models.get(name).version(version).download(to)
    output.out.print(str(path), markup=False)


@group.command("import")
def import_file(
    file: Path, *, name: Name, task: str = "prediction", wait: Wait = True, json: Json = False
) -> None:
    """Register a model file: ONNX, XGBoost, Keras, safetensors."""
    with client() as made:
        job = made.models.import_file(name, file, task=task)
        output.one(job.wait() if wait else job, ["id", "title", "state", "result"], is_json=json)


@group.command()
def compress(
    methods: Annotated[list[str] | None, typer.Argument(help="auto tries all.")] = None,
    *,
    name: Name,
    version: Which = None,
    tolerance: Annotated[float, typer.Option(help="Quality that may be lost.")] = 0.02,
    dataset: Annotated[str, typer.Option(help="Rows to measure on.")] = "",
    wait: Wait = True,
    json: Json = False,
) -> None:
    """Make smaller, faster versions and measure them."""
    rows = {"dataset": dataset} if dataset else {}
    with client() as made:
        found = made.models.get(name).version(version)
        work = found.compress(*(methods or []), tolerance=tolerance, **rows)
        done = work.wait() if wait else work
    if json:
        output.as_json(done)
        return
    columns = ["method", "state", "version", "size_bytes", "p50_ms", "quality", "words"]
    output.rows(done.results or [], columns, is_json=False)
