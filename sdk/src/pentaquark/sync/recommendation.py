# made of pentaquark/aio by sdk/generate.py: change that
"""Recommendation: train recommenders, ask them, tell them what happens."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from pentaquark.core.objects import Record

if TYPE_CHECKING:
    from pentaquark.sync.client import Client

_ALL = "/api/v1/recommendation/recommenders/"


class Recommender(Record):
    """A recommender and its latest training."""

    name: str
    state: str
    serving_version: int | None
    model: str
    job: str | None
    created_at: str
    _shown = ("name", "state", "serving_version", "model", "created_at")

    def __init__(self, client: "Client", raw: dict[str, Any]) -> None:
        self._client = client
        super().__init__(raw)

    @property
    def path(self) -> str:
        """The recommender's address."""
        return f"{_ALL}{self.name}/"

    def refresh(self) -> Self:
        """Ask how the recommender stands; `raw` then has data, metrics, versions and training too."""
        return self._take(self._client.request("GET", self.path))

    def wait(self, *, timeout_s: float | None = None, progress: bool | None = None) -> Self:
        """Wait for the latest training."""
        if self.job:
            job = self._client.jobs.get(self.job)
            job.wait(timeout_s=timeout_s, progress=progress)
        return self.refresh()

    def retrain(self, *, wait: bool = True, **changes: Any) -> Self:
        """Train on the newest data (`model`, `params`, `budget_s`, `seed` change the last training's)."""
        answer = self._client.request("POST", f"{self.path}retrain/", body=changes)
        self.job = answer["job"]
        return self.wait() if wait else self.refresh()

    def recommend(self, user: str, *, k: int = 10, **options: Any) -> dict[str, Any]:
        """Return the best items of a user.

        Args:
            user: an id of the data; an unknown one gets what is popular, and `known` is False.
            k: how many.
            options: exclude_seen, filter, include, exclude, diversity, explain, rules.
        """
        path = f"{self.path}users/{quote(user, safe='')}/recommendations"
        return dict(self._client.request("GET", path, params={"k": k, **options}))

    def recommend_batch(
        self, users: Sequence[str], *, k: int = 10, **options: Any
    ) -> list[dict[str, Any]]:
        """Return the best items of many users, in the order asked."""
        body = {"users": list(users), "k": k, **options}
        path = f"{self.path}recommendations:batch"
        return list((self._client.request("POST", path, body=body))["results"])

    def similar(self, item: str, *, k: int = 10) -> dict[str, Any]:
        """Return the items most like one item."""
        path = f"{self.path}items/{quote(item, safe='')}/similar"
        return dict(self._client.request("GET", path, params={"k": k}))

    def score(self, user: str, items: Sequence[str]) -> dict[str, Any]:
        """Return one score per item, in the order asked."""
        body = {"user": user, "items": list(items)}
        return dict(self._client.request("POST", f"{self.path}score", body=body))

    def record(self, events: Sequence[Mapping[str, Any]] | Mapping[str, Any]) -> dict[str, Any]:
        """Tell one event or many, as {"user": ..., "item": ...}; the next answer reflects them."""
        listed = [events] if isinstance(events, Mapping) else events
        body = [dict(each) for each in listed]
        return dict(self._client.request("POST", f"{self.path}events", body=body))

    def tell_outcome(self, recommendation_id: str, **outcome: Any) -> bool:
        """Tell what followed an answer of an experiment (`item`, `kind`, `value`, `outcome_id`)."""
        body = {"recommendation_id": recommendation_id, **outcome}
        answer = self._client.request("POST", f"{self.path}outcomes", body=body)
        return bool(answer["recorded"])

    def evaluate(self, **options: Any) -> dict[str, Any]:
        """Queue an evaluation (`versions`, `dataset`, `protocol`, `fraction`, `ks`, `seed`)."""
        return dict(self._client.request("POST", f"{self.path}evaluations/", body=options))

    def evaluation(self, evaluation_id: str) -> dict[str, Any]:
        """Return an evaluation; its `result` is None until its job has ended."""
        return dict(self._client.request("GET", f"{self.path}evaluations/{evaluation_id}/"))

    def tell_item(self, item: str, attributes: Mapping[str, Any]) -> dict[str, Any]:
        """Tell the attributes of an item between trainings."""
        path = f"{self.path}items/{quote(item, safe='')}"
        body = {"attributes": dict(attributes)}
        return dict(self._client.request("POST", path, body=body))

    def rules(self) -> Iterator[dict[str, Any]]:
        """Yield the business rules."""
        for row in self._client.pages(f"{self.path}rules/"):
            yield row

    def add_rule(self, **rule: Any) -> dict[str, Any]:
        """Add a business rule: `action` boost, bury, pin, cap or hide, about `items` or a `filter`."""
        return dict(self._client.request("POST", f"{self.path}rules/", body=rule))

    def delete(self) -> None:
        """Delete the recommender, its events and its endpoint; its versions stay registered."""
        self._client.request("DELETE", self.path)


class Recommendation:
    """The organisation's recommenders."""

    def __init__(self, client: "Client") -> None:
        self._client = client

    def get(self, name: str) -> Recommender:
        """Return a recommender by its name."""
        return Recommender(self._client, self._client.request("GET", f"{_ALL}{name}/"))

    def list(self) -> Iterator[Recommender]:
        """Yield the recommenders, newest first."""
        for row in self._client.pages(_ALL):
            yield Recommender(self._client, row)

    def create(
        self,
        name: str,
        dataset: str,
        *,
        user_column: str,
        item_column: str,
        wait: bool = True,
        **options: Any,
    ) -> Recommender:
        """Train a recommender of a data set of interactions.

        Args:
            name: unique in the organisation.
            dataset: id or name.
            user_column: who.
            item_column: what.
            wait: False returns as soon as the training is queued.
            options: rating_column, time_column, items, users, model, params, budget_s, seed.
        """
        body = {
            "name": name, "dataset": dataset, "user_column": user_column, "item_column": item_column,
        } | options  # fmt: skip
        self._client.request("POST", _ALL, body=body)
        made = self.get(name)
        return made.wait() if wait else made
