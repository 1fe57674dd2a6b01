"""`pq endpoint ...`."""

import json as jsons
import sys
from typing import Annotated, Any

import typer

from pentaquark.cli import output, shared
from pentaquark.cli.shared import Json, Name, Yes, client

group = shared.group("What programs call for predictions.")
_SHOWN = ["name", "model", "alias", "version", "state", "problem", "runtime"]


@group.command("list")
def list_all(*, json: Json = False) -> None:
    """List the endpoints."""
    with client() as made:
        output.rows(made.endpoints.list(), ["name", "model", "alias", "created_at"], is_json=json)


@group.command()
def show(*, name: Name, json: Json = False) -> None:
    """Show an endpoint, its state and its signature."""
    with client() as made:
        found = made.endpoints.get(name)
    output.one(found, _SHOWN, is_json=json)
    if not json and found.signature:
        listed = [{"side": side, **each} for side, kept in found.signature.items() for each in kept]
        output.rows(listed, ["side", "name", "datatype", "shape"], is_json=False)


@group.command()
def create(
    *, name: Name, model: str = typer.Option(...), alias: str = "champion", json: Json = False
) -> None:
    """Create an endpoint; `pq deploy -f` makes one of a document."""
    with client() as made:
        output.one(made.endpoints.create(name, model, alias=alias), _SHOWN, is_json=json)


@group.command()
def predict(
    inputs: Annotated[str, typer.Argument(help='{"NAME": [[...], ...]}; - reads standard input.')],
    *,
    name: Name,
    parameters: Annotated[str, typer.Option(help="As JSON.")] = "{}",
) -> None:
    """Predict; prints the outputs as JSON."""
    text = sys.stdin.read() if inputs == "-" else inputs
    with client() as made:
        answer = made.endpoints.get(name).predict(_object(text), parameters=_object(parameters))
    output.as_json({key: getattr(v, "tolist", lambda v=v: v)() for key, v in answer.items()})


@group.command()
def traffic(
    *,
    name: Name,
    alias: Annotated[str, typer.Option(help="Takes what the weights leave.")] = "",
    weight: Annotated[list[str] | None, typer.Option(help="ALIAS=PERCENT; repeat it.")] = None,
    reason: Annotated[str, typer.Option()] = "",
    json: Json = False,
) -> None:
    """Show where requests go, or (with --alias) send them elsewhere."""
    try:
        shares = {n: float(v) for n, _, v in (each.partition("=") for each in weight or [])}
    except ValueError:
        raise typer.BadParameter("write it as challenger=10", param_hint="--weight") from None
    with client() as made:
        found = made.endpoints.get(name)
        answer = found.set_traffic(alias, shares, reason=reason) if alias else found.traffic()
    output.one(answer, is_json=json)


@group.command()
def rollback(*, name: Name, reason: str = "", json: Json = False) -> None:
    """Take back the newest change: canary, traffic or promotion."""
    with client() as made:
        output.one(made.endpoints.get(name).roll_back(reason=reason), is_json=json)


@group.command()
def delete(*, name: Name, yes: Yes = False) -> None:
    """Delete an endpoint; the model stays."""
    if not yes:
        typer.confirm(f"Delete the endpoint {name}?", abort=True)
    with client() as made:
        made.endpoints.get(name).delete()


def _object(text: str) -> dict[str, Any]:
    try:
        found = jsons.loads(text)
    except ValueError as error:
        raise typer.BadParameter(f"this is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise typer.BadParameter('write an object, as {"NAME": [[1.0, 2.0]]}')
    return found
