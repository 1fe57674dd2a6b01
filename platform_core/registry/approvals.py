"""Changes of champion that take a second person: the rule, asking, deciding."""

from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from platform_core.accounts.api import Actor, Organisation
from platform_core.audit import api as audit
from platform_core.registry import services
from platform_core.registry.errors import PromotionDecidedError, PromotionRequestNotFoundError
from platform_core.registry.models import (
    ALIASES,
    Alias,
    Model,
    ModelVersion,
    PromotionRequest,
    PromotionRule,
)

_MAX_REASON_CHARS = 500


def needs_second_person(*, organisation: Organisation) -> bool:
    """Return what the organisation asks of a change of champion."""
    return PromotionRule.objects.filter(organisation=organisation, second_person=True).exists()


def is_guarded(*, organisation: Organisation, alias: str) -> bool:
    """Say whether what an alias answers with is for two persons to decide."""
    return alias == ALIASES[0] and needs_second_person(organisation=organisation)


@transaction.atomic
def set_rule(*, actor: Actor, second_person: bool) -> None:
    """Ask for a second person from now on, or no longer. Needs `organisation.manage`."""
    actor.require("organisation.manage")
    PromotionRule.objects.update_or_create(
        organisation=actor.organisation, defaults={"second_person": second_person}
    )
    audit.record(
        actor=actor,
        action="model.rule",
        target=f"organisation:{actor.organisation.pk}",
        details={"second_person": second_person},
    )


@transaction.atomic
def promote(
    *, actor: Actor, version: ModelVersion, alias: str = ALIASES[0], reason: str = ""
) -> Alias | PromotionRequest:
    """Point an alias at a version, or ask for it where a second person must agree.

    An open request of the same person for the same version is returned as it is.

    Raises:
        AliasInvalidError, VersionDeletedError, BundleInvalidError: see `services.set_alias`.
    """
    actor.require("model.promote")
    services.check_alias(alias)
    model = services.lock(actor, version.model)
    if not services.approvals_needed(model, alias, version):
        return services.move_to(actor, model, alias, version, reason=reason)
    row, made = PromotionRequest.objects.get_or_create(
        organisation=actor.organisation,
        model=model,
        alias=alias,
        version=version,
        state=PromotionRequest.State.OPEN,
        asked_by=actor.user,
        defaults={"reason": " ".join(reason.split())[:_MAX_REASON_CHARS]},
    )
    if made:
        _journal(actor, row, "ask")
    return row


@transaction.atomic
def approve(*, actor: Actor, model: Model, request_id: UUID) -> Alias:
    """Carry a request out, as another person than who asked.

    Raises:
        PromotionRequestNotFoundError: no such request.
        PromotionDecidedError: decided already, or asked by the same person.
    """
    locked, row = _open(actor, model, request_id)
    if row.asked_by_id is not None and actor.user is not None and row.asked_by_id == actor.user.pk:
        raise PromotionDecidedError(
            "Who asks for a promotion cannot approve it.", remedy="Ask a colleague."
        )
    alias = services.move_to(actor, locked, row.alias, row.version, reason=row.reason)
    _decide(actor, row, PromotionRequest.State.APPROVED)
    return alias


@transaction.atomic
def decline(*, actor: Actor, model: Model, request_id: UUID) -> PromotionRequest:
    """End a request without a promotion; by who asked it is a withdrawal.

    Raises:
        PromotionRequestNotFoundError, PromotionDecidedError: see `approve`.
    """
    _, row = _open(actor, model, request_id)
    own = actor.user is not None and row.asked_by_id == actor.user.pk
    states = PromotionRequest.State
    _decide(actor, row, states.WITHDRAWN if own else states.DECLINED)
    return row


def requests(*, actor: Actor, model: Model) -> QuerySet[PromotionRequest]:
    """Return the model's requests, newest first."""
    actor.require("model.view")
    rows = PromotionRequest.objects.owned_by(actor.organisation).filter(model=model)
    return rows.select_related("version__model", "asked_by", "decided_by")


def _open(actor: Actor, model: Model, request_id: UUID) -> tuple[Model, PromotionRequest]:
    actor.require("model.promote")
    locked = services.lock(actor, model)
    row = requests(actor=actor, model=locked).filter(pk=request_id).first()
    if row is None:
        raise PromotionRequestNotFoundError(f"{model.name} has no such request.")
    if row.state != PromotionRequest.State.OPEN:
        raise PromotionDecidedError(f"The request is {row.get_state_display().lower()} already.")
    return locked, row


def _decide(actor: Actor, row: PromotionRequest, state: PromotionRequest.State) -> None:
    row.state, row.decided_by, row.decided_at = state, actor.user, timezone.now()
    row.save(update_fields=["state", "decided_by", "decided_at"])
    _journal(actor, row, state.value)


def _journal(actor: Actor, row: PromotionRequest, what: str) -> None:
    audit.record(
        actor=actor,
        action=f"model.promotion.{what}",
        target=f"model:{row.model_id}",
        details={"model": row.model.name, "alias": row.alias, "number": row.version.number},
    )
