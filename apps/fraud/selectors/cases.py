"""Reads of cases: the queue, what belongs to a case, the customer's timeline, and who is linked to whom."""

from collections import Counter
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from apps.fraud.errors import CaseNotFoundError
from apps.fraud.models import Case, CaseAttachment, CaseReveal, Decision, Label
from apps.fraud.selectors.decisions import as_uuid
from platform_core.accounts.api import Actor

MAX_QUEUE, MAX_TIMELINE = 200, 200
MAX_SEARCHED, MAX_NODES = 5_000, 60


def cases(*, actor: Actor, state: str = "", detector: str = "") -> QuerySet[Case]:
    """Return cases, those of the largest expected loss first."""
    found = Case.objects.owned_by(actor.organisation).select_related(
        "detector", "assignee", "closed_by", "confirmed_by", "organisation"
    )
    found = found.filter(state=state) if state else found
    return found.filter(detector__name=detector) if detector else found


def queue(*, actor: Actor, detector: str = "", mine: bool = False) -> QuerySet[Case]:
    """Return what is to be worked, by expected loss; `mine` leaves what others took."""
    found = cases(actor=actor, detector=detector).exclude(state=Case.State.CLOSED)
    found = found.filter(assignee=actor.user) if mine else found
    return found.order_by("-expected_loss", "due_at")


def get_case(*, actor: Actor, case_id: str) -> Case:
    """Return one case.

    Raises:
        CaseNotFoundError: unknown id, or another organisation's.
    """
    actor.require("case.view")
    found = cases(actor=actor).filter(pk=as_uuid(case_id)).first()
    if found is None:
        raise CaseNotFoundError(f"There is no case {case_id[:40]} in your organisation.")
    return found


def get_attachment(*, case: Case, attachment_id: str) -> CaseAttachment:
    """Return one attachment of a case.

    Raises:
        CaseNotFoundError: the case has no such attachment.
    """
    found = case.attachments.filter(pk=as_uuid(attachment_id)).first()
    if found is None:
        raise CaseNotFoundError(f"The case has no attachment {attachment_id[:40]}.")
    return found


def decisions_of(*, case: Case) -> list[Decision]:
    """Return the decisions of a case, oldest first."""
    found = Decision.objects.filter(case_link__case=case).order_by("occurred_at")
    return list(found.select_related("detector")[:MAX_TIMELINE])


def is_revealed(*, actor: Actor, case: Case) -> bool:
    """Say whether this person may read the case's personal data now."""
    if actor.user is None or not actor.can("personal.reveal"):
        return False
    now = timezone.now()
    return CaseReveal.objects.filter(case=case, user=actor.user, expires_at__gt=now).exists()


def timeline(*, case: Case) -> list[dict[str, Any]]:
    """Return the customer's newest decisions, newest first, with what turned out; nothing personal."""
    found = Decision.objects.filter(detector=case.detector, customer=case.customer)
    rows = list(found.defer("body").order_by("-occurred_at")[:MAX_TIMELINE])
    truth = _truth(case, [row.event_id for row in rows])
    own = set(case.links.values_list("decision_id", flat=True))
    return [
        {
            "decision": str(row.pk),
            "occurred_at": row.occurred_at,
            "amount": row.amount,
            "score": row.score,
            "outcome": row.outcome,
            "fraud": truth.get(row.event_id),
            "in_case": row.pk in own,
        }
        for row in rows
    ]


def _truth(case: Case, event_ids: list[str]) -> dict[str, bool]:
    found = Label.objects.filter(detector=case.detector, event_id__in=event_ids)
    return dict(found.values_list("event_id", "is_fraud"))


def links(*, case: Case) -> dict[str, Any]:
    """Return who is linked to the case: entities as nodes, shared payments as edges.

    Read from the newest decisions of the detector: those that share an entity with the case, and their
    entities. Nodes carry hashes, never values.

    Returns:
        `nodes` [{id, kind, payments, frauds, in_case}], `edges` [{source, target, payments}], `cut`.
    """
    columns = list(case.detector.entities)
    own = {name for row in decisions_of(case=case) for name in row.entities if name}
    newest = Decision.objects.filter(detector=case.detector).order_by("-decided_at")
    rows = newest.values_list("event_id", "entities")[:MAX_SEARCHED]
    near = [(event, names) for event, names in rows if own & set(names)]
    frauds = {event for event, bad in _truth(case, [e for e, _ in near[:900]]).items() if bad}
    counts: Counter[tuple[str, str]] = Counter()
    bad: Counter[tuple[str, str]] = Counter()
    pairs: Counter[tuple[tuple[str, str], tuple[str, str]]] = Counter()
    for event, names in near:
        nodes = [pair for pair in zip(columns, names, strict=False) if pair[1]]
        counts.update(nodes)
        bad.update(nodes if event in frauds else ())
        pairs.update((nodes[0], other) for other in nodes[1:])
    shown = sorted(counts, key=lambda node: (node[1] not in own, -counts[node], node))[:MAX_NODES]
    return {
        "nodes": [
            {
                "id": node[1],
                "kind": node[0],
                "payments": counts[node],
                "frauds": bad[node],
                "in_case": node[1] in own,
            }
            for node in shown
        ],
        "edges": [
            {"source": a[1], "target": b[1], "payments": count}
            for (a, b), count in sorted(pairs.items())
            if a in shown and b in shown
        ],
        "cut": len(counts) > MAX_NODES,
    }
