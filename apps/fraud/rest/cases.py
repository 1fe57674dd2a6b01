"""Routes of cases: the queue, one case and what belongs to it, work on it."""

from typing import Any, cast

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.fraud.models import Case
from apps.fraud.rest import case_schemas as schemas
from apps.fraud.selectors import cases as reads
from apps.fraud.services import attachments, cases, reports
from platform_core.web.api import ApiView, body_of, page, query_of


class OfCase(ApiView):
    """Base: something of one case."""

    def case(self, case_id: str) -> Case:
        """Return the case of the address."""
        return reads.get_case(actor=self.actor, case_id=case_id)


class Collection(ApiView):
    """The organisation's cases."""

    required_permission = {"GET": "case.view"}

    @extend_schema(
        operation_id="fraud_cases_list",
        parameters=[schemas.CasesQuery],
        responses=schemas.CaseAnswer(many=True),
    )
    def get(self, request: Request) -> Response:
        """List cases, newest first."""
        asked = query_of(request, schemas.CasesQuery)
        found = reads.cases(
            actor=self.actor, state=asked.get("state", ""), detector=asked.get("detector", "")
        )
        return page(self, request, found, schemas.case_told)


class Queue(ApiView):
    """What is to be worked."""

    required_permission = {"GET": "case.view"}

    @extend_schema(
        operation_id="fraud_cases_queue",
        parameters=[schemas.QueueQuery],
        responses=schemas.QueueAnswer,
    )
    def get(self, request: Request) -> Response:
        """Show the first 200 cases that are not closed, of the largest expected loss first."""
        asked = query_of(request, schemas.QueueQuery)
        found = reads.queue(
            actor=self.actor, detector=asked.get("detector", ""), mine=asked["mine"]
        )
        rows = [schemas.case_told(case) for case in found[: reads.MAX_QUEUE]]
        return Response({"waiting": found.count(), "results": rows})


class CloseMany(ApiView):
    """Many cases, closed the same way."""

    required_permission = {"POST": "case.manage"}

    @extend_schema(
        operation_id="fraud_cases_close_many",
        request=schemas.NewBulkOutcome,
        responses=schemas.CasesAnswer,
    )
    def post(self, request: Request) -> Response:
        """Close up to 200 cases, all or none; large ones wait for a second person."""
        from apps.fraud.engine.live import casework  # noqa: PLC0415  (numpy: only who labels)

        body = body_of(request, schemas.NewBulkOutcome)
        done = casework.close_many(
            actor=self.actor,
            case_ids=[str(each) for each in body["cases"]],
            outcome=body["outcome"],
            reason=body.get("reason", ""),
        )
        return Response({"results": [schemas.case_told(case) for case in done]})


class Detail(OfCase):
    """One case."""

    required_permission = {"GET": "case.view"}

    @extend_schema(operation_id="fraud_cases_retrieve", responses=schemas.CaseDetail)
    def get(self, request: Request, case_id: str) -> Response:
        """Show a case, its payments, notes and files; personal data masked until revealed."""
        return Response(schemas.case_detail(self.actor, self.case(case_id)))


class Timeline(OfCase):
    """What the customer did."""

    required_permission = {"GET": "case.view"}

    @extend_schema(operation_id="fraud_cases_timeline", responses=schemas.TimelineAnswer)
    def get(self, request: Request, case_id: str) -> Response:
        """Show the customer's newest 200 decisions, newest first."""
        return Response({"results": reads.timeline(case=self.case(case_id))})


class Links(OfCase):
    """Who is linked to the case."""

    required_permission = {"GET": "case.view"}

    @extend_schema(operation_id="fraud_cases_links", responses=schemas.LinksAnswer)
    def get(self, request: Request, case_id: str) -> Response:
        """Show entities that share payments with the case, as nodes and edges without names."""
        return Response(reads.links(case=self.case(case_id)))


class Report(OfCase):
    """The case on paper."""

    required_permission = {"GET": "case.view"}

    @extend_schema(
        operation_id="fraud_cases_report",
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, case_id: str) -> HttpResponse:
        """Return a PDF; personal data is in it only while revealed to the person. Audited."""
        case = self.case(case_id)
        content = reports.case_report(actor=self.actor, case=case)
        return HttpResponse(
            content,
            content_type="application/pdf",
            headers={"Content-Disposition": f'attachment; filename="case-{case.number}.pdf"'},
        )


class Assign(OfCase):
    """Who works on a case."""

    required_permission = {"POST": "case.manage"}

    @extend_schema(
        operation_id="fraud_cases_assign",
        request=schemas.NewAssignee,
        responses=schemas.CaseAnswer,
    )
    def post(self, request: Request, case_id: str) -> Response:
        """Give the case to a member by e-mail; to nobody with an empty one."""
        case, body = self.case(case_id), body_of(request, schemas.NewAssignee)
        cases.assign(actor=self.actor, case=case, member=body["member"])
        return Response(schemas.case_told(self.case(case_id)))


class Notes(OfCase):
    """Notes of a case."""

    required_permission = {"POST": "case.manage"}

    @extend_schema(
        operation_id="fraud_cases_note",
        request=schemas.NewNote,
        responses={201: schemas.NoteAnswer},
    )
    def post(self, request: Request, case_id: str) -> Response:
        """Write a note."""
        case, body = self.case(case_id), body_of(request, schemas.NewNote)
        note = cases.add_note(actor=self.actor, case=case, text=body["text"])
        return Response(schemas.note_told(note), status=status.HTTP_201_CREATED)


class Attachments(OfCase):
    """Files of a case."""

    required_permission = {"POST": "case.manage"}
    parser_classes = [schemas.WholeBody]

    @extend_schema(
        operation_id="fraud_cases_attach",
        parameters=[schemas.AttachmentQuery],
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses={201: schemas.AttachmentAnswer},
    )
    def post(self, request: Request, case_id: str) -> Response:
        """Attach the body of the request, up to 10 MiB; its Content-Type says what it is."""
        case, asked = self.case(case_id), query_of(request, schemas.AttachmentQuery)
        kind = str(request.content_type).partition(";")[0].strip().lower()
        made = attachments.add_attachment(
            actor=self.actor,
            case=case,
            name=asked["name"],
            content_type=kind,
            content=cast("bytes", request.data),
        )
        return Response(schemas.attachment_told(made), status=status.HTTP_201_CREATED)


class Attachment(OfCase):
    """One file of a case."""

    required_permission = {"GET": "personal.reveal"}

    @extend_schema(
        operation_id="fraud_cases_attachment",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, case_id: str, attachment_id: str) -> HttpResponse:
        """Return the file; that it was read is audited."""
        found = reads.get_attachment(case=self.case(case_id), attachment_id=attachment_id)
        content = attachments.content_of(actor=self.actor, attachment=found)
        return HttpResponse(
            content,
            content_type=found.content_type,
            headers={"Content-Disposition": f'attachment; filename="{found.pk}"'},
        )


class Reveal(OfCase):
    """The personal data of a case."""

    required_permission = {"POST": "personal.reveal"}

    @extend_schema(
        operation_id="fraud_cases_reveal",
        request=schemas.NewReveal,
        responses=schemas.CaseDetail,
    )
    def post(self, request: Request, case_id: str) -> Response:
        """Show the case in the clear for half an hour; the reason is audited."""
        case, body = self.case(case_id), body_of(request, schemas.NewReveal)
        cases.reveal(actor=self.actor, case=case, reason=body["reason"])
        return Response(schemas.case_detail(self.actor, case))


class Close(OfCase):
    """A case, closed."""

    required_permission = {"POST": "case.manage"}

    @extend_schema(
        operation_id="fraud_cases_close",
        request=schemas.NewOutcome,
        responses=schemas.CaseAnswer,
    )
    def post(self, request: Request, case_id: str) -> Response:
        """Close a case, or propose to where it is large; fraud and genuine become labels."""
        from apps.fraud.engine.live import casework  # noqa: PLC0415  (numpy: only who labels)

        case, body = self.case(case_id), body_of(request, schemas.NewOutcome)
        casework.close(actor=self.actor, case=case, **body)
        return Response(schemas.case_told(self.case(case_id)))


class Confirm(OfCase):
    """A proposal to close, confirmed."""

    required_permission = {"POST": "case.manage"}

    @extend_schema(operation_id="fraud_cases_confirm", request=None, responses=schemas.CaseAnswer)
    def post(self, request: Request, case_id: str) -> Response:
        """Close a case that somebody else proposed to close."""
        from apps.fraud.engine.live import casework  # noqa: PLC0415  (numpy: only who labels)

        casework.confirm(actor=self.actor, case=self.case(case_id))
        return Response(schemas.case_told(self.case(case_id)))


class Reopen(OfCase):
    """A proposal to close, taken back."""

    required_permission = {"POST": "case.manage"}

    @extend_schema(
        operation_id="fraud_cases_reopen",
        request=schemas.NewReopening,
        responses=schemas.CaseAnswer,
    )
    def post(self, request: Request, case_id: str) -> Response:
        """Take a proposal to close back."""
        case, body = self.case(case_id), body_of(request, schemas.NewReopening)
        cases.reopen(actor=self.actor, case=case, reason=body.get("reason", ""))
        return Response(schemas.case_told(self.case(case_id)))


def routes() -> dict[str, Any]:
    """Return verb -> view of what is done to one case."""
    return {
        "timeline": Timeline,
        "links": Links,
        "report": Report,
        "assign": Assign,
        "notes": Notes,
        "attachments": Attachments,
        "reveal": Reveal,
        "close": Close,
        "confirm": Confirm,
        "reopen": Reopen,
    }
