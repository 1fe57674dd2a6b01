"""A person's text or form as a checked condition on a detector's fields."""

from collections.abc import Mapping
from typing import Any

from apps.fraud.errors import RuleInvalidError
from apps.fraud.models import Detector
from apps.fraud.selectors import rules as reads
from apps.fraud.services.rules import Wording
from ml.fraud.rules.errors import RuleError, RuleFormError
from ml.fraud.rules.expression import Expression, parse, parse_form
from ml.fraud.rules.functions import FUNCTIONS
from platform_core.accounts.api import Actor


def condition(
    *,
    actor: Actor,
    detector: Detector,
    text: str | None = None,
    form: Mapping[str, Any] | None = None,
) -> Expression:
    """Read a condition on the detector's fields, from text or from a form's JSON.

    Raises:
        RuleInvalidError: it cannot be read; `column`, `expected`, `suggestion` or `path` say where and why.
    """
    fields = reads.fields_of(actor=actor, detector=detector)
    try:
        return parse(text, fields) if text is not None else parse_form(form or {}, fields)
    except RuleError as error:
        raise refusal(error) from error


def refusal(error: RuleError) -> RuleInvalidError:
    """Return a fault of the language as a refusal with its place."""
    extra: dict[str, Any] = {"field": "text"}
    if isinstance(error, RuleFormError):
        extra = {"field": "form", "path": error.path}
    return RuleInvalidError(
        str(error),
        remedy=f"Did you mean {error.suggestion}?" if error.suggestion else "",
        column=error.column,
        expected=error.expected,
        suggestion=error.suggestion,
        **extra,
    )


def functions() -> dict[str, str]:
    """Return what a rule can call, and what each gives."""
    return {name: each.means for name, each in FUNCTIONS.items()} | {
        "date": "the moment that a text in ISO 8601 names",
        "default": "the first value, or the second where the first is not known",
    }


def wording(
    *, actor: Actor, detector: Detector, body: Mapping[str, Any], default: str = ""
) -> Wording:
    """Return what `text` or `form`, `action` and `note` of a request say.

    Raises:
        RuleInvalidError: see `condition`.
    """
    text, form = body.get("text"), body.get("form")
    found = condition(actor=actor, detector=detector, text=text, form=form)
    return Wording(
        text=found.text,
        kinds={name: str(kind.value) for name, kind in found.kinds.items()},
        action=str(body.get("action") or default),
        note=str(body.get("note") or ""),
    )
