"""`pq app fraud ...`."""

import json as jsons
import sys
from typing import Annotated, Any

import typer

from pentaquark.cli import output, shared
from pentaquark.cli.shared import Json, Name, Wait, client

group = shared.group("Detectors of fraud.")
_SHOWN = ["name", "state", "model", "serving_version", "metrics", "training", "job"]
_DECIDED = ["event_id", "decision", "score", "decided_by", "id"]


@group.command("list")
def list_all(*, json: Json = False) -> None:
    """List the detectors."""
    with client() as made:
        output.rows(made.fraud.list(), ["name", "state", "model", "serving_version"], is_json=json)


@group.command()
def show(*, name: Name, json: Json = False) -> None:
    """Show a detector."""
    with client() as made:
        output.one(made.fraud.get(name), _SHOWN, is_json=json)


@group.command()
def create(
    *,
    name: Name,
    dataset: Annotated[str, typer.Option(help="History, one row per payment.")],
    entity: Annotated[list[str], typer.Option(help="Column; repeat it, the customer first.")],
    time: Annotated[str, typer.Option(help="Column.")] = "time",
    label: Annotated[str, typer.Option(help="Column; without it: unsupervised.")] = "",
    amount: Annotated[str, typer.Option(help="Column.")] = "",
    event: Annotated[str, typer.Option("--id", help="Column.")] = "",
    model: Annotated[str, typer.Option(help="Else the best is searched.")] = "",
    wait: Wait = True,
    json: Json = False,
) -> None:
    """Train a detector."""
    options: dict[str, Any] = {"label_column": label, "amount_column": amount, "id_column": event}
    given = {key: value for key, value in {**options, "model": model}.items() if value}
    with client() as made:
        found = made.fraud.create(
            name, dataset, time_column=time, entity_columns=entity, wait=wait, **given
        )
    output.one(found, _SHOWN, is_json=json)


@group.command()
def retrain(*, name: Name, wait: Wait = True, json: Json = False) -> None:
    """Train on the newest data."""
    with client() as made:
        output.one(made.fraud.get(name).retrain(wait=wait), _SHOWN, is_json=json)


@group.command()
def score(
    events: Annotated[str, typer.Argument(help="{...} or [{...}, ...]; - reads standard input.")],
    *,
    name: Name,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Store nothing.")] = False,
    json: Json = False,
) -> None:
    """Decide about one event or many."""
    given = _read(events)
    with client() as made:
        found: Any = made.fraud.get(name).score(given, dry_run=dry_run)
    if isinstance(found, list):
        output.rows(found, _DECIDED, is_json=json)
        return
    output.one(found, [*_DECIDED, "reasons", "rule_hits"], is_json=json)


@group.command()
def label(
    told: Annotated[list[str], typer.Argument(help="EVENT=fraud or EVENT=genuine; repeat it.")],
    *,
    name: Name,
    json: Json = False,
) -> None:
    """Tell what turned out about events."""
    pairs = dict(each.rpartition("=")[::2] for each in told)
    if set(pairs.values()) - {"fraud", "genuine"} or "" in pairs:
        raise typer.BadParameter("write it as p-17=fraud or p-17=genuine", param_hint="TOLD")
    labels = {event: said == "fraud" for event, said in pairs.items()}
    with client() as made:
        output.one(made.fraud.get(name).labels(labels), is_json=json)


def _read(text: str) -> Any:
    try:
        value = jsons.loads(sys.stdin.read() if text == "-" else text)
    except ValueError as error:
        raise typer.BadParameter(f"no JSON: {error}", param_hint="EVENTS") from None
    listed = value if isinstance(value, list) else [value]
    if not all(isinstance(each, dict) for each in listed):
        raise typer.BadParameter("write an object, or a list of objects", param_hint="EVENTS")
    return value
