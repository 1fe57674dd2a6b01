"""A/B between two aliases: set up, run, assign users, end, promote."""

import hmac
import secrets
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.recommendation import selectors
from apps.recommendation.errors import ExperimentStateError
from apps.recommendation.models import Experiment, Impression, Recommender
from apps.recommendation.services.impressions import WAITING
from platform_core.accounts.api import Actor
from platform_core.audit import api as audit
from platform_core.errors import InvalidInputError
from platform_core.registry import api as registry

MAX_NAME, MAX_KINDS = 80, 10
USUAL_DAYS, MAX_DAYS = 14, 90
REMEMBERED_S = 2.0
"""How long a process may assign by what it last read: a stop takes effect everywhere after that."""
MAX_ITEMS_KEPT = 50
"""Items of one answer that are kept as shown: nobody sees more of a list."""
_running: dict[uuid.UUID, tuple[float, Experiment | None]] = {}


@dataclass(frozen=True)
class ExperimentSpec:
    """What to compare.

    Attributes:
        alias_a, alias_b: of the registry; A is what most users see today.
        share_b: part of the users that B answers, 0.01 to 0.99.
        kinds: kinds of event that count as success; none means any event.
        window_hours: how long after being shown an item its event counts.
        days: planned length; the result is read without caution only then.
    """

    name: str
    alias_a: str = "champion"
    alias_b: str = "challenger"
    share_b: float = 0.5
    kinds: Sequence[str] = ()
    window_hours: int = 24
    days: int = USUAL_DAYS


@dataclass(frozen=True)
class Assignment:
    """Who answers one user in a running experiment."""

    experiment: Experiment
    variant: str
    user_hash: str

    @property
    def alias(self) -> str:
        """Return the alias that answers."""
        return self.experiment.alias_b if self.variant == "b" else self.experiment.alias_a


def create_experiment(*, actor: Actor, name: str, spec: ExperimentSpec) -> Experiment:
    """Store an experiment that has not started.

    Raises:
        RecommenderNotFoundError: unknown recommender.
        InvalidInputError: a value is out of bounds, or the name is taken; `field` names it.
    """
    actor.require("model.promote")
    recommender = selectors.get_recommender(actor=actor, name=name)
    _check(spec)
    experiment = Experiment(
        organisation=actor.organisation,
        recommender=recommender,
        name=spec.name.strip(),
        alias_a=spec.alias_a,
        alias_b=spec.alias_b,
        share_b=spec.share_b,
        salt=secrets.token_hex(16),
        kinds=list(dict.fromkeys(spec.kinds)),
        window_s=spec.window_hours * 3600,
        planned_days=spec.days,
    )
    try:
        with transaction.atomic():
            experiment.save(force_insert=True)
            _audit(actor, experiment, "experiment.created", share_b=spec.share_b)
    except IntegrityError:
        raise InvalidInputError(
            f"There is an experiment named “{spec.name}” already.",
            remedy="Choose another name.",
            field="name",
        ) from None
    return experiment


def start_experiment(*, actor: Actor, name: str, experiment_id: str) -> Experiment:
    """Let the aliases answer their share of the users from now on.

    Raises:
        ExperimentStateError: it is not a draft, another one runs, or both aliases are one version.
        AliasNotFoundError: an alias points nowhere.
    """
    actor.require("model.promote")
    experiment = selectors.get_experiment(actor=actor, name=name, experiment_id=experiment_id)
    if experiment.state != Experiment.State.DRAFT:
        raise ExperimentStateError(
            f"The experiment is {experiment.state}.", remedy="Set up a new one."
        )
    versions = _versions(actor, name, experiment)
    if versions[0] == versions[1]:
        raise ExperimentStateError(
            f"Both aliases point to version {versions[0]}, so there is nothing to compare.",
            remedy="Train a further version, or promote another one first.",
        )
    experiment.version_a, experiment.version_b = versions
    experiment.state, experiment.started_at = Experiment.State.RUNNING, timezone.now()
    experiment.planned_end = experiment.started_at + timedelta(days=experiment.planned_days)
    experiment.settled_at = experiment.started_at
    try:
        with transaction.atomic():
            experiment.save()
            _audit(actor, experiment, "experiment.started", a=versions[0], b=versions[1])
    except IntegrityError:
        raise ExperimentStateError(
            f"Another experiment of “{name}” is running.", remedy="End it first."
        ) from None
    _running.pop(experiment.recommender_id, None)
    return experiment


def end_experiment(*, actor: Actor, name: str, experiment_id: str, promote: str = "") -> Experiment:
    """Stop assigning users, and let the chosen variant's version answer everybody.

    Args:
        actor: needs `model.promote`.
        name: of the recommender.
        experiment_id: a running one.
        promote: `a`, `b`, or nothing to leave the aliases as they are.

    Raises:
        ExperimentStateError: it does not run, or the variant's alias has moved meanwhile.
    """
    actor.require("model.promote")
    if promote not in ("", "a", "b"):
        raise InvalidInputError(f"There is no variant “{promote[:20]}”.", field="promote")
    experiment = selectors.get_experiment(actor=actor, name=name, experiment_id=experiment_id)
    with transaction.atomic():
        # the row is locked and its state read again, so that of two requests at once one is refused
        now = Experiment.objects.select_for_update().get(pk=experiment.pk)
        if now.state != Experiment.State.RUNNING:
            raise ExperimentStateError(f"The experiment is {now.state}.")
        if promote:
            _promote(actor, name, experiment, promote)
        experiment.state, experiment.ended_at = Experiment.State.ENDED, timezone.now()
        experiment.promoted = promote
        experiment.save(update_fields=["state", "ended_at", "promoted"])
        _audit(actor, experiment, "experiment.ended", promoted=promote or "nothing")
    _running.pop(experiment.recommender_id, None)
    return experiment


def assign(recommender: Recommender, user: str) -> Assignment | None:
    """Return which variant a user belongs to; None while no experiment runs.

    The same user always gets the same variant of an experiment, in every process: only the salt and the
    user's id decide. Costs a query every REMEMBERED_S.
    """
    experiment = _running_of(recommender)
    if experiment is None:
        return None
    digest = _digest(experiment, user)
    place = int.from_bytes(digest[:8], "big") / 2**64
    return Assignment(experiment, "b" if place < experiment.share_b else "a", _kept(digest))


def hash_of(experiment: Experiment, user: str) -> str:
    """Return what is kept of a user; another experiment keeps something else."""
    return _kept(_digest(experiment, user))


def _digest(experiment: Experiment, user: str) -> bytes:
    return hmac.digest(experiment.salt.encode(), user.encode("utf-8", "surrogatepass"), "sha256")


def _kept(digest: bytes) -> str:
    return digest[16:].hex()


def record(assignment: Assignment, items: Sequence[str], shown_at: datetime | None = None) -> str:
    """Note what a variant showed, and return the answer's `recommendation_id`; nothing when it is full."""
    experiment = assignment.experiment
    if experiment.is_full:
        return ""
    row = Impression(
        organisation_id=experiment.organisation_id,
        experiment=experiment,
        variant=assignment.variant,
        user_hash=assignment.user_hash,
        items=list(items[:MAX_ITEMS_KEPT]),
    )
    if shown_at is not None:
        row.created_at = shown_at
    WAITING.add(row)
    return str(row.pk)


def _running_of(recommender: Recommender) -> Experiment | None:
    now = time.monotonic()
    remembered = _running.get(recommender.pk)
    if remembered and remembered[0] > now:
        return remembered[1]
    found = recommender.experiments.filter(state=Experiment.State.RUNNING).first()
    if len(_running) > 10_000:
        _running.clear()
    _running[recommender.pk] = (now + REMEMBERED_S, found)
    return found


def _versions(actor: Actor, name: str, experiment: Experiment) -> tuple[int, int]:
    model = registry.get_model(actor=actor, name=name)
    pointed = registry.aliases(actor=actor, model=model)
    for alias in (experiment.alias_a, experiment.alias_b):
        if alias not in pointed:
            raise registry.AliasNotFoundError(
                f"{name} has no {alias} yet.", remedy="Promote one of its versions."
            )
    return pointed[experiment.alias_a].number, pointed[experiment.alias_b].number


def _promote(actor: Actor, name: str, experiment: Experiment, variant: str) -> None:
    measured = experiment.version_b if variant == "b" else experiment.version_a
    now = _versions(actor, name, experiment)[1 if variant == "b" else 0]
    if now != measured:
        raise ExperimentStateError(
            f"Version {measured} was measured, but the alias points to version {now} now.",
            remedy="End the experiment without promoting, then promote a version on the page Models.",
        )
    version = registry.get_version(actor=actor, model_name=name, number=now)
    registry.set_alias(
        actor=actor,
        model=version.model,
        alias=experiment.alias_a,
        version=version,
        reason=f"Won the experiment “{experiment.name}”",
    )


def _check(spec: ExperimentSpec) -> None:
    """Refuse the first value that is out of bounds."""
    aliases = (spec.alias_a, spec.alias_b)
    whole = all(isinstance(each, int) for each in (spec.window_hours, spec.days))
    checks = (
        (1 <= len(spec.name.strip()) <= MAX_NAME, "name", f"1 to {MAX_NAME} characters"),
        (
            aliases[0] != aliases[1] and set(aliases) <= set(registry.ALIASES),
            "alias_b",
            f"two different ones of {', '.join(registry.ALIASES)}",
        ),
        (0.01 <= spec.share_b <= 0.99, "share_b", "a share between 0.01 and 0.99"),
        (
            len(spec.kinds) <= MAX_KINDS and all(0 < len(kind) <= 40 for kind in spec.kinds),
            "kinds",
            f"up to {MAX_KINDS} kinds of event",
        ),
        (whole and 1 <= spec.window_hours <= 24 * 30, "window_hours", "1 to 720 hours"),
        (whole and 1 <= spec.days <= MAX_DAYS, "days", f"1 to {MAX_DAYS} days"),
    )
    for holds, field, expected in checks:
        if not holds:
            value = str(getattr(spec, field))[:60]
            raise InvalidInputError(
                f"“{field}” is {value}.", remedy=f"Give {expected}.", field=field
            )


def _audit(actor: Actor, experiment: Experiment, action: str, **details: str | float) -> None:
    audit.record(
        actor=actor,
        action=action,
        target=f"experiment:{experiment.pk}",
        details={"name": experiment.name, **details},
    )
