"""`pq dataset ...`."""

import json as jsons
from pathlib import Path
from typing import Annotated, Any

import typer

from pentaquark.cli import output, shared
from pentaquark.cli.shared import Json, Name, Wait, Yes, client
from pentaquark.core.errors import PentaquarkError

group = shared.group("Tables, encrypted on the platform.")
_SHOWN = ["name", "state", "version", "rows", "size_bytes", "description", "rejection", "id"]


@group.command("list")
def list_all(*, json: Json = False) -> None:
    """List the data sets."""
    with client() as made:
        output.rows(made.datasets.list(), ["name", "state", "created_at", "id"], is_json=json)


@group.command()
def create(
    files: Annotated[list[Path], typer.Argument(help="CSV, TSV, Parquet, JSON Lines, gzip, zip.")],
    *,
    name: Name,
    description: Annotated[str, typer.Option()] = "",
    cleaning: Annotated[str, typer.Option(help='Rules: [{"rule": NAME, ...}, ...]')] = "",
    wait: Wait = True,
    json: Json = False,
) -> None:
    """Upload files as a new data set; interrupted, the same command goes on."""
    options: dict[str, Any] = {"cleaning": parsed(cleaning)} if cleaning else {}
    options |= {"description": description} if description else {}
    with client() as made:
        found = made.datasets.create(name, list(files), wait=wait, **options)
    output.one(found, _SHOWN, is_json=json)


@group.command()
def show(*, name: Name, json: Json = False) -> None:
    """Show state, rows, columns and issues."""
    with client() as made:
        found = made.datasets.get(name)
    output.one(found, _SHOWN, is_json=json)
    if not json and found.columns:
        output.rows(found.columns, ["name", "type", "missing"], is_json=False)


@group.command()
def preview(*, name: Name, rows: int = 10, json: Json = False) -> None:
    """Show the first rows."""
    with client() as made:
        found = made.datasets.get(name).preview(rows)
    names = [column["name"] for column in found["columns"]]
    listed = [dict(zip(names, row, strict=True)) for row in found["rows"]]
    output.rows(listed, names, is_json=json)


@group.command()
def clean(
    rules: Annotated[str, typer.Argument(help='[{"rule": "drop_duplicate_rows"}, ...]')],
    *,
    name: Name,
    wait: Wait = True,
    json: Json = False,
) -> None:
    """Make a cleaned version."""
    with client() as made:
        found = made.datasets.get(name).clean(*parsed(rules), wait=wait)
    output.one(found, _SHOWN, is_json=json)


@group.command()
def split(
    *,
    name: Name,
    parts: Annotated[str, typer.Option(help="Shares by name.")] = "train=0.8,test=0.2",
    by: Annotated[str, typer.Option(help="Column of groups or times.")] = "",
    kind: Annotated[str, typer.Option(help="random, group or time.")] = "",
    seed: int = 0,
    json: Json = False,
) -> None:
    """Divide the rows."""
    try:
        shares = {n: float(v) for n, _, v in (each.partition("=") for each in parts.split(","))}
    except ValueError:
        raise typer.BadParameter("write it as train=0.8,test=0.2", param_hint="--parts") from None
    with client() as made:
        found = made.datasets.get(name).split(parts=shares, by=by, kind=kind, seed=seed)
    output.one(found[0].split, ["id", "version", "kind", "parts", "counts"], is_json=json)


@group.command()
def download(
    to: Annotated[Path, typer.Argument(help="File to write: an Arrow stream.")], *, name: Name
) -> None:
    """Save the rows as an Arrow stream."""
    with client() as made:
        dataset = made.datasets.get(name)
        try:
            with to.open("xb") as file:
                for piece in dataset.stream_arrow():
                    file.write(piece)
        except FileExistsError:
            raise PentaquarkError(f"{to} exists already.", remedy="Choose another name.") from None
        except BaseException:
            to.unlink(missing_ok=True)
            raise
    output.out.print(f"{to}: {to.stat().st_size:,} bytes", markup=False)


@group.command()
def delete(*, name: Name, yes: Yes = False) -> None:
    """Destroy the keys of a data set, then everything else of it."""
    if not yes:
        typer.confirm(f"Destroy {name} for ever?", abort=True)
    with client() as made:
        made.datasets.get(name).delete()


def parsed(text: str) -> list[dict[str, object]]:
    """Return rules written as JSON."""
    try:
        found = jsons.loads(text)
    except ValueError as error:
        raise typer.BadParameter(f"this is no JSON: {error}") from None
    return found if isinstance(found, list) else [found]
