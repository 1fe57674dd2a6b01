"""The form of one event: a field for each column that the detector reads."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from platform_core.errors import PlatformError
from platform_core.sentences import refusal

MAX_COLUMNS, MAX_TEXT = 60, 2_000
_PREFIX = "column_"


class EventForm(forms.Form):
    """One event.

    Args:
        columns: name -> kind (`number`, `string`, `boolean`, `time`) of the event's own columns.
        required: columns an event must have.
    """

    def __init__(
        self, *args: Any, columns: Mapping[str, str], required: set[str], **kwargs: Any
    ) -> None:
        """Add one field per column, those that are needed first."""
        super().__init__(*args, **kwargs)
        ordered = sorted(columns, key=lambda name: name not in required)[:MAX_COLUMNS]
        self.kinds = {name: columns[name] for name in ordered}
        for name in ordered:
            self.fields[_PREFIX + name] = _field(name, columns[name], required=name in required)

    def event(self) -> dict[str, Any]:
        """Return the valid event; what was left empty is not in it."""
        told = {name: self.cleaned_data[_PREFIX + name] for name in self.kinds}
        return {name: value for name, value in told.items() if value not in (None, "")}

    def refuse(self, error: PlatformError) -> None:
        """Show a refusal beside the column it names."""
        field = _PREFIX + str(error.extra.get("field", ""))
        self.add_error(field if field in self.fields else None, refusal(error))


def initial(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the form starts with, by column."""
    return {_PREFIX + name: value for name, value in values.items()}


def _field(name: str, kind: str, *, required: bool) -> forms.Field:
    if kind == "number":
        return forms.FloatField(label=name, required=required)
    if kind == "boolean":
        choices = [("", "–"), ("true", _("yes")), ("false", _("no"))]
        return forms.TypedChoiceField(
            label=name,
            required=False,
            choices=choices,
            coerce=lambda text: text == "true",
            empty_value=None,
        )
    return forms.CharField(
        label=name,
        required=required,
        max_length=MAX_TEXT,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
