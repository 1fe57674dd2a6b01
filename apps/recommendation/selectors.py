"""Reads of the recommendation application, always within the actor's organisation."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.functions import RowNumber

from apps.recommendation.errors import RecommenderNotFoundError
from apps.recommendation.models import Event, Recommender
from platform_core.accounts.api import Actor
from platform_core.datasets import api as datasets
from platform_core.jobs import api as jobs
from platform_core.registry import api as registry

APPLICATION = "recommendation"
Figures = dict[str, Any]
MAX_CHOICES = 500
MAX_HISTORY = 200
"""Events of one user that travel with a question: enough for a taste, bounded for the runtime."""


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


def histories(*, recommender: Recommender, users: Sequence[str]) -> dict[str, list[str]]:
    """Return what each user touched through events: item ids, latest first, each once.

    At most MAX_HISTORY events of a user are read; users without events are absent.
    """
    rank = Window(
        RowNumber(), partition_by=[F("user_id")], order_by=[F("occurred_at").desc(), F("id")]
    )
    rows = (
        Event.objects.filter(recommender=recommender, user_id__in=set(users))
        .annotate(rank=rank)
        .filter(rank__lte=MAX_HISTORY)
        .order_by("user_id", "rank")
    )
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
