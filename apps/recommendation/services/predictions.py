"""Asks the runtime: recommendations, scores, similar items, search."""

import json
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from apps.recommendation import selectors
from apps.recommendation.errors import ItemUnknownError
from apps.recommendation.models import Recommender
from apps.recommendation.services import answers, experiments
from apps.recommendation.services.answers import Found, Recommendations, Scores, SimilarItems
from apps.recommendation.services.asking import Route, ask, ready, standing_rules
from apps.recommendation.services.bounds import (
    MAX_ITEMS,
    check_batch,
    check_id,
    check_ids,
    check_k,
)
from apps.recommendation.services.questions import Question, as_json
from platform_core.accounts.api import Actor

NEW_VISITOR = "\N{REPLACEMENT CHARACTER}new visitor"
"""Asked for somebody who has no id yet; no data set holds it, so only the history speaks."""
DEFAULT = Question()


def recommend(
    *, actor: Actor, name: str, user: str, question: Question = DEFAULT
) -> Recommendations:
    """Return the best items for one user; `known` is False where they are the most popular ones.

    Raises:
        RecommenderNotFoundError, RecommenderNotReadyError, TrainingFailedError: see asking.ready.
        InvalidInputError: the id, `k` or another option is out of bounds.
        PredictionRefusedError: the filter or a rule does not fit the items' attributes.
        UnavailableError: the runtime does not answer.
    """
    return recommend_batch(actor=actor, name=name, users=[user], question=question)[0]


def recommend_batch(
    *, actor: Actor, name: str, users: Sequence[str], question: Question = DEFAULT
) -> list[Recommendations]:
    """Return the best items for each of many users, in their order.

    While an experiment runs, users are answered by the alias they are assigned to.
    """
    actor.require("prediction.call")
    asked = check_batch(users, question.k)
    shared = question.inputs()
    recommender = ready(actor=actor, name=name)
    if question.standing_rules and (rules := standing_rules(recommender)):
        shared["standing_rules"] = [as_json(rules)]
    places, assigned = _aliases(recommender, asked, question)
    found: dict[int, Recommendations] = {}
    for alias, group in places.items():
        members = [asked[place] for place in group]
        inputs = {**shared, **_of_users(recommender, members, question.extra_history())}
        route = Route(alias, question.version, members[0] if len(members) == 1 else "")
        rows = _answers(actor, recommender, members, inputs, route)
        found.update(zip(group, rows, strict=True))
    for place, assignment in assigned.items():
        items = [each.item for each in found[place].items]
        recommendation_id = experiments.record(assignment, items)
        found[place] = replace(found[place], recommendation_id=recommendation_id)
    return [found[place] for place in range(len(asked))]


def recommend_to_visitor(
    *, actor: Actor, name: str, items: Sequence[str], k: int = 10, question: Question = DEFAULT
) -> Recommendations:
    """Return the best items for somebody new who picked a few."""
    picked = replace(question, k=k, history=items)
    return recommend(actor=actor, name=name, user=NEW_VISITOR, question=picked)


def score(*, actor: Actor, name: str, user: str, items: Sequence[str]) -> Scores:
    """Return the score of each given item for a user, in the given order."""
    actor.require("prediction.call")
    check_id(user, "user")
    asked = check_ids(items, "item", MAX_ITEMS)
    recommender = ready(actor=actor, name=name)
    inputs = {"item": asked, **_of_users(recommender, [user], [])}
    answer = ask(actor=actor, recommender=recommender, operation="score", inputs=inputs)
    values = [
        None if math.isnan(value) else float(value) for value in answer.outputs["scores"].ravel()
    ]
    return Scores(user, bool(answer.outputs["known"][0]), values, answer.model_version)


def similar(*, actor: Actor, name: str, item: str, k: int = 10) -> SimilarItems:
    """Return the items most like one item.

    Raises:
        ItemUnknownError: the item was not in the training data, nor told since.
    """
    actor.require("prediction.call")
    check_id(item, "item")
    inputs = {"item": [item], "k": [check_k(k)]}
    recommender = ready(actor=actor, name=name)
    answer = ask(actor=actor, recommender=recommender, operation="similar", inputs=inputs)
    if not answer.outputs["known"][0]:
        raise ItemUnknownError(
            f"“{item[:80]}” was not in the data “{name}” learned from.",
            remedy="Check the id, tell its attributes, or retrain on data that holds the item.",
            field="item",
        )
    return SimilarItems(item, answers.rows(answer.outputs)[0], answer.model_version)


def search(*, actor: Actor, name: str, prefix: str, kind: str = "user", k: int = 10) -> list[Found]:
    """Return users or items whose id or title contains `prefix`, those that begin with it first."""
    if prefix:
        check_id(prefix, "prefix")
    inputs = {"prefix": [prefix], "kind": [kind], "k": [check_k(k)]}
    outputs = _look_up(actor, name, "search", inputs)
    return answers.found(outputs["ids"], outputs["titles"], outputs["counts"])


def history(*, actor: Actor, name: str, user: str, k: int = 20) -> list[Found]:
    """Return what a user touched in the training data, latest first where times were given."""
    inputs = {"user": [check_id(user, "user")], "k": [check_k(k)]}
    outputs = _look_up(actor, name, "history", inputs)
    return answers.found(outputs["items"], outputs["titles"])


def titles(*, actor: Actor, name: str, items: Sequence[str]) -> list[Found]:
    """Return the items with their titles; an unknown one has none."""
    if not items:
        return []
    asked = check_ids(items, "item", MAX_ITEMS)
    return answers.found(asked, _look_up(actor, name, "titles", {"item": asked})["titles"])


def attributes(*, actor: Actor, name: str) -> list[dict[str, Any]]:
    """Return what filters and rules may ask for.

    Returns:
        For each attribute `name`, `kind` (number, boolean, time, text) and, from the training data, its
        most frequent `values` and how many are `distinct`, or its `least` and `most`.
    """
    raw = _look_up(actor, name, "attributes", {"k": [1]})["attributes"]
    listed: list[dict[str, Any]] = json.loads(answers.text(raw.ravel()[0]))
    return listed


def _look_up(actor: Actor, name: str, operation: str, inputs: Mapping[str, Any]) -> Any:
    actor.require("prediction.call")
    recommender = ready(actor=actor, name=name)
    return ask(actor=actor, recommender=recommender, operation=operation, inputs=inputs).outputs


def _aliases(
    recommender: Recommender, users: Sequence[str], question: Question
) -> tuple[dict[str | None, list[int]], dict[int, experiments.Assignment]]:
    """Return alias -> places of the users it answers, and the assignments of a running experiment."""
    places: defaultdict[str | None, list[int]] = defaultdict(list)
    assigned: dict[int, experiments.Assignment] = {}
    chosen = question.alias is not None or bool(question.version)
    for place, user in enumerate(users):
        alias = question.alias
        if question.counts and not chosen and (found := experiments.assign(recommender, user)):
            alias, assigned[place] = found.alias, found
        places[alias].append(place)
    return dict(places), assigned


def _of_users(
    recommender: Recommender, users: Sequence[str], extra: Sequence[str]
) -> dict[str, list[str]]:
    """Return the inputs that tell of each user: what they touched and, where told, their attributes."""
    touched = selectors.histories(recommender=recommender, users=users)
    inputs = {
        "user": list(users),
        "history": [as_json([*extra, *touched.get(user, [])]) for user in users],
    }
    if recommender.has_live_users:
        told = selectors.live_users(recommender=recommender, users=users)
        if told:
            inputs["attributes"] = [as_json(told.get(user, {})) for user in users]
    return inputs


def _answers(
    actor: Actor,
    recommender: Recommender,
    users: Sequence[str],
    inputs: Mapping[str, Any],
    route: Route,
) -> list[Recommendations]:
    answer = ask(
        actor=actor, recommender=recommender, operation="recommend", inputs=inputs, route=route
    )
    known, notes = answer.outputs["known"], answers.notes(answer.outputs)
    return [
        Recommendations(
            user=user,
            known=bool(known[row]),
            items=items,
            model_version=answer.model_version,
            alias=answer.alias,
            notes=notes,
        )
        for row, (user, items) in enumerate(zip(users, answers.rows(answer.outputs), strict=True))
    ]
