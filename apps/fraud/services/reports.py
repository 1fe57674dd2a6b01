"""A case on paper: a PDF to keep or to send to an authority, with what may be read by who asks for it."""

import io
from typing import Any
from xml.sax.saxutils import escape

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.fraud.models import Case, Decision
from apps.fraud.selectors import cases as reads
from apps.fraud.services import masking
from platform_core.accounts.api import Actor
from platform_core.audit import api as audit

MAX_PAYMENTS, MAX_NOTES, MAX_REASONS = 50, 100, 8
_CJK = "STSong-Light"
"""A font every PDF reader has for Chinese; used where a text is beyond Latin letters."""


def case_report(*, actor: Actor, case: Case) -> bytes:
    """Return the case as a PDF; personal data is masked unless it is revealed to the person now. Audited.

    Raises:
        DataKeyShreddedError, DecryptionError: a payment cannot be opened.
    """
    actor.require("case.view")
    revealed = reads.is_revealed(actor=actor, case=case)
    content = _pdf(case, _parts(case, revealed=revealed))
    with transaction.atomic():
        audit.record(
            actor=actor,
            action="fraud.case.reported",
            target=f"case:{case.pk}",
            details={"number": case.number, "revealed": revealed},
        )
    return content


Part = tuple[str, list[tuple[str, str]]]


def _parts(case: Case, *, revealed: bool) -> list[Part]:
    """Return the sections: a title, and lines of a name and a text."""
    shown = _("shown") if revealed else _("masked")
    head = [
        (_("Detector"), case.detector.name),
        (_("State"), str(case.get_state_display())),
        (_("Outcome"), str(case.get_outcome_display() or "–")),
        (_("Expected loss"), f"{case.expected_loss:,.2f}"),
        (_("Opened"), _when(case.created_at)),
        (_("Closed"), _when(case.closed_at)),
        (_("Worked by"), case.assignee.email if case.assignee else "–"),
        (_("Closed by"), _people(case)),
        (_("Personal data"), shown),
        (_("Written"), _when(timezone.now())),
    ]
    rows = reads.decisions_of(case=case)[:MAX_PAYMENTS]
    payments = [_payment(number, row, revealed) for number, row in enumerate(rows, start=1)]
    notes = case.notes.select_related("author")[:MAX_NOTES]
    told = [
        (f"{_when(note.created_at)} {note.author.email if note.author else ''}", note.text)
        for note in notes
    ]
    files = [
        (row.name, f"{row.content_type}, {row.size_bytes:,}") for row in case.attachments.all()
    ]
    return [(_("Case"), head), *payments, (_("Notes"), told), (_("Files"), files)]


def _payment(number: int, row: Decision, revealed: bool) -> Part:  # noqa: FBT001 - one call above
    body = masking.body_shown(row, revealed=revealed)
    lines = [
        (_("Occurred"), _when(row.occurred_at)),
        (_("Decision"), str(row.get_outcome_display())),
        (_("Score"), "–" if row.score is None else f"{row.score:.3f}"),
        (_("Amount"), f"{row.amount:,.2f}"),
        *((name, str(value)) for name, value in body["event"].items()),
        *((_("Rule"), str(hit.get("name", ""))) for hit in body["rule_hits"]),
        *((_("Reason"), _reason(each)) for each in body["reasons"][:MAX_REASONS]),
    ]
    return _("Payment {number}").format(number=number), lines


def _reason(reason: Any) -> str:
    if isinstance(reason, dict):
        return str(reason.get("text") or reason.get("words") or reason.get("feature") or reason)
    return str(reason)


def _people(case: Case) -> str:
    people = [person.email for person in (case.closed_by, case.confirmed_by) if person]
    return ", ".join(people) or "–"


def _when(moment: Any) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "–"


def _pdf(case: Case, parts: list[Part]) -> bytes:
    from reportlab.lib.pagesizes import A4  # noqa: PLC0415  (only who prints)
    from reportlab.lib.styles import getSampleStyleSheet  # noqa: PLC0415
    from reportlab.pdfbase import cidfonts, pdfmetrics  # noqa: PLC0415
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table  # noqa: PLC0415

    if _CJK not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(cidfonts.UnicodeCIDFont(_CJK))
    styles = getSampleStyleSheet()
    title = _("Case {number}").format(number=case.number)
    flow: list[Any] = [Paragraph(_marked(title), styles["Title"])]
    for heading, lines in parts:
        if not lines:
            continue
        flow.append(Paragraph(_marked(heading), styles["Heading2"]))
        cells = [[Paragraph(_marked(text), styles["BodyText"]) for text in line] for line in lines]
        flow += [Table(cells, colWidths=[150, 330], hAlign="LEFT"), Spacer(1, 8)]
    sink = io.BytesIO()
    SimpleDocTemplate(sink, pagesize=A4, title=title, author="Pentaquark").build(flow)
    return sink.getvalue()


def _marked(text: str) -> str:
    """Return a text with its signs escaped, in a font that has its letters."""
    safe = escape("".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text))
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        safe = f'<font name="{_CJK}">{safe}</font>'
    return safe.replace("\n", "<br/>")
