"""One case: its payments, the customer's timeline, who is linked, notes, and what is decided."""

from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from apps.fraud.models import Case, Decision, Outcome
from apps.fraud.selectors import cases as reads
from apps.fraud.services import attachments, cases, sealing
from apps.fraud.services import reports as papers
from apps.fraud.views import contributed, linked, showing
from platform_core.errors import InvalidInputError
from platform_core.web.api import Axis, Chart, Page, Trace


class Detail(Page):
    """One case with everything that belongs to it."""

    required_permission = {"GET": "case.view"}

    def get(self, request: HttpRequest, case_id: str) -> HttpResponse:
        """Show it; personal data is masked until the person has said why they need it."""
        case = reads.get_case(actor=self.actor, case_id=case_id)
        revealed = reads.is_revealed(actor=self.actor, case=case)
        timeline = reads.timeline(case=case)
        context = {
            "case": case,
            "detector": case.detector,
            "is_revealed": revealed,
            "payments": [
                _payment(each, revealed=revealed) for each in reads.decisions_of(case=case)
            ],
            "timeline": [(each, showing.outcome(each["outcome"])) for each in timeline],
            "chart": chart(timeline),
            "links": linked.drawn(reads.links(case=case)),
            "notes": list(case.notes.select_related("author")[: cases.MAX_NOTES]),
            "files": list(case.attachments.select_related("author")),
            "outcomes": Case.Outcome.choices,
            "can_manage": self.actor.can("case.manage"),
            "can_reveal": self.actor.can("personal.reveal"),
            "is_mine": self.actor.user is not None and case.assignee_id == self.actor.user.pk,
            "is_own_proposal": self.actor.user is not None
            and case.closed_by_id == self.actor.user.pk,
        }
        return render(request, "fraud/case.html", context)


class Work(Page):
    """Base of what is done to a case by a button: `do`, then back to the case."""

    required_permission: ClassVar[dict[str, str]] = {"POST": "case.manage"}

    def post(self, request: HttpRequest, case_id: str) -> HttpResponse:
        """Do it."""
        case = reads.get_case(actor=self.actor, case_id=case_id)
        messages.success(request, self.do(case))
        return redirect("fraud:case", case_id=case_id)

    def do(self, case: Case) -> str:
        """Do it and return what to say."""
        raise NotImplementedError


class Take(Work):
    """Assigns the case to whoever asks, to a member by e-mail, or to nobody."""

    def do(self, case: Case) -> str:
        """Assign it."""
        member = self.request.POST.get("member", "")
        if self.request.POST.get("to") == "me" and self.actor.user is not None:
            member = self.actor.user.email
        done = cases.assign(actor=self.actor, case=case, member=member)
        return _("The case has somebody.") if done.assignee_id else _("The case has nobody now.")


class Note(Work):
    """Writes a note."""

    def do(self, case: Case) -> str:
        """Write it."""
        cases.add_note(actor=self.actor, case=case, text=self.request.POST.get("text", ""))
        return _("The note is kept.")


class Attach(Work):
    """Seals a file into the case."""

    def do(self, case: Case) -> str:
        """Attach it."""
        sent = self.request.FILES.get("file")
        if sent is None:
            raise InvalidInputError(_("Choose a file."), field="file")
        if sent.size is None or sent.size > attachments.MAX_BYTES:
            raise InvalidInputError(_("The file is larger than 10 MiB."), field="file")
        attachments.add_attachment(
            actor=self.actor,
            case=case,
            name=str(sent.name),
            content_type=str(sent.content_type or ""),
            content=sent.read(),
        )
        return _("The file is kept, sealed.")


class Close(Work):
    """Closes the case, or proposes to."""

    def do(self, case: Case) -> str:
        """Close it; fraud and genuine become labels."""
        from apps.fraud.engine.live import casework  # noqa: PLC0415  (numpy: only who labels)

        posted = self.request.POST
        done = casework.close(
            actor=self.actor,
            case=case,
            outcome=posted.get("outcome", ""),
            reason=posted.get("reason", ""),
        )
        return _said(done)


class Confirm(Work):
    """Closes what somebody else proposed to close, or opens it again."""

    def do(self, case: Case) -> str:
        """Confirm or reopen."""
        from apps.fraud.engine.live import casework  # noqa: PLC0415  (numpy: only who labels)

        if self.request.POST.get("do") == "reopen":
            cases.reopen(actor=self.actor, case=case)
            return _("The case is open again.")
        return _said(casework.confirm(actor=self.actor, case=case))


class Reveal(Work):
    """Shows personal data for half an hour; the reason is audited."""

    required_permission: ClassVar[dict[str, str]] = {"POST": "personal.reveal"}

    def do(self, case: Case) -> str:
        """Reveal it."""
        cases.reveal(actor=self.actor, case=case, reason=self.request.POST.get("reason", ""))
        return _("Personal data is shown to you for half an hour. This is in the audit trail.")


class Report(Page):
    """The case on paper."""

    required_permission = {"GET": "case.view"}

    def get(self, request: HttpRequest, case_id: str) -> HttpResponse:
        """Return a PDF, masked unless revealed."""
        case = reads.get_case(actor=self.actor, case_id=case_id)
        content = papers.case_report(actor=self.actor, case=case)
        return _file(content, "application/pdf", f"case-{case.number}.pdf")


class Attachment(Page):
    """A file of a case."""

    required_permission = {"GET": "personal.reveal"}

    def get(self, request: HttpRequest, case_id: str, attachment_id: str) -> HttpResponse:
        """Return it; that it was read is audited."""
        case = reads.get_case(actor=self.actor, case_id=case_id)
        found = reads.get_attachment(case=case, attachment_id=attachment_id)
        content = attachments.content_of(actor=self.actor, attachment=found)
        return _file(content, found.content_type, str(found.pk))


def chart(timeline: list[dict[str, Any]]) -> Chart | None:
    """Return the customer's amounts over time, one series for each outcome."""
    if len(timeline) < 2:
        return None
    traces = []
    for outcome in Outcome:
        rows = [each for each in timeline if each["outcome"] == outcome]
        if rows:
            moments = [each["occurred_at"].isoformat() for each in rows]
            amounts = [each["amount"] for each in rows]
            traces.append(Trace(name=outcome.label, x=moments, y=amounts, kind="points"))
    return Chart(
        key="timeline",
        title=_("Payments of this customer"),
        traces=traces,
        x=Axis(_("Time")),
        y=Axis(_("Amount"), zero=True),
    )


def _payment(decision: Decision, *, revealed: bool) -> dict[str, Any]:
    body = sealing.body_of(decision)
    detector = decision.detector
    return {
        "decision": decision,
        "outcome": showing.outcome(decision.outcome),
        "reasons": [showing.reason(detector, each) for each in body.get("reasons", [])[:3]],
        "event": contributed.event(detector, body["event"], is_plain=revealed),
    }


def _said(case: Case) -> str:
    if case.state == Case.State.CLOSING:
        return _("A second person must confirm it, because of its expected loss.")
    return _("The case is closed.")


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=kind, headers=headers)
