"""The job `recommendation.evaluate`: versions measured on choices none of them learned from.

Two ways, and the result says which was taken:

- `unseen`: the registered versions themselves, on rows of a data set that none of them was trained on.
- `retrained`: a version that answers was trained on everything, so there is nothing left to ask it. Then its
  settings are trained again on a part of the data, and asked about the rest.

Shapes: B measured users, I items, K places.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp

from apps.recommendation.engine import held_out, loading, parts, request, stages
from apps.recommendation.engine.held_out import POPULARITY, UNSEEN, Asked, Contender
from apps.recommendation.errors import TrainingDataError
from apps.recommendation.models import Evaluation
from ml.recommendation import lists, report, segments
from ml.recommendation.errors import RecommendationDataError
from ml.recommendation.lists import Lists
from platform_core.jobs.api import JobContext
from platform_core.registry import api as registry


def evaluate(context: JobContext) -> dict[str, Any]:
    """Measure the versions of an evaluation and store what was found.

    Args:
        context: of the job; its params are `evaluation` (an id) and those of a training (see engine.request),
            with `dataset_version` the data to measure on.

    Returns:
        `{"evaluation", "method", "figures"}` with the main figure of each version.

    Raises:
        TrainingDataError: nothing can be kept back, or nothing is new to the versions.
        JobStoppedError: the job was cancelled, or the evaluation is gone.
    """
    evaluation = Evaluation.objects.owned_by(context.organisation).get(
        pk=context.params["evaluation"]
    )
    asked = request.read(context.params)
    context.update(0.0, "Reading the data")
    loaded = loading.load(context.actor, asked, context)
    try:
        found = _measure(context, evaluation, asked, loaded)
    except RecommendationDataError as error:
        raise TrainingDataError(
            str(error), remedy="Choose another protocol or data set."
        ) from error
    with context.fenced():
        evaluation.result = found
        evaluation.save(update_fields=["result"])
    main = f"ndcg@{report.main_k(evaluation.protocol['ks'])}"
    figures = {str(each["number"]): each["figures"][main][0] for each in found["versions"]}
    return {"evaluation": str(evaluation.pk), "method": found["method"], "figures": figures}


def _measure(
    context: JobContext,
    evaluation: Evaluation,
    asked: request.TrainRequest,
    loaded: loading.Loaded,
) -> dict[str, Any]:
    """Return the stored result: what was asked, each version's report, and the differences."""
    numbers = [int(number) for number in evaluation.versions]
    versions = [
        registry.get_version(actor=context.actor, model_name=asked.recommender, number=number)
        for number in numbers
    ]
    protocol = evaluation.protocol
    if protocol["kind"] == UNSEEN:
        scene = held_out.unseen(versions, loaded, protocol)
    else:
        scene = held_out.retrained(versions, loaded, protocol, context)
    stages.stop_if_asked(context)
    context.update(0.8, "Ranking")
    ks = [int(k) for k in protocol["ks"]]
    made = {
        each.number: lists.make(each.scores, scene.seen, scene.held_out, max(ks))
        for each in scene.contenders
    }
    ground = report.Ground(
        counts=scene.learned.item_counts(),
        n_users=scene.learned.n_users,
        vectors=_likeness(loaded, scene),
        held_out=scene.held_out,
        parts=_parts(context, asked, scene),
        seed=int(protocol["seed"]),
    )
    context.update(0.9, "Measuring")
    return {
        "method": scene.method,
        "ks": ks,
        "main_k": report.main_k(ks),
        "facts": scene.facts,
        "versions": [
            _version(each, made[each.number], ground, ks, scene) for each in scene.contenders
        ],
        "differences": _differences(numbers, made, ks, ground.seed),
    }


def _version(
    contender: Contender, made: Lists, ground: report.Ground, ks: Sequence[int], scene: Asked
) -> dict[str, Any]:
    """Return a contender's report with items by name."""
    told = report.of(made, ground, ks)
    ids = list(scene.names.items)
    for segment in told["segments"]:
        segment["items"] = [
            [ids[item], scene.names.titles[item], count] for item, count in segment["items"]
        ]
    facts = {"number": contender.number, "model": contender.model, "fit_s": contender.fit_s}
    return facts | told


def _differences(
    numbers: Sequence[int], made: dict[int, Lists], ks: Sequence[int], seed: int
) -> list[dict[str, Any]]:
    """Return every version less the first one; a single version less popularity."""
    pairs = [(number, numbers[0]) for number in numbers[1:]] or [(numbers[0], POPULARITY)]
    return [
        {
            "version": ours,
            "against": theirs,
            "figures": report.difference(made[ours], made[theirs], ks, seed),
        }
        for ours, theirs in pairs
    ]


def _likeness(loaded: loading.Loaded, scene: Asked) -> Any:
    """Return what items are like: their attributes, else who touched them."""
    described = loaded.features.items
    if described is not None and len(described) == scene.learned.n_items:
        centred = described - described.mean(axis=0)
        return centred / np.maximum(centred.std(axis=0), 1e-6)
    return sp.csr_matrix(scene.learned.seen().T)


def _parts(
    context: JobContext, asked: request.TrainRequest, scene: Asked
) -> list[segments.Segment]:
    counts_U = np.bincount(scene.learned.users, minlength=scene.learned.n_users)
    names = list(scene.names.users)
    return [
        *segments.by_activity(counts_U[scene.users]),
        *parts.of_attributes(context.actor, asked.users, [names[user] for user in scene.users]),
    ]
