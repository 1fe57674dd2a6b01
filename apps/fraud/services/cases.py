"""Work on cases: taken, noted, closed by one or two persons, revealed with a reason."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from apps.fraud.errors import CaseStateError, TooManyError
from apps.fraud.models import Case, CaseNote, CaseReveal
from apps.fraud.selectors import cases as reads
from apps.fraud.selectors.rules import work_rule
from platform_core.accounts.api import Actor, User, members
from platform_core.audit import api as audit
from platform_core.errors import InvalidInputError, PermissionDeniedError

MAX_NOTES, MAX_NOTE, MAX_REASON, MIN_REASON = 500, 10_000, 500, 5
MAX_BULK = 200
REVEALED_FOR = timedelta(minutes=30)


@transaction.atomic
def assign(*, actor: Actor, case: Case, member: str = "") -> Case:
    """Give a case to a member by e-mail; to nobody where none is named.

    Raises:
        CaseStateError: the case is closed.
        InvalidInputError: no such member, or one that may not work cases.
    """
    actor.require("case.manage")
    row = _locked(case)
    row.assignee = _worker(actor, member) if member else None
    row.save(update_fields=["assignee"])
    _journal(actor, row, "assigned", to=str(row.assignee.pk) if row.assignee else "")
    return row


@transaction.atomic
def add_note(*, actor: Actor, case: Case, text: str) -> CaseNote:
    """Write a note; it is sealed.

    Raises:
        InvalidInputError: empty or too long.
        TooManyError: the case has too many notes.
    """
    actor.require("case.manage")
    if not 1 <= len(text.strip()) <= MAX_NOTE or "\0" in text:
        raise InvalidInputError(f"A note has 1 to {MAX_NOTE:,} characters.", field="text")
    if case.notes.count() >= MAX_NOTES:
        raise TooManyError(f"The case has {MAX_NOTES} notes.")
    note = CaseNote(
        organisation=actor.organisation, case=case, author=actor.user, text=text.strip()
    )
    note.save(force_insert=True)
    _journal(actor, case, "noted", note=str(note.pk))
    return note


@transaction.atomic
def close(*, actor: Actor, case: Case, outcome: str, reason: str = "") -> Case:
    """Close a case, or propose to where four eyes are asked for; see WorkRule.

    Raises:
        CaseStateError: it is not open.
        InvalidInputError: unknown outcome.
    """
    actor.require("case.manage")
    if outcome not in Case.Outcome.values:
        raise InvalidInputError(f"A case was {', '.join(Case.Outcome.values)}.", field="outcome")
    row = _locked(case)
    if row.state != Case.State.OPEN:
        raise CaseStateError("The case waits for a second person.", remedy="Confirm or reopen it.")
    limit = work_rule(organisation=actor.organisation).four_eyes_from
    row.outcome, row.closed_by = outcome, actor.user
    if limit is not None and row.expected_loss >= limit:
        row.state = Case.State.CLOSING
    else:
        row.state, row.closed_at = Case.State.CLOSED, timezone.now()
    row.save()
    _journal(actor, row, row.state, outcome=outcome, reason=_reason(reason))
    return row


@transaction.atomic
def confirm(*, actor: Actor, case: Case) -> Case:
    """Close a case that somebody else proposed to close.

    Raises:
        CaseStateError: nobody did, or the same person.
    """
    actor.require("case.manage")
    row = _locked(case)
    if row.state != Case.State.CLOSING:
        raise CaseStateError("Nobody has proposed to close the case.", remedy="Close it first.")
    if actor.user is not None and row.closed_by_id == actor.user.pk:
        raise CaseStateError(
            "Who proposes to close a case cannot confirm it.", remedy="Ask a colleague."
        )
    row.state, row.confirmed_by, row.closed_at = Case.State.CLOSED, actor.user, timezone.now()
    row.save()
    _journal(actor, row, "confirmed", outcome=row.outcome)
    return row


@transaction.atomic
def reopen(*, actor: Actor, case: Case, reason: str = "") -> Case:
    """Take a proposal to close back; a closed case stays closed.

    Raises:
        CaseStateError: nobody proposed to close it.
    """
    actor.require("case.manage")
    row = _locked(case)
    if row.state != Case.State.CLOSING:
        raise CaseStateError("Nobody has proposed to close the case.")
    row.state, row.outcome, row.closed_by = Case.State.OPEN, "", None
    row.save()
    _journal(actor, row, "reopened", reason=_reason(reason))
    return row


@transaction.atomic
def reveal(*, actor: Actor, case: Case, reason: str) -> CaseReveal:
    """Let a person read the case's personal data for half an hour; the reason is audited.

    Raises:
        InvalidInputError: the reason says nothing.
        PermissionDeniedError: it is not a person who asks.
    """
    actor.require("personal.reveal")
    said = _reason(reason)
    if len(said) < MIN_REASON:
        raise InvalidInputError(
            "Say why you need the personal data.",
            remedy=f"Write at least {MIN_REASON} characters.",
            field="reason",
        )
    if actor.user is None:
        raise PermissionDeniedError("Only a person can be shown personal data.")
    until = timezone.now() + REVEALED_FOR
    row = CaseReveal.objects.create(
        organisation=actor.organisation, case=case, user=actor.user, reason=said, expires_at=until
    )
    _journal(actor, case, "revealed", reason=said)
    return row


def chosen(*, actor: Actor, case_ids: Sequence[str]) -> list[Case]:
    """Return the cases of a bulk action, each once.

    Raises:
        InvalidInputError: none or too many.
        CaseNotFoundError: one of them is unknown.
    """
    ids = list(dict.fromkeys(case_ids))
    if not 1 <= len(ids) <= MAX_BULK:
        raise InvalidInputError(f"Name 1 to {MAX_BULK} cases.", field="cases")
    return [reads.get_case(actor=actor, case_id=each) for each in ids]


def _locked(case: Case) -> Case:
    row = Case.objects.select_for_update().get(pk=case.pk)
    if row.state == Case.State.CLOSED:
        raise CaseStateError("The case is closed.")
    return row


def _worker(actor: Actor, email: str) -> User:
    found = members(actor=actor).filter(user__email__iexact=email.strip()).first()
    if found is None or found.role == "viewer":
        raise InvalidInputError(
            "There is no such member who may work cases.",
            remedy="Name an analyst, engineer, administrator or owner by e-mail.",
            field="member",
        )
    return found.user


def _reason(text: str) -> str:
    return " ".join(text.split())[:MAX_REASON]


def _journal(actor: Actor, case: Case, what: str, **details: str) -> None:
    audit.record(
        actor=actor,
        action=f"fraud.case.{what}",
        target=f"case:{case.pk}",
        details={"number": case.number, **details},
    )
