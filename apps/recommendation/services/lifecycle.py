"""Creates, retrains and deletes recommenders."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction

from apps.recommendation import params, selectors
from apps.recommendation.errors import RecommenderBusyError, RecommenderExistsError
from apps.recommendation.models import Recommender
from apps.recommendation.services import sources
from platform_core.accounts.api import Actor
from platform_core.audit import api as audit
from platform_core.errors import InvalidInputError
from platform_core.jobs import api as jobs
from platform_core.registry import api as registry
from platform_core.serving import api as serving

JOB_KIND = "recommendation.train"


@dataclass(frozen=True)
class FeatureTable:
    """A table of item or user features: a data set and the column that holds the id."""

    dataset: str
    id_column: str


@dataclass(frozen=True)
class RecommenderSpec:
    """What a caller asks for.

    Attributes:
        name: follows the name grammar.
        dataset: id or name of the interactions.
        columns: user, item, and optionally rating, time -> name of the column.
        items, users: optional feature tables.
        params: of the training, unchecked; see params.TrainParams.
    """

    name: str
    dataset: str
    columns: Mapping[str, str]
    items: FeatureTable | None = None
    users: FeatureTable | None = None
    params: Mapping[str, Any] = field(default_factory=dict)


def create_recommender(*, actor: Actor, spec: RecommenderSpec) -> Recommender:
    """Check a request, store the recommender and queue its first training.

    Raises:
        InvalidInputError: name or a parameter is malformed.
        RecommenderExistsError: the name is taken by a recommender or by another model.
        DatasetNotFoundError, DatasetNotReadyError: see datasets.
        ColumnUnknownError, TrainingDataError: the data set does not fit the request.
    """
    actor.require("model.train")
    _check_name(actor, spec.name)
    interactions = sources.interactions(actor=actor, dataset=spec.dataset, columns=spec.columns)
    recommender = Recommender(
        organisation=actor.organisation,
        name=spec.name,
        dataset_id=interactions.dataset_id,
        dataset_version_id=interactions.id,
        columns={role: name for role, name in spec.columns.items() if name},
        items=_feature_table(actor, spec.items, "items"),
        users=_feature_table(actor, spec.users, "users"),
        params=params.as_dict(params.parse(spec.params)),
    )
    with transaction.atomic():
        _insert(recommender)
        _queue(actor, recommender, "recommender.created")
    return selectors.get_recommender(actor=actor, name=spec.name)


def retrain(*, actor: Actor, name: str, changes: Mapping[str, Any] | None = None) -> Recommender:
    """Queue a training on the newest version of the data sets; the serving version stays until then.

    Args:
        actor: needs `model.train`.
        name: of the recommender.
        changes: parameters that differ from the last training.

    Raises:
        RecommenderNotFoundError, RecommenderBusyError, InvalidInputError, ColumnUnknownError,
        TrainingDataError.
    """
    actor.require("model.train")
    found = selectors.get_recommender(actor=actor, name=name)
    checked = params.as_dict(params.parse({**found.params, **(changes or {})}))
    interactions = sources.interactions(
        actor=actor, dataset=str(found.dataset_id), columns=found.columns
    )
    items = _feature_table(actor, _table_of(found.items), "items")
    users = _feature_table(actor, _table_of(found.users), "users")
    with transaction.atomic():
        # the row is locked and its job read again, so two requests at once queue one training
        locked = Recommender.objects.select_for_update().get(pk=found.pk)
        job = selectors.latest_job(actor=actor, recommender=locked)
        if job is not None and not job.is_ended:
            raise RecommenderBusyError(
                f"“{name}” is being trained now.",
                remedy="Wait for that training, or cancel it.",
                job=str(locked.job_id),
            )
        locked.dataset_version_id = interactions.id
        locked.items, locked.users, locked.params = items, users, checked
        _queue(actor, locked, "recommender.retrained")
    return selectors.get_recommender(actor=actor, name=name)


def delete_recommender(*, actor: Actor, name: str) -> None:
    """Delete a recommender with its events and its endpoint, and cancel its training.

    The registered versions stay in the registry, where deleting them destroys their key.

    Raises:
        RecommenderNotFoundError: unknown name.
    """
    actor.require("model.delete")
    recommender = selectors.get_recommender(actor=actor, name=name)
    with transaction.atomic():
        if recommender.is_training and recommender.job_id:
            jobs.cancel_job(actor=actor, job_id=recommender.job_id)
        for endpoint in serving.endpoints(actor=actor).filter(name=name):
            serving.delete_endpoint(actor=actor, endpoint=endpoint)
        target = f"recommender:{recommender.pk}"
        audit.record(
            actor=actor, action="recommender.deleted", target=target, details={"name": name}
        )
        recommender.delete()


def _check_name(actor: Actor, name: str) -> None:
    if not registry.is_model_name(name):
        raise InvalidInputError(
            f"“{name[:80]}” is not a name a recommender can have.",
            remedy="Use 1 to 63 lower-case letters, digits, dots, - and _; begin with a letter or digit.",
            field="name",
        )
    if registry.models(actor=actor).filter(name=name).exists():
        # also a deleted recommender's: its versions stay registered, and must not answer for another
        raise _taken(name)


def _taken(name: str) -> RecommenderExistsError:
    return RecommenderExistsError(
        f"The name “{name}” is taken by a recommender or a registered model.",
        remedy="Choose another name, or retrain the recommender that has it.",
        field="name",
    )


def _table_of(stored: Mapping[str, str] | None) -> FeatureTable | None:
    return FeatureTable(stored["dataset"], stored["id_column"]) if stored else None


def _feature_table(actor: Actor, table: FeatureTable | None, role: str) -> dict[str, str] | None:
    if table is None:
        return None
    version = sources.feature_table(
        actor=actor, dataset=table.dataset, id_column=table.id_column, role=role
    )
    return {
        "dataset": str(version.dataset_id),
        "dataset_version": str(version.id),
        "id_column": table.id_column,
    }


def _insert(recommender: Recommender) -> None:
    try:
        with transaction.atomic():
            recommender.save(force_insert=True)
    except IntegrityError:
        raise _taken(recommender.name) from None


def _queue(actor: Actor, recommender: Recommender, action: str) -> None:
    job = jobs.submit(
        actor=actor,
        kind=JOB_KIND,
        params={
            "recommender": recommender.name,
            "dataset_version": str(recommender.dataset_version_id),
            **{f"{role}_column": name for role, name in recommender.columns.items()},
            "items": recommender.items,
            "users": recommender.users,
            "params": recommender.params,
        },
        subject=recommender.name,
    )
    recommender.job_id = job.pk
    recommender.save()
    audit.record(
        actor=actor,
        action=action,
        target=f"recommender:{recommender.pk}",
        details={"name": recommender.name, "job": str(job.pk)},
    )
