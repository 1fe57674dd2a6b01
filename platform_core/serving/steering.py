"""Moves running canaries by what was counted; runtimes call it once a second, each canary under a lock."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from platform_core.accounts.api import Actor, actor_for, platform_actor
from platform_core.errors import PlatformError
from platform_core.registry import api as registry
from platform_core.serving import buckets, canaries, judging, traffic
from platform_core.serving.canaries import Rules
from platform_core.serving.judging import Side
from platform_core.serving.models import Canary, Endpoint, TrafficChange, TrafficCount
from platform_core.serving.quality import quality_of
from platform_core.serving.traffic import Plan

Kind = TrafficChange.Kind
Problems = Mapping[tuple[UUID, str], str]
"""(endpoint id, alias) -> why a runtime cannot load it."""


def steer_all(problems: Problems) -> int:
    """Look at every running canary; return how many there are."""
    running = list(Canary.objects.filter(state=Canary.State.RUNNING).values_list("pk", flat=True))
    for key in running:
        with transaction.atomic():
            rows = Canary.objects.select_for_update(skip_locked=True, of=("self",))
            canary = rows.filter(pk=key, state=Canary.State.RUNNING).first()
            if canary is not None:  # else another runtime has it
                _steer(canary, problems)
    return len(running)


def _steer(canary: Canary, problems: Problems) -> None:
    endpoint = traffic.lock(canary.endpoint)
    if reason := _overtaken(canary, endpoint, problems):
        _fail(canary, endpoint, reason)
        return
    rules = Rules(**canary.rules)
    baseline, candidate = _sides(canary, endpoint)
    if candidate.requests >= canary.next_look and _look(canary, rules, baseline, candidate):
        _fail(canary, endpoint, canary.reason)
    elif _is_enough(canary, rules, candidate) and not judging.looks_worse(
        baseline, candidate, rules.limits
    ):
        _advance(canary, endpoint)


def _look(canary: Canary, rules: Rules, baseline: Side, candidate: Side) -> bool:
    """Test once; say whether the candidate is proven worse, with the reason in the row."""
    level = judging.share_of_look(canary.looks, rules.false_rollback)
    worse = judging.proven_worse(baseline, candidate, rules.limits, level)
    canary.looks += 1
    canary.next_look = 2 * candidate.requests
    if candidate.requests < rules.min_requests < canary.next_look:
        canary.next_look = rules.min_requests
    canary.figures = _figures(baseline, candidate)
    canary.reason = _words(worse, baseline, candidate) if worse else ""
    canary.save()
    return bool(worse)


def _is_enough(canary: Canary, rules: Rules, candidate: Side) -> bool:
    lasted = timezone.now() - canary.step_started_at >= timedelta(seconds=rules.step_s)
    return lasted and candidate.requests >= rules.min_requests


def _overtaken(canary: Canary, endpoint: Endpoint, problems: Problems) -> str:
    """Return why the comparison makes no sense any more, or an empty text."""
    if words := problems.get((endpoint.pk, canary.alias)):
        return words
    wanted = ((canary.alias, canary.version), (endpoint.alias, canary.baseline_version))
    for alias, number in wanted:
        try:
            version = registry.resolve(
                organisation=endpoint.organisation, name=endpoint.model_name, reference=alias
            )
        except PlatformError as error:
            return error.detail
        if version.number != number:
            return f"{alias} was pointed at version {version.number} meanwhile."
    return ""


def _sides(canary: Canary, endpoint: Endpoint) -> tuple[Side, Side]:
    quality = quality_of(
        endpoint, (canary.baseline_version, canary.version), canary.step_started_at
    )
    rows = list(TrafficCount.objects.filter(endpoint=endpoint, epoch=endpoint.epoch))

    def side(alias: str, version: int) -> Side:
        own = [row for row in rows if (row.alias, row.version) == (alias, version)]
        return Side(
            sum(row.requests for row in own),
            sum(row.failures for row in own),
            buckets.from_json(*(row.latency for row in own)),
            quality.get(version),
        )

    return side(endpoint.alias, canary.baseline_version), side(canary.alias, canary.version)


def _fail(canary: Canary, endpoint: Endpoint, reason: str) -> None:
    canaries.end(canary, Canary.State.ROLLED_BACK, reason)
    traffic.move(
        endpoint,
        canaries.back(canary, endpoint),
        actor=platform_actor(endpoint.organisation),
        kind=Kind.CANARY_FAILED,
        reason=reason,
        figures=canary.figures,
    )


def _advance(canary: Canary, endpoint: Endpoint) -> None:
    canary.step += 1
    if canary.step >= len(canary.steps):
        _finish(canary, endpoint)
        return
    canary.step_started_at, canary.next_look = timezone.now(), judging.FIRST_LOOK
    canary.save()
    share = canary.steps[canary.step]
    plan = Plan.of(endpoint)
    traffic.move(
        endpoint,
        Plan(plan.alias, {canary.alias: share}, plan.shadow_alias, plan.shadow_fraction),
        actor=platform_actor(endpoint.organisation),
        kind=Kind.CANARY_ADVANCED,
        figures=canary.figures,
    )


def _finish(canary: Canary, endpoint: Endpoint) -> None:
    """Give the candidate everything: by promoting it where that is allowed, else by its own alias.

    Where a champion takes a second person, neither happens before somebody else agrees.
    """
    actor = platform_actor(endpoint.organisation)
    plan = canaries.back(canary, endpoint)
    problem = _promote(canary, endpoint) if Rules(**canary.rules).promote else "as asked"
    reason = ""
    if problem and registry.is_guarded(organisation=endpoint.organisation, alias=endpoint.alias):
        reason = f"{endpoint.alias} stays until a second person agrees: {problem}"
    elif problem:
        plan = traffic.tidy(Plan(canary.alias, {}, plan.shadow_alias, plan.shadow_fraction))
        reason = f"{canary.alias} takes all requests; {endpoint.alias} stays: {problem}"
    canaries.end(canary, Canary.State.FINISHED, reason)
    traffic.move(
        endpoint,
        plan,
        actor=actor,
        kind=Kind.CANARY_FINISHED,
        reason=reason,
        figures=canary.figures,
    )


def _promote(canary: Canary, endpoint: Endpoint) -> str:
    """Point the endpoint's alias at the candidate in the name of who started; return why not."""
    try:
        with transaction.atomic():
            version = registry.resolve(
                organisation=endpoint.organisation,
                name=endpoint.model_name,
                reference=str(canary.version),
            )
            moved = registry.promote(
                actor=_starter(canary, endpoint),
                alias=endpoint.alias,
                version=version,
                reason=f"Canary on {endpoint.name}",
            )
    except PlatformError as error:
        return error.detail
    return "it was asked for." if isinstance(moved, registry.PromotionRequest) else ""


def _starter(canary: Canary, endpoint: Endpoint) -> Actor:
    if canary.started_by is None:
        return platform_actor(endpoint.organisation)
    return actor_for(user=canary.started_by, organisation=endpoint.organisation)


def _figures(baseline: Side, candidate: Side) -> dict[str, Any]:
    def figures(side: Side) -> dict[str, Any]:
        p95_s = side.p95_s
        return {
            "requests": side.requests,
            "failures": side.failures,
            "p95_ms": None if p95_s is None else 1000 * p95_s,
            "quality": None if side.quality is None else side.quality.mean,
            "labels": 0 if side.quality is None else side.quality.labels,
        }

    return {"baseline": figures(baseline), "candidate": figures(candidate)}


def _words(worse: str, baseline: Side, candidate: Side) -> str:
    if worse == "errors":
        return (
            f"It failed on {candidate.failures} of {candidate.requests} requests, the version in "
            f"use on {baseline.failures} of {baseline.requests}."
        )
    if worse == "latency":
        slow, usual = candidate.p95_s or 0.0, baseline.p95_s or 0.0
        return (
            f"Its p95 latency was {1000 * slow:.2f} ms, that of the version in use "
            f"{1000 * usual:.2f} ms."
        )
    mine = candidate.quality.mean if candidate.quality else 0.0
    other = baseline.quality.mean if baseline.quality else 0.0
    return f"Its quality was {mine:.4g}, that of the version in use {other:.4g}."
