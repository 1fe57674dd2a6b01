"""The job `recommendation.train`: read, decide, fit, register, serve."""

import dataclasses
import time
from typing import Any

import numpy as np
import scipy.sparse as sp

from apps.recommendation.engine import loading, packing, request, stages
from apps.recommendation.engine.loading import Loaded
from apps.recommendation.engine.planning import Plan, decide
from apps.recommendation.errors import TrainingDataError
from ml.common.bundle import Bundle
from ml.recommendation.contract import Recommender
from ml.recommendation.errors import RecommendationDataError
from platform_core.accounts.api import Actor, platform_actor
from platform_core.jobs.api import JobContext
from platform_core.registry import api as registry
from platform_core.serving import api as serving

APPLICATION = TASK = "recommendation"
CHAMPION, CHALLENGER = "champion", "challenger"
CODE_VERSION = "recommendation-1"  # of the training procedure; raise it when results change


def train(context: JobContext) -> dict[str, Any]:
    """Train, register and serve a recommender.

    Args:
        context: of the job; its params are `recommender`, `dataset_version`, the columns, and optionally
            `items`, `users`, `params`, `seed`, `budget_s` (see engine.request).

    Returns:
        `{"model", "version", "metrics"}`.

    Raises:
        InvalidInputError, ColumnUnknownError, TrainingDataError: the request or the data.
        TrainingStoppedError: the job was cancelled or preempted.
    """
    asked = request.read(context.params)
    context.update(0.0, "Reading the data")
    loaded = loading.load(context.actor, asked, context)
    try:
        plan, model = _fit(context, asked, loaded)
    except RecommendationDataError as error:
        raise TrainingDataError(str(error)) from error
    context.update(0.96, "Registering the version")
    bundle = packing.pack(model, _catalogue(model, loaded), {"settings": plan.settings})
    stages.stop_if_asked(context)
    return _register(context, asked, loaded, plan, bundle)


def _fit(
    context: JobContext, asked: request.TrainRequest, loaded: Loaded
) -> tuple[Plan, Recommender]:
    """Return the plan and the model fitted on everything; an earlier attempt's plan is kept."""
    head, _ = stages.unpack(context.load_checkpoint())
    if head is None:
        whole = stages.Span(context, 0.1, 0.7)
        plan = decide(loaded.interactions, loaded.features, asked.params, whole)
        context.save_checkpoint(stages.pack(dataclasses.asdict(plan)))
    else:
        plan = Plan(**head)
        context.log("Resumed: the settings were already chosen.")
    context.update(0.7, "Training on everything")
    started_s = time.monotonic()
    last = stages.Span(context, 0.7, 0.95, curves=True, head=dataclasses.asdict(plan))
    model = plan.build().fit(loaded.interactions, loaded.features, last)
    plan.metrics["fit_s"] = round(time.monotonic() - started_s, 3)
    for name, value in plan.metrics.items():
        context.metric(name, value)
    return plan, model


def _catalogue(model: Recommender, loaded: Loaded) -> packing.Catalogue:
    return packing.Catalogue(
        user_ids=loaded.user_ids,
        item_ids=loaded.item_ids,
        titles=loaded.titles,
        history=_by_time(model.history(loaded.interactions), loaded),
        item_attributes=loaded.of_items.known,
        user_attributes=loaded.of_users.known,
        new_items=loaded.of_items.strangers,
        new_users=loaded.of_users.strangers,
    )


def _by_time(history_UI: sp.csr_matrix, loaded: Loaded) -> sp.csr_matrix:
    """Return the histories with each user's latest item last; unchanged without times."""
    known = loaded.interactions
    if known.times is None:
        return history_UI
    by_item_N = np.lexsort((known.items, known.users))  # the order the sparse matrix has
    values_N = np.empty(len(known), dtype=np.float32)
    values_N[by_item_N] = history_UI.data
    by_time_N = np.lexsort((known.times, known.users))
    parts = (values_N[by_time_N], known.items[by_time_N].astype(np.int32), history_UI.indptr)
    return sp.csr_matrix(parts, shape=history_UI.shape)


def _register(
    context: JobContext,
    asked: request.TrainRequest,
    loaded: Loaded,
    plan: Plan,
    bundle: Bundle,
) -> dict[str, Any]:
    """Register the version, point an alias at it and make sure the endpoint exists, all or nothing."""
    actor = _registrar(context)
    with context.fenced():
        version = registry.register_version(
            actor=actor,
            model=registry.ModelSpec(asked.recommender, APPLICATION, TASK),
            bundle=bundle,
            metrics=plan.metrics,
            parameters={
                "model": plan.model,
                **plan.settings,
                "asked": dataclasses.asdict(asked.params),
                "trials": plan.trials,
                "why": plan.why,
            },
            lineage=registry.Lineage(
                dataset_versions=tuple(each.id for each in loaded.versions),
                code_version=CODE_VERSION,
                seed=asked.params.seed,
                job_id=context.job_id,
            ),
        )
        _point_alias(actor, version)
        serving.ensure_endpoint(
            actor=actor, name=asked.recommender, model_name=asked.recommender, alias=CHAMPION
        )
    return {"model": asked.recommender, "version": version.number, "metrics": plan.metrics}


def _point_alias(actor: Actor, version: registry.ModelVersion) -> None:
    """Make the first version champion; a person promotes later ones."""
    taken = CHAMPION in registry.aliases(actor=actor, model=version.model)
    registry.set_alias(
        actor=actor,
        model=version.model,
        alias=CHALLENGER if taken else CHAMPION,
        version=version,
        reason="Trained by job",
    )


def _registrar(context: JobContext) -> Actor:
    """Return who writes the version: an analyst may train, but only the platform may register for them."""
    needed = ("model.register", "model.promote", "endpoint.manage", "model.view")
    if all(context.actor.can(action) for action in needed):
        return context.actor
    return platform_actor(context.organisation)
