"""The form that puts values on a list."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.fraud.models import ListEntry
from apps.fraud.services import lists
from platform_core.errors import PlatformError
from platform_core.sentences import refusal

_LOCAL = "%Y-%m-%dT%H:%M"


class EntriesForm(forms.Form):
    """Values of one entity, one a line."""

    list = forms.ChoiceField(label=_("List"), choices=ListEntry.List.choices)
    entity = forms.ChoiceField(label=_("Column"))
    values = forms.CharField(
        label=_("Values"),
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocomplete": "off"}),
        help_text=_("As payments have them, one a line; up to 1,000. They are kept sealed."),
    )
    reason = forms.CharField(label=_("Why"), max_length=lists.MAX_REASON, required=False)
    expires_at = forms.DateTimeField(
        label=_("Until"),
        required=False,
        input_formats=[_LOCAL],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_LOCAL),
        help_text=_("Empty: until somebody removes it."),
    )

    def __init__(self, *args: Any, entities: Sequence[str], **kwargs: Any) -> None:
        """Offer the detector's entities."""
        super().__init__(*args, **kwargs)
        field = self.fields["entity"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = [(name, name) for name in entities]

    def entries(self) -> lists.NewEntries:
        """Return what the valid form asks for."""
        data = self.cleaned_data
        lines = [line.strip() for line in data["values"].splitlines()]
        return lists.NewEntries(
            list=data["list"],
            entity=data["entity"],
            values=[line for line in lines if line],
            reason=data["reason"],
            expires_at=data["expires_at"],
        )

    def refuse(self, error: PlatformError) -> None:
        """Show a refusal beside the field it names."""
        named = str(error.extra.get("field", ""))
        self.add_error(named if named in self.fields else None, refusal(error))
