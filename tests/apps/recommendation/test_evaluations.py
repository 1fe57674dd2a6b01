"""Evaluations through the real queue entry: honest about what a version has seen, stored, compared."""

import numpy as np
import pytest

from apps.recommendation import errors, selectors, services
from apps.recommendation.engine import evaluate
from apps.recommendation.models import Evaluation, Recommender
from apps.recommendation.services.evaluations import EvaluationSpec, request_evaluation
from platform_core.accounts.api import Actor, Role
from platform_core.audit import api as audit
from platform_core.errors import InvalidInputError, NotFoundError, PermissionDeniedError
from platform_core.jobs import api as jobs
from platform_core.registry import api as registry
from tests.apps.recommendation.conftest import run_job, spec, taste, train_now, upload

TIMED = {"user": "user", "item": "item", "rating": "", "time": "time"}


def measured(actor: Actor, recommender: Recommender, **wanted: object) -> Evaluation:
    """Request an evaluation, run its job here, and return it."""
    asked = request_evaluation(
        actor=actor,
        name=recommender.name,
        spec=EvaluationSpec(**wanted),  # type: ignore[arg-type]
    )
    run_job(actor, jobs.get_job(actor=actor, job_id=asked.job_id), evaluate)
    return selectors.get_evaluation(actor=actor, name=recommender.name, evaluation_id=str(asked.pk))


def failed(actor: Actor, evaluation: Evaluation) -> dict[str, str]:
    job = jobs.get_job(actor=actor, job_id=evaluation.job_id)
    assert job.state == jobs.JobState.FAILED
    return job.error  # type: ignore[return-value]


def test_a_version_trained_on_everything_is_trained_again_on_a_part(
    actor: Actor, trained: Recommender
):
    found = measured(actor, trained).result
    assert found["method"] == "retrained"
    assert [each["number"] for each in found["versions"]] == [0, 1]
    popularity, version = found["versions"]
    assert version["fit_s"] is not None
    assert version["model"] == "als"
    assert version["figures"]["ndcg@5"][0] > popularity["figures"]["ndcg@5"][0]
    low, high = version["figures"]["hr@10"][1:]
    assert 0 <= low <= version["figures"]["hr@10"][0] <= high <= 1
    assert 0 < version["beyond"]["coverage@10"] <= 1
    (difference,) = found["differences"]
    assert (difference["version"], difference["against"]) == (1, 0)
    assert found["facts"]["held_out_rows"] == found["facts"]["users"]


def test_an_evaluation_is_stored_sealed_and_audited(actor: Actor, trained: Recommender):
    made = measured(actor, trained)
    assert made.job_state == jobs.JobState.SUCCEEDED
    from django.db import connection  # noqa: PLC0415  (only to look behind the model)

    with connection.cursor() as cursor:
        cursor.execute("SELECT result FROM recommendation_evaluation")
        assert b"ndcg" not in bytes(cursor.fetchone()[0])
    assert "recommender.evaluated" in list(
        audit.entries(actor=actor).values_list("action", flat=True)
    )


def test_a_newer_data_set_is_asked_of_the_version_itself(actor: Actor, trained: Recommender):
    """Half of the new rows were learned from; only the other half, and a new user and item, are asked."""
    old = taste().splitlines()
    new = [f"u{user:03},i{user % 12:02},1,1800000000,x" for user in range(24)]
    rows = [*old, *new, "stranger,i00,1,1800000000,x", "u000,brand-new,1,1800000000,x"]
    later = upload(actor, "\n".join(rows) + "\n")
    found = measured(actor, trained, dataset=str(later.pk), ks=(3,)).result
    assert found["method"] == "unseen"
    known = {tuple(line.split(",")[:2]) for line in old[1:]}
    fresh = {tuple(line.split(",")[:2]) for line in rows[1:]} - known
    assert found["facts"]["held_out_rows"] == len(fresh)
    assert found["facts"]["unknown_users"] == 1
    assert found["facts"]["unknown_items"] == 1
    assert found["versions"][1]["fit_s"] is None


def test_a_version_is_never_asked_about_its_own_rows(actor: Actor, trained: Recommender):
    made = measured(actor, trained, protocol="unseen")
    assert "nothing is left to ask" in failed(actor, made)["detail"]
    assert made.result is None


def test_two_versions_are_compared_on_the_same_users(actor: Actor, trained: Recommender):
    services.retrain(actor=actor, name=trained.name, changes={"model": "popularity"})
    train_now(actor, selectors.get_recommender(actor=actor, name=trained.name))
    found = measured(actor, trained, versions=(1, 2), protocol="fraction", fraction=0.3).result
    (difference,) = found["differences"]
    assert (difference["version"], difference["against"]) == (2, 1)
    one, two = found["versions"][1:]
    for name, (value, low, high) in difference["figures"].items():
        assert value == pytest.approx(two["figures"][name][0] - one["figures"][name][0], abs=2e-6)
        assert low <= value <= high
    # popularity as a version says the same as the baseline
    assert two["figures"]["ndcg@10"][0] == found["versions"][0]["figures"]["ndcg@10"][0]


def test_segments_come_from_activity_and_from_the_users_table(actor: Actor):
    people = "id,town,born\n" + "".join(
        f"u{n:03},{'Oslo' if n % 2 else 'Rome'},{1950 + n}\n" for n in range(24)
    )
    interactions = upload(actor, taste())
    table = services.FeatureTable(dataset=str(upload(actor, people).pk), id_column="id")
    asked = spec(interactions, users=table, columns=TIMED)
    made = services.create_recommender(actor=actor, spec=asked)
    train_now(actor, made)
    found = measured(actor, made, protocol="latest", ks=(2, 5)).result
    parts = found["versions"][1]["segments"]
    kinds = {part["kind"] for part in parts}
    assert {"town", "born"} <= kinds
    towns = {part["name"]: part["users"] for part in parts if part["kind"] == "town"}
    assert set(towns) == {"Oslo", "Rome"}
    assert sum(towns.values()) == found["facts"]["users"]
    item, title, count = parts[0]["items"][0]
    assert item.startswith("i")
    assert title == ""
    assert count > 0
    assert sum(band["shown"] for band in found["versions"][1]["bands"]) == pytest.approx(
        1, abs=1e-4
    )


def test_a_temporal_protocol_asks_about_what_came_later(actor: Actor, dataset):
    made = services.create_recommender(actor=actor, spec=spec(dataset, columns=TIMED))
    train_now(actor, made)
    facts = measured(actor, made, protocol="time", fraction=0.25).result["facts"]
    share = facts["held_out_rows"] / (facts["held_out_rows"] + facts["learned_rows"])
    assert share == pytest.approx(0.25, abs=0.05)


def test_the_same_seed_gives_the_same_figures(actor: Actor, trained: Recommender):
    first, second, other = (measured(actor, trained, seed=seed).result for seed in (3, 3, 4))
    for result in (first, second, other):
        for version in result["versions"]:
            version.pop("fit_s")
    assert first == second
    assert first["versions"] != other["versions"]


WRONG = [
    ({"protocol": "guess"}, "protocol"),
    ({"protocol": "time"}, "protocol"),
    ({"fraction": 0.9}, "fraction"),
    ({"fraction": float("nan")}, "fraction"),
    ({"ks": ()}, "ks"),
    ({"ks": (0, 5)}, "ks"),
    ({"ks": (1000,)}, "ks"),
    ({"most_users": 0}, "most_users"),
    ({"versions": tuple(range(1, 9))}, "versions"),
]


def test_a_wrong_request_is_refused_by_name(actor: Actor, trained: Recommender):
    for wanted, field in WRONG:
        with pytest.raises(InvalidInputError) as refused:
            request_evaluation(actor=actor, name=trained.name, spec=EvaluationSpec(**wanted))
        assert refused.value.extra["field"] == field
    assert not Evaluation.objects.exists()


def test_versions_and_recommenders_that_do_not_exist_are_refused(
    actor: Actor, stranger: Actor, member, trained: Recommender
):
    with pytest.raises(registry.VersionNotFoundError):
        request_evaluation(actor=actor, name=trained.name, spec=EvaluationSpec(versions=(7,)))
    with pytest.raises(NotFoundError):
        request_evaluation(actor=stranger, name=trained.name, spec=EvaluationSpec())
    with pytest.raises(PermissionDeniedError):
        request_evaluation(actor=member(Role.VIEWER), name=trained.name, spec=EvaluationSpec())
    made = request_evaluation(actor=actor, name=trained.name, spec=EvaluationSpec())
    with pytest.raises(errors.RecommenderNotFoundError):
        selectors.get_evaluation(actor=stranger, name=trained.name, evaluation_id=str(made.pk))
    with pytest.raises(errors.EvaluationNotFoundError):
        selectors.get_evaluation(actor=actor, name=trained.name, evaluation_id="nonsense")


def test_small_groups_of_people_are_not_reported(actor: Actor, trained: Recommender):
    parts = measured(actor, trained).result["versions"][1]["segments"]
    assert all(part["users"] >= 5 for part in parts)
    assert np.isfinite([part["figures"]["hr@10"][0] for part in parts]).all()
