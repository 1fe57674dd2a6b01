"""Reads of the recommendation application, always within the actor's organisation."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.expressions import OrderBy
from django.db.models.functions import RowNumber

from apps.recommendation.errors import (
    EvaluationNotFoundError,
    ExperimentNotFoundError,
    NotToldError,
    RecommenderNotFoundError,
    RuleNotFoundError,
)
from apps.recommendation.models import (
    Evaluation,
    Event,
    Experiment,
    LiveItem,
    LiveUser,
    Recommender,
    Rule,
)
from platform_core.accounts.api import Actor
from platform_core.datasets import api as datasets
from platform_core.jobs import api as jobs
from platform_core.registry import api as registry

APPLICATION = "recommendation"
Figures = dict[str, Any]
MAX_CHOICES = 500
MAX_HISTORY = 200
"""Events of one user that travel with a question: enough for a taste, bounded for the runtime."""
MAX_TOLD = 2_000
"""Live items told to a runtime at a time."""
MAX_TOUCHERS = 30
MAX_LATELY = 20


def recommenders(*, actor: Actor) -> QuerySet[Recommender]:
    """Return the organisation's recommenders with what their `state` is derived from."""
    owner = actor.organisation
    # not through the doors' own lists: a key that may only predict sees neither jobs nor models there
    job = jobs.Job.objects.owned_by(owner).filter(id=OuterRef("job_id"))
    champion = registry.Alias.objects.owned_by(owner).filter(
        name="champion", model__application=APPLICATION, model__name=OuterRef("name")
    )
    derived = {
        "job_state": Subquery(job.values("state")[:1]),
        "serving_version": Subquery(champion.values("version__number")[:1]),
    }
    return Recommender.objects.owned_by(owner).annotate(**derived)


def get_recommender(*, actor: Actor, name: str) -> Recommender:
    """Return one recommender.

    Raises:
        RecommenderNotFoundError: unknown name, or another organisation's.
    """
    found = recommenders(actor=actor).filter(name=name[:63]).first()
    if found is None:
        raise RecommenderNotFoundError(
            f"There is no recommender “{name[:63]}” in your organisation."
        )
    return found


def latest_job(*, actor: Actor, recommender: Recommender) -> jobs.Job | None:
    """Return the latest training of a recommender; needs no permission beyond seeing the recommender."""
    found = jobs.Job.objects.owned_by(actor.organisation).filter(id=str(recommender.job_id))
    return found.first() if recommender.job_id else None


def versions(*, actor: Actor, recommender: Recommender) -> QuerySet[registry.ModelVersion]:
    """Return the trained versions of a recommender, newest first."""
    model = registry.models(actor=actor).filter(name=recommender.name).first()
    if model is None:
        return registry.ModelVersion.objects.none()
    return registry.versions(actor=actor, model=model)


def rules(*, actor: Actor, name: str) -> QuerySet[Rule]:
    """Return the rules of a recommender, in the order they are followed."""
    return Rule.objects.filter(recommender=get_recommender(actor=actor, name=name))


def get_rule(*, actor: Actor, name: str, rule_id: str) -> Rule:
    """Return one rule of a recommender.

    Raises:
        RecommenderNotFoundError, RuleNotFoundError.
    """
    found = rules(actor=actor, name=name).filter(id=_uuid(rule_id)).first()
    if found is None:
        raise RuleNotFoundError(f"“{name}” has no such rule.")
    return found


def get_live_item(*, actor: Actor, name: str, item: str) -> LiveItem:
    """Return what was told about an item since training.

    Raises:
        RecommenderNotFoundError, NotToldError.
    """
    recommender = get_recommender(actor=actor, name=name)
    found = LiveItem.objects.filter(recommender=recommender, item_id=item, is_deleted=False).first()
    if found is None:
        raise NotToldError(f"Nothing was told of the item “{item[:80]}” since training.")
    return found


def get_live_user(*, actor: Actor, name: str, user: str) -> LiveUser:
    """Return what was told about a user since training.

    Raises:
        RecommenderNotFoundError, NotToldError.
    """
    recommender = get_recommender(actor=actor, name=name)
    found = LiveUser.objects.filter(recommender=recommender, user_id=user).first()
    if found is None:
        raise NotToldError(f"Nothing was told of the user “{user[:80]}” since training.")
    return found


def live_users(*, recommender: Recommender, users: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return user -> attributes of those that were told."""
    rows = LiveUser.objects.filter(recommender=recommender, user_id__in=set(users))
    return dict(rows.values_list("user_id", "attributes"))


def live_changes(*, recommender: Recommender, since: int) -> dict[str, Any]:
    """Return what happened to live items after a sequence, as the predictor's `live` tells it.

    Returns:
        `items`, at most MAX_TOLD, and `until`, the sequence that is reached with them.
    """
    rows = list(LiveItem.objects.filter(recommender=recommender, sequence__gt=since)[:MAX_TOLD])
    until = max([recommender.live_sequence, *(row.sequence for row in rows)])
    if len(rows) == MAX_TOLD:  # rows of one sequence belong together: the last may be cut
        until = rows[-1].sequence - 1
        if until <= since:
            until = rows[-1].sequence
    touchers = _touchers(recommender, [row.item_id for row in rows if row.touches])
    told = [
        {
            "item": row.item_id,
            "sequence": row.sequence,
            "deleted": row.is_deleted,
            "attributes": row.attributes,
            "touches": row.touches,
            "touchers": touchers.get(row.item_id, []),
        }
        for row in rows
        if row.sequence <= until
    ]
    return {"items": told, "until": until}


def _touchers(
    recommender: Recommender, items: Sequence[str]
) -> dict[str, list[tuple[str, list[str]]]]:
    """Return item -> (user, items they had touched by then, latest first) of the first who touched it.

    As of that time, so that every runtime places a new item alike, whenever it is told.
    """
    first = _ranked(recommender, "item_id", items, F("received_at").asc(), MAX_TOUCHERS)
    touches = list(first.values_list("item_id", "user_id", "received_at"))
    everybody = list({user for _, user, _ in touches})
    lately: defaultdict[str, list[tuple[str, datetime]]] = defaultdict(list)
    for start in range(0, len(everybody), 500):  # SQLite bounds the parameters of a query
        part = everybody[start : start + 500]
        rows = _ranked(recommender, "user_id", part, F("received_at").desc(), MAX_HISTORY)
        for user, item, when in rows.values_list("user_id", "item_id", "received_at"):
            lately[user].append((item, when))
    found: defaultdict[str, dict[str, list[str]]] = defaultdict(dict)
    for item, user, when in touches:
        before = [each for each, then in lately[user] if then <= when]
        found[item].setdefault(user, list(dict.fromkeys(before))[:MAX_LATELY])
    return {item: list(users.items()) for item, users in found.items()}


def _ranked(
    recommender: Recommender, by: str, values: Sequence[str], order: OrderBy, limit: int
) -> QuerySet[Event]:
    """Return the first `limit` events of each user or item, in order."""
    rank = Window(RowNumber(), partition_by=[F(by)], order_by=[order, F("id")])
    wanted = Event.objects.filter(**{"recommender": recommender, f"{by}__in": set(values)})
    return wanted.annotate(rank=rank).filter(rank__lte=limit).order_by(by, "rank")


def histories(*, recommender: Recommender, users: Sequence[str]) -> dict[str, list[str]]:
    """Return what each user touched through events: item ids, latest first, each once.

    At most MAX_HISTORY events of a user are read; users without events are absent.
    """
    if len(users) == 1:
        latest = Event.objects.filter(recommender=recommender, user_id=users[0])
        ordered = latest.order_by("-occurred_at", "id").values_list("item_id", flat=True)
        items = list(dict.fromkeys(ordered[:MAX_HISTORY]))
        return {users[0]: items} if items else {}
    rows = _ranked(recommender, "user_id", users, F("occurred_at").desc(), MAX_HISTORY)
    touched: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for user, item in rows.values_list("user_id", "item_id").iterator():
        touched[user].setdefault(item)
    return {user: list(items) for user, items in touched.items()}


def latest_events(*, recommender: Recommender, user: str, limit: int = 20) -> list[Event]:
    """Return the latest events of a user."""
    return list(recommender.events.filter(user_id=user)[:limit])


def champion_metrics(*, actor: Actor, recommenders: Sequence[Recommender]) -> dict[str, Figures]:
    """Return name -> figures of the serving version, for those that have one."""
    champions = registry.Alias.objects.owned_by(actor.organisation).filter(
        name="champion",
        model__application=APPLICATION,
        model__name__in=[each.name for each in recommenders if each.serving_version is not None],
    )
    return dict(champions.values_list("model__name", "version__metrics"))


def event_counts(*, actor: Actor, now: datetime) -> tuple[int, int]:
    """Return the events received in the last 24 hours and in the 24 hours before."""
    day = timedelta(days=1)
    counted = (
        Event.objects.owned_by(actor.organisation)
        .filter(received_at__gt=now - 2 * day)
        .aggregate(
            latest=Count("id", filter=Q(received_at__gt=now - day)),
            before=Count("id", filter=Q(received_at__lte=now - day)),
        )
    )
    return counted["latest"], counted["before"]


def dataset_choices(*, actor: Actor) -> list[tuple[str, str]]:
    """Return (id, name) of the data sets that can be trained on, newest first."""
    ready = datasets.datasets(actor=actor).filter(state=datasets.Dataset.State.READY)
    return [(str(pk), name) for pk, name in ready.values_list("pk", "name")[:MAX_CHOICES]]


def column_names(*, actor: Actor, dataset: str) -> list[str]:
    """Return the columns of a data set's current version."""
    found = datasets.get_dataset(actor=actor, key=dataset)
    return [column["name"] for column in datasets.current_version(dataset=found).columns]


def users_of_datasets(*, actor: Actor) -> dict[str, list[str]]:
    """Return data set id -> names of the recommenders that learn from it."""
    used: defaultdict[str, list[str]] = defaultdict(list)
    for each in Recommender.objects.owned_by(actor.organisation):
        tables = [each.items or {}, each.users or {}]
        keys = {str(each.dataset_id), *(table["dataset"] for table in tables if table)}
        for key in keys:
            used[key].append(each.name)
    return dict(used)


def evaluations(*, actor: Actor, recommender: Recommender) -> QuerySet[Evaluation]:
    """Return the evaluations of a recommender, newest first, with the state of each one's job."""
    job = jobs.Job.objects.owned_by(actor.organisation).filter(id=OuterRef("job_id"))
    derived = {"job_state": Subquery(job.values("state")[:1])}
    return Evaluation.objects.filter(recommender=recommender).annotate(**derived)


def get_evaluation(*, actor: Actor, name: str, evaluation_id: str) -> Evaluation:
    """Return one evaluation.

    Raises:
        RecommenderNotFoundError: unknown recommender.
        EvaluationNotFoundError: it has no such evaluation.
    """
    recommender = get_recommender(actor=actor, name=name)
    found = evaluations(actor=actor, recommender=recommender).filter(pk=_uuid(evaluation_id))
    if (evaluation := found.first()) is None:
        raise EvaluationNotFoundError(f"“{name}” has no evaluation {evaluation_id[:40]}.")
    return evaluation


def get_experiment(*, actor: Actor, name: str, experiment_id: str) -> Experiment:
    """Return one experiment.

    Raises:
        RecommenderNotFoundError: unknown recommender.
        ExperimentNotFoundError: it has no such experiment.
    """
    recommender = get_recommender(actor=actor, name=name)
    found = recommender.experiments.filter(pk=_uuid(experiment_id)).first()
    if found is None:
        raise ExperimentNotFoundError(f"“{name}” has no experiment {experiment_id[:40]}.")
    return found


def aliased_versions(*, experiment: Experiment) -> tuple[int | None, int | None]:
    """Return the numbers behind the experiment's aliases A and B now."""
    pointed = dict(
        registry.Alias.objects.owned_by(experiment.organisation)
        .filter(model__application=APPLICATION, model__name=experiment.recommender.name)
        .values_list("name", "version__number")
    )
    return pointed.get(experiment.alias_a), pointed.get(experiment.alias_b)


def _uuid(text: str) -> uuid.UUID:
    """Return the id a text names; one that names nothing for any other text."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)
