"""One click back: the canary, the latest move of the traffic or the latest promotion: what is newest."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from platform_core.accounts.api import Actor
from platform_core.registry import api as registry
from platform_core.serving import canaries, traffic
from platform_core.serving.errors import NothingToRollBackError
from platform_core.serving.models import Canary, Endpoint, TrafficChange
from platform_core.serving.traffic import Plan

Kind = TrafficChange.Kind
_UNDO = {Kind.ROLLED_BACK, Kind.CANARY_FAILED, Kind.CANARY_STOPPED}
_BACK = {*_UNDO, Kind.CANARY_FINISHED}
_MAX_READ = 500


@dataclass(frozen=True)
class Way:
    """What a roll-back would do now.

    Attributes:
        kind: canary, traffic or alias.
        plan: the traffic afterwards.
        version: number the endpoint's own alias would point to; None when it stays.
    """

    kind: str
    plan: Plan
    version: int | None = None


def way_back(*, actor: Actor, endpoint: Endpoint) -> Way | None:
    """Return what a roll-back would do, or None when there is nothing earlier."""
    actor.require("endpoint.view")
    running = Canary.objects.filter(endpoint=endpoint, state=Canary.State.RUNNING).first()
    if running is not None:
        return Way("canary", canaries.back(running, endpoint))
    moved = _latest_move(endpoint)
    promoted_at, previous = _promotion(actor, endpoint)
    if moved is not None and (previous is None or moved.created_at > promoted_at):
        return Way("traffic", Plan.from_json(moved.before))
    if previous is not None:
        return Way("alias", Plan.of(endpoint), previous.number)
    return None


def roll_back(*, actor: Actor, endpoint: Endpoint, reason: str = "") -> Way:
    """Go one step back; runtimes follow within their poll (0.3 s).

    Raises:
        NothingToRollBackError: there is nothing earlier.
        PermissionDeniedError: taking back a promotion also needs `model.promote`.
    """
    actor.require("endpoint.manage")
    with transaction.atomic():
        locked = traffic.lock(endpoint)
        way = way_back(actor=actor, endpoint=locked)
        if way is None:
            raise NothingToRollBackError(
                f"“{locked.name}” has neither earlier traffic nor an earlier version.",
                remedy="Promote the version you want instead.",
            )
        if way.kind == "alias":
            model = registry.get_model(actor=actor, name=locked.model_name)
            registry.roll_back_alias(actor=actor, model=model, alias=locked.alias, reason=reason)
        else:
            words = reason or "Rolled back by hand."
            traffic.stop_canaries(locked, words, Canary.State.STOPPED)
            traffic.move(locked, way.plan, actor=actor, kind=Kind.ROLLED_BACK, reason=reason)
    return way


def _latest_move(endpoint: Endpoint) -> TrafficChange | None:
    """Return the newest move that has not been taken back: moves are a stack, a roll-back takes one off.

    What brings the traffic back to where it was takes off everything in between: a canary that failed, and
    one that ended in a promotion, which is the move to take back then.
    """
    newest = TrafficChange.objects.filter(endpoint=endpoint).order_by("-id")[:_MAX_READ]
    stack: list[TrafficChange] = []
    for change in reversed(newest):
        same = [n for n, one in enumerate(stack) if one.before == change.after]
        if change.kind in _BACK and same:
            del stack[same[-1] :]
        elif change.kind not in _UNDO:
            stack.append(change)
    return stack[-1] if stack else None


def _promotion(actor: Actor, endpoint: Endpoint) -> tuple[datetime, registry.ModelVersion | None]:
    """Return when the endpoint's own alias moved last, and the version before."""
    model = registry.get_model(actor=actor, name=endpoint.model_name)
    latest = registry.alias_history(actor=actor, model=model).filter(alias=endpoint.alias).first()
    if latest is None:
        return endpoint.created_at, None
    return latest.created_at, registry.previous_target(model=model, alias=endpoint.alias)
