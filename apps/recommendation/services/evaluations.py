"""Asks for versions to be measured; the job does it (see engine.evaluation)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from apps.recommendation import selectors
from apps.recommendation.models import Evaluation, Recommender
from apps.recommendation.services import sources
from platform_core.accounts.api import Actor
from platform_core.audit import api as audit
from platform_core.datasets import api as datasets
from platform_core.errors import InvalidInputError
from platform_core.jobs import api as jobs
from platform_core.registry import api as registry

JOB_KIND = "recommendation.evaluate"
UNSEEN = "unseen"
PROTOCOLS = ("latest", "random", "fraction", "time", UNSEEN)
MAX_VERSIONS = 4
MAX_K, MAX_KS = 100, 6
MAX_USERS = 20_000
"""Measured users of one evaluation: the standard error of a share is then below 0.0036."""


@dataclass(frozen=True)
class EvaluationSpec:
    """What to measure, on what, and how.

    Attributes:
        versions: numbers; the others are compared with the first. None means the version that answers.
        dataset: id or name of interactions with the recommender's columns; None means its own.
        protocol: one of PROTOCOLS; all but `unseen` train the versions' settings again on a part.
            Empty means `unseen` for another data set, else `latest` where times are given, else `random`.
        fraction: kept back by `fraction` and `time`.
        ks: lengths of the lists.
    """

    versions: Sequence[int] = ()
    dataset: str = ""
    protocol: str = ""
    fraction: float = 0.2
    ks: Sequence[int] = (5, 10, 20)
    seed: int = 0
    most_users: int = MAX_USERS


def request_evaluation(*, actor: Actor, name: str, spec: EvaluationSpec) -> Evaluation:
    """Check what is asked, store it and queue the job.

    Raises:
        RecommenderNotFoundError, VersionNotFoundError: unknown recommender or version.
        InvalidInputError: protocol, versions, K or share are out of bounds.
        DatasetNotFoundError, ColumnUnknownError: the data set does not have the recommender's columns.
    """
    actor.require("model.train")
    recommender = selectors.get_recommender(actor=actor, name=name)
    numbers = _versions(actor, recommender, spec)
    version = _data(actor, recommender, spec)
    evaluation = Evaluation(
        organisation=actor.organisation,
        recommender=recommender,
        versions=numbers,
        protocol=_protocol(recommender, spec, is_own=version.pk == recommender.dataset_version_id),
        dataset_version_id=version.pk,
    )
    with transaction.atomic():
        job = jobs.submit(
            actor=actor,
            kind=JOB_KIND,
            params=_job_params(recommender, evaluation),
            subject=recommender.name,
        )
        evaluation.job_id = job.pk
        evaluation.save(force_insert=True)
        audit.record(
            actor=actor,
            action="recommender.evaluated",
            target=f"recommender:{recommender.pk}",
            details={
                "name": name,
                "versions": ", ".join(map(str, numbers)),
                "protocol": evaluation.protocol["kind"],
            },
        )
    return selectors.get_evaluation(actor=actor, name=name, evaluation_id=str(evaluation.pk))


def _job_params(recommender: Recommender, evaluation: Evaluation) -> dict[str, object]:
    return {
        "evaluation": str(evaluation.pk),
        "recommender": recommender.name,
        "dataset_version": str(evaluation.dataset_version_id),
        **{f"{role}_column": name for role, name in recommender.columns.items()},
        "items": recommender.items,
        "users": recommender.users,
        "params": recommender.params,
    }


def _versions(actor: Actor, recommender: Recommender, spec: EvaluationSpec) -> list[int]:
    asked = list(dict.fromkeys(spec.versions))
    if not asked and recommender.serving_version is not None:
        asked = [recommender.serving_version]
    if not 1 <= len(asked) <= MAX_VERSIONS:
        raise InvalidInputError(
            f"{len(asked)} versions were named.",
            remedy=f"Name 1 to {MAX_VERSIONS} trained versions.",
            field="versions",
        )
    for number in asked:
        version = registry.get_version(actor=actor, model_name=recommender.name, number=number)
        if not version.is_ready:
            raise registry.VersionDeletedError(
                f"{version} was deleted.", remedy="Choose another version.", field="versions"
            )
    return asked


def _data(actor: Actor, recommender: Recommender, spec: EvaluationSpec) -> datasets.DatasetVersion:
    if not spec.dataset:
        return datasets.get_version(actor=actor, version_id=str(recommender.dataset_version_id))
    return sources.interactions(actor=actor, dataset=spec.dataset, columns=recommender.columns)


def _protocol(recommender: Recommender, spec: EvaluationSpec, *, is_own: bool) -> dict[str, object]:
    has_times = bool(recommender.columns.get("time"))
    usual = ("latest" if has_times else "random") if is_own else UNSEEN
    kind = spec.protocol or usual
    if kind not in PROTOCOLS:
        raise _refused("protocol", kind, f"one of {', '.join(PROTOCOLS)}")
    if kind in ("latest", "time") and not has_times:
        raise InvalidInputError(
            "The recommender was made without a time column, so nothing can be kept back by time.",
            remedy="Choose “random” or “fraction”.",
            field="protocol",
        )
    if not 0.01 <= spec.fraction <= 0.5:  # false for NaN too
        raise _refused("fraction", spec.fraction, "a share between 0.01 and 0.5")
    if not 1 <= spec.most_users <= MAX_USERS:
        raise _refused("most_users", spec.most_users, f"1 to {MAX_USERS}")
    if not 0 <= spec.seed < 2**31:
        raise _refused("seed", spec.seed, "a whole number from 0 to 2147483647")
    return {
        "kind": kind,
        "fraction": spec.fraction,
        "seed": spec.seed,
        "ks": _ks(spec.ks),
        "most_users": spec.most_users,
    }


def _ks(asked: Sequence[int]) -> list[int]:
    ks = sorted(set(asked))
    if not 1 <= len(ks) <= MAX_KS or ks[0] < 1 or ks[-1] > MAX_K:
        raise _refused("ks", list(asked)[:10], f"1 to {MAX_KS} lengths between 1 and {MAX_K}")
    return ks


def _refused(field: str, value: object, expected: str) -> InvalidInputError:
    return InvalidInputError(
        f"“{field}” is {str(value)[:60]}.", remedy=f"Give {expected}.", field=field
    )
