# made of pentaquark/aio by sdk/generate.py: change that
"""Fraud: train detectors, let them decide about payments, tell them what turned out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self, overload

from pentaquark.core import calls
from pentaquark.core.calls import Call
from pentaquark.core.objects import Record
from pentaquark.sync.fraud_cases import Cases
from pentaquark.sync.fraud_decisions import Decision, Scoring
from pentaquark.sync.fraud_rules import Lists, Policies, Rules

if TYPE_CHECKING:
    from pentaquark.sync.client import Client

_ALL = "/api/v1/fraud/detectors/"


class Detector(Record):
    """A detector and its latest training."""

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
        self.rules = Rules(client, self.name)
        self.lists = Lists(client, self.name)
        self.policies = Policies(client, self.name)

    @property
    def path(self) -> str:
        """The detector's address."""
        return f"{_ALL}{self.name}/"

    def refresh(self) -> Self:
        """Ask how the detector stands; `raw` then has data, metrics, versions and training too."""
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

    @overload
    def score(self, event: Mapping[str, Any], *, dry_run: bool = False) -> Decision: ...
    @overload
    def score(
        self, event: Sequence[Mapping[str, Any]], *, dry_run: bool = False
    ) -> list[Decision]: ...
    def score(
        self, event: Mapping[str, Any] | Sequence[Mapping[str, Any]], *, dry_run: bool = False
    ) -> Decision | list[Decision]:
        """Decide about one event, or about up to 500 in order.

        Args:
            event: column -> value as in the history, with the event's id; times as ISO 8601. The same id
                gives the stored decision, so a call that broke is repeated safely.
            dry_run: decide without storing the decision or moving any state.

        Returns:
            A decision; for a list of events, theirs in the same order.
        """
        body: dict[str, Any] = {"dry_run": dry_run}
        if isinstance(event, Mapping):
            body |= {"event": dict(event)}
        else:
            body |= {"events": [dict(each) for each in event]}
        # Without the key of a repetition, which the event's id makes needless, the platform answers faster.
        call = Call("POST", f"{self.path}score", body=body, is_inference=True)
        answer = calls.value_of(self._client.send(call))
        if isinstance(event, Mapping):
            return Decision(self._client, answer)
        return [Decision(self._client, each) for each in answer["results"]]

    def score_batch(self, dataset: str, *, wait: bool = True, **options: Any) -> Scoring:
        """Score a data set by a job.

        Args:
            dataset: id or name; columns as in the history.
            wait: False returns as soon as the scoring is queued.
            options: target (name of the data set of scores), with_history.
        """
        body = {"dataset": dataset} | options
        answer = self._client.request("POST", f"{self.path}score:batch", body=body)
        made = self.scoring(answer["id"])
        return made.wait() if wait else made

    def scoring(self, scoring_id: str) -> Scoring:
        """Return the scoring of a data set by its id."""
        raw = self._client.request("GET", f"{self.path}scores/{scoring_id}/")
        return Scoring(self._client, self.name, raw)

    def scorings(self) -> Iterator[Scoring]:
        """Yield the scorings of data sets, newest first."""
        for row in self._client.pages(f"{self.path}score:batch"):
            yield Scoring(self._client, self.name, row)

    def labels(self, told: Mapping[str, bool] | Sequence[Mapping[str, Any]]) -> dict[str, int]:
        """Tell what turned out; a later label replaces an earlier.

        Args:
            told: event id -> whether it was fraud, or up to 1,000 of {event_id, is_fraud, known_at}.

        Returns:
            How many labels were `recorded` and `unchanged`, and how many are of `unknown` events.
        """
        if isinstance(told, Mapping):
            told = [{"event_id": event, "is_fraud": fraud} for event, fraud in told.items()]
        body = {"labels": [dict(each) for each in told]}
        return dict(self._client.request("POST", f"{self.path}labels", body=body))

    def decisions(self) -> Iterator[Decision]:
        """Yield the decisions, newest first, without what is personal in them."""
        for row in self._client.pages(f"{self.path}decisions/"):
            yield Decision(self._client, row)

    def delete(self) -> None:
        """Delete the detector, its decisions and its endpoint; its versions stay registered."""
        self._client.request("DELETE", self.path)


class Fraud:
    """The organisation's detectors and cases."""

    def __init__(self, client: "Client") -> None:
        self._client = client
        self.cases = Cases(client)

    def get(self, name: str) -> Detector:
        """Return a detector by its name."""
        return Detector(self._client, self._client.request("GET", f"{_ALL}{name}/"))

    def list(self) -> Iterator[Detector]:
        """Yield the detectors, newest first."""
        for row in self._client.pages(_ALL):
            yield Detector(self._client, row)

    def create(
        self,
        name: str,
        dataset: str,
        *,
        time_column: str,
        entity_columns: Sequence[str],
        wait: bool = True,
        **options: Any,
    ) -> Detector:
        """Train a detector of a history of payments.

        Args:
            name: unique in the organisation.
            dataset: id or name; one row per payment.
            time_column: when.
            entity_columns: who and what took part: customer first, then card, terminal, device, ...
            wait: False returns as soon as the training is queued.
            options: label_column (without it: unsupervised), amount_column, id_column, label_delay_days,
                model, params, budget_s, seed.
        """
        body = {
            "name": name, "dataset": dataset, "time_column": time_column,
            "entity_columns": [*entity_columns],
        } | options  # fmt: skip
        self._client.request("POST", _ALL, body=body)
        made = self.get(name)
        return made.wait() if wait else made

    def decision(self, decision_id: str) -> Decision:
        """Return a whole decision by its id."""
        path = f"/api/v1/fraud/decisions/{decision_id}/"
        return Decision(self._client, self._client.request("GET", path))
