"""`pq app ...`: the business applications."""

from typing import Annotated, Any

import typer

from pentaquark.cli import fraud, output, shared
from pentaquark.cli.shared import Json, Name, Wait, client

group = shared.group("The business applications.")
recommendation = shared.group("Recommenders.")
group.add_typer(recommendation, name="recommendation")
group.add_typer(fraud.group, name="fraud")
_SHOWN = ["name", "state", "model", "serving_version", "metrics", "training", "job"]


@recommendation.command("list")
def list_all(*, json: Json = False) -> None:
    """List the recommenders."""
    with client() as made:
        found = made.recommendation.list()
        output.rows(found, ["name", "state", "model", "serving_version"], is_json=json)


@recommendation.command()
def show(*, name: Name, json: Json = False) -> None:
    """Show a recommender."""
    with client() as made:
        output.one(made.recommendation.get(name), _SHOWN, is_json=json)


@recommendation.command()
def create(
    *,
    name: Name,
    dataset: Annotated[str, typer.Option(help="Interactions.")],
    user: Annotated[str, typer.Option(help="Column.")] = "user",
    item: Annotated[str, typer.Option(help="Column.")] = "item",
    rating: Annotated[str, typer.Option(help="Column.")] = "",
    time: Annotated[str, typer.Option(help="Column.")] = "",
    model: Annotated[str, typer.Option(help="Else the best is searched.")] = "",
    wait: Wait = True,
    json: Json = False,
) -> None:
    """Train a recommender."""
    options: dict[str, Any] = {"rating_column": rating, "time_column": time, "model": model}
    given = {key: value for key, value in options.items() if value}
    with client() as made:
        found = made.recommendation.create(
            name, dataset, user_column=user, item_column=item, wait=wait, **given
        )
    output.one(found, _SHOWN, is_json=json)


@recommendation.command()
def retrain(*, name: Name, wait: Wait = True, json: Json = False) -> None:
    """Train on the newest data."""
    with client() as made:
        output.one(made.recommendation.get(name).retrain(wait=wait), _SHOWN, is_json=json)


@recommendation.command()
def recommend(
    user: Annotated[str, typer.Argument()],
    *,
    name: Name,
    k: Annotated[int, typer.Option("-k", help="How many.")] = 10,
    json: Json = False,
) -> None:
    """Show the best items of a user."""
    with client() as made:
        answer = made.recommendation.get(name).recommend(user, k=k)
    if json:
        output.as_json(answer)
        return
    output.rows(answer["items"], ["item", "score", "title"], is_json=False)


@recommendation.command()
def similar(
    item: Annotated[str, typer.Argument()], *, name: Name, k: int = 10, json: Json = False
) -> None:
    """Show the items most like one item."""
    with client() as made:
        answer = made.recommendation.get(name).similar(item, k=k)
    output.rows(answer["items"], ["item", "score", "title"], is_json=json)
