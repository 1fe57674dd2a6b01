"""What a decision was made from, as its page shows it; personal data masked until a case reveals it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from apps.fraud.models import CaseDecision, Decision, Detector
from apps.fraud.selectors import board
from apps.fraud.selectors import cases as case_reads
from apps.fraud.services import masking, sealing
from apps.fraud.views import showing
from platform_core.accounts.api import Actor
from platform_core.web.api import Axis, Chart, Trace, number

SHOWN = 12
_ROLES = ("id", "time", "amount", "label")


def whole(actor: Actor, decision: Decision) -> dict[str, Any]:
    """Return a decision in words.

    Raises:
        DataKeyShreddedError, DecryptionError: see sealing.body_of.
    """
    body, detector = sealing.body_of(decision), decision.detector
    features = (detector.features or {}).get("features", [])
    names = [str(each["name"]) for each in features]
    link = CaseDecision.objects.filter(decision=decision).select_related("case").first()
    revealed = link is not None and case_reads.is_revealed(actor=actor, case=link.case)
    truth = board.labels_of(detector=detector, event_ids=[decision.event_id])
    return {
        "outcome": showing.outcome(decision.outcome),
        "decided_by": showing.decided_by(decision.decided_by),
        "reasons": [showing.reason(detector, each) for each in body.get("reasons", [])],
        "chart": chart(detector, names, body.get("contributions", [])),
        "features": _features(detector, names, body.get("features", [])),
        "event": event(detector, body["event"], is_plain=revealed),
        "is_masked": not revealed,
        "case": link.case if link else None,
        "rule_hits": [_hit(each) for each in body.get("rule_hits", [])],
        "list_hits": body.get("list_hits", []),
        "truth": truth.get(decision.event_id),
        "facts": _facts(decision),
    }


def event(
    detector: Detector, fields: Mapping[str, Any], *, is_plain: bool
) -> list[tuple[str, str]]:
    """Return the event's columns and values; texts masked but for id and time."""
    columns = {detector.columns.get(role, "") for role in _ROLES} | {"event_id"}
    plain = set(fields) if is_plain else columns
    shown = masking.event_shown(fields, plain=plain)
    return [(name, showing.value(value)) for name, value in shown.items()]


def chart(detector: Detector, names: Sequence[str], given: Sequence[float]) -> Chart | None:
    """Return what raised and lowered the risk most; None without contributions."""
    pairs = sorted(zip(names, given, strict=False), key=lambda pair: -abs(pair[1]))[:SHOWN]
    pairs = [(showing.feature(detector, name), value) for name, value in pairs if value]
    if not pairs:
        return None
    strongest = pairs[0][0]
    return Chart(
        key="contributions",
        title=_("“%(feature)s” weighed most") % {"feature": strongest},
        note=_("To the right: raised the risk. To the left: lowered it."),
        traces=[
            Trace(
                name=_("Contribution"),
                x=[words for words, _value in pairs],
                y=[value for _words, value in pairs],
                kind="bar",
                hue="fraud",
            )
        ],
        x=Axis("", category=True),
        y=Axis(_("Contribution"), _("log-odds")),
        horizontal=True,
        header=[_("Feature"), _("Contribution")],
        rows=[[words, round(value, 4)] for words, value in pairs],
    )


def _features(
    detector: Detector, names: Sequence[str], values: Sequence[float | None]
) -> list[tuple[str, str, str]]:
    normals = detector.normals or {}
    return [
        (
            showing.feature(detector, name),
            showing.value(value),
            showing.value(normals[name].get("normal")) if name in normals else "–",
        )
        for name, value in zip(names, values, strict=False)
    ]


def _hit(hit: Mapping[str, Any]) -> dict[str, Any]:
    return {**hit, "shown": showing.outcome(str(hit["action"]))}


def _facts(decision: Decision) -> list[tuple[str, str]]:
    default = _("default")
    return [
        (_("Event"), decision.event_id),
        (_("Decision"), str(decision.pk)),
        (_("Detector"), decision.detector.name),
        (_("Model version"), decision.model_version or "–"),
        (_("Rule set"), decision.rules_version or _("none")),
        (_("Policy version"), decision.policy_version or default),
        (_("Took"), _("%(ms)s ms") % {"ms": number(decision.took_ms)}),
    ]
